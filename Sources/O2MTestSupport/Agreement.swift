import O2MGraph
import O2MTensor

/// How close two tensors must be. Integers and bools must always be equal; NaN equals NaN, and infinities equal themselves.
package enum Agreement: Sendable {
  /// Every bit that counts; only the sign of zero may differ.
  case exact
  /// That many steps of the element type at the expected value.
  case ulp(Int)
  /// A sum of `of` terms in another order: epsilon · terms · the largest expected magnitude.
  case sum(of: Int)
  /// `absolute + relative · |expected|`.
  case bounds(absolute: Double, relative: Double)

  /// What element `expected` may differ by, in a tensor of `element` whose largest magnitude is `largest`.
  func allowed(_ expected: Double, largest: Double, _ element: ElementType) -> Double {
    switch self {
    case .exact: 0
    case .ulp(let steps): Double(steps) * element.step(at: expected)
    case .sum(let terms): element.epsilon * Double(terms) * largest
    case .bounds(let absolute, let relative): absolute + relative * expected.magnitude
    }
  }
}

extension ElementType {
  /// The distance from 1 to the next number.
  var epsilon: Double {
    switch self {
    case .float64: 0x1p-52
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    default: 0x1p-23
    }
  }

  /// The distance between neighbours at `value`.
  func step(at value: Double) -> Double {
    let least: Double
    switch self {
    case .float64: least = 0x1p-1074
    case .float16: least = 0x1p-24
    case .bfloat16: least = 0x1p-133
    default: least = 0x1p-149
    }
    return value == 0 ? least : max(least, value.binade.magnitude * epsilon)
  }
}

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
  guard found.type == expected.type else {
    throw Disagreement(
      output: output, seed: seed,
      reason: "\(found.element.name) \(found.shape.dims), expected \(expected.element.name) \(expected.shape.dims)")
  }
  guard expected.element.isFloat else {
    let a = found.ints(), b = expected.ints()
    let differing = a.indices.filter { a[$0] != b[$0] }
    guard let first = differing.first else { return }
    throw Disagreement(
      output: output, seed: seed,
      reason:
        "\(differing.count) of \(a.count) elements differ, first at \(place(first, in: expected.shape)): \(a[first]), expected \(b[first])")
  }
  let a = found.doubles(), b = expected.doubles()
  var largest = 0.0
  for value in b where value.isFinite { largest = max(largest, value.magnitude) }
  var worst: (index: Int, excess: Double, allowed: Double)?
  for index in a.indices where a[index] != b[index] && !(a[index].isNaN && b[index].isNaN) {
    let allowed = b[index].isFinite ? agreement.allowed(b[index], largest: largest, expected.element) : 0
    let difference = (a[index] - b[index]).magnitude
    // What is not finite on one side only differs by more than any bound.
    guard !(difference <= allowed && difference.isFinite) else { continue }
    let excess = difference.isFinite && allowed > 0 ? difference / allowed : .infinity
    if excess > worst?.excess ?? 0 { worst = (index, excess, allowed) }
  }
  guard let worst else { return }
  throw Disagreement(
    output: output, seed: seed,
    reason: "element \(place(worst.index, in: expected.shape)) is \(a[worst.index]), expected \(b[worst.index]), allowed \(worst.allowed)")
}

private func place(_ flat: Int, in shape: Shape) -> [Int] {
  var rest = flat
  return shape.strides.map { stride in
    defer { rest %= stride }
    return rest / stride
  }
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
