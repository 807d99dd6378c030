import O2MGraph
import O2MParity
import O2MTensor

/// How close two tensors must be, element by element. Integers and bools must always be equal; NaN equals NaN, and infinities equal
/// themselves.
package typealias Agreement = Tolerance.Elementwise

/// The element of an output that differs most from what it should be.
package struct Disagreement: Error, CustomStringConvertible, Sendable {
  package var output: String
  package var seed: UInt64?
  package var reason: String

  package var description: String { "\(output): \(reason)" + (seed.map { "; seed \($0)" } ?? "") }
}

/// Throws unless `found` agrees with `expected`.
///
/// - Errors: `Disagreement`, with the worst element, its index, both values, and the seed.
package func expectAgreement(
  _ found: Tensor, _ expected: Tensor, _ agreement: Agreement, output: String = "output", seed: UInt64? = nil
) throws(Disagreement) {
  var comparison = Comparison(name: output, tolerance: Tolerance(elementwise: agreement))
  comparison.add(found, reference: expected)
  guard let failure = comparison.failures.first else { return }
  guard let worst = comparison.worst else {
    throw Disagreement(output: output, seed: seed, reason: "it is \(found.type), expected \(expected.type)")
  }
  throw Disagreement(
    output: output, seed: seed, reason: "element \(worst.index) is \(worst.found), expected \(worst.reference): \(failure)")
}

/// Throws unless both graphs give the same outputs, by name, order and value, for inputs that follow from `seed`.
///
/// - Errors: `Disagreement`; `EvaluationError` where one of them cannot be evaluated.
package func expectSameOutputs(
  _ before: Graph, _ after: Graph, seed: UInt64 = 1, _ agreement: Agreement = .sum(of: 64)
) throws {
  var random = Seeded(seed)
  let inputs = before.inputs.map { random.tensor(before[$0].type) }
  let expected = try Evaluator(before).run(inputs), found = try Evaluator(after).run(inputs)
  let names = before.outputs.map { before[$0].name }, other = after.outputs.map { after[$0].name }
  guard names == other else { throw Disagreement(output: "outputs", seed: seed, reason: "they are \(other), expected \(names)") }
  for (index, name) in names.enumerated() {
    try expectAgreement(found[index], expected[index], agreement, output: name, seed: seed)
  }
}
