import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// What a conversion's errors are measured on, and which case the certificate keeps.
struct MeasuredCases: Sendable {
  /// The verdict's.
  let cases: [ReferenceCase]
  /// Whether they are the user's.
  let isGiven: Bool
  /// The certificate's, and how its inputs are kept. It is one of `cases`, unless those are the user's and too large to be stored.
  let certified: ReferenceCase
  let kept: [Certificate.Input]
  /// Which of `cases` it is.
  let certifiedIndex: Int?

  /// How many samples a verdict is measured on where no data is given.
  static let sampleCount = 3
  /// How many of the user's cases the choice of weights is measured on, evenly taken.
  static let choiceCount = 4

  /// What the choice of weights is measured on.
  var choosing: [ReferenceCase] {
    guard isGiven else { return Array(cases.prefix(1)) }
    let count = min(cases.count, Self.choiceCount)
    return (0..<count).map { cases[$0 * cases.count / count] }
  }

  /// Whether the verdict covers the certificate's case.
  var coversCertificate: Bool { kept.contains { if case .stored = $0 { true } else { false } } || !isGiven }

  init(_ graph: Graph, seed: UInt64, given: [GivenCase]) throws(EvaluationError) {
    let evaluator = Evaluator(graph), traits = graph.inputTraits()
    var samples = SampleInputs(seed: seed)
    isGiven = !given.isEmpty
    if isGiven {
      let results = concurrentMap(given.count) { index in
        Result { () throws(EvaluationError) in
          if let stored = given[index].outputs { stored } else { try evaluator.run(given[index].inputs) }
        }
      }
      var cases: [ReferenceCase] = []
      for (item, result) in zip(given, results) { cases.append(ReferenceCase(inputs: item.inputs, outputs: try result.get())) }
      self.cases = cases
      if graph.stores(cases[0].inputs, upTo: 4096) {
        (certified, kept, certifiedIndex) = (cases[0], cases[0].stored, 0)
      } else if let item = Self.seeded(evaluator, traits, seed) {
        (certified, kept, certifiedIndex) = (item.certified, item.kept, nil)
      } else {
        (certified, kept, certifiedIndex) = (cases[0], cases[0].stored, 0)
      }
      return
    }
    let drawn = (0..<Self.sampleCount).map { _ in samples.tensors(for: graph, traits) }
    // Where the first sample is too large for the file, the last one is made on the device.
    let seeded = graph.stores(drawn[0], upTo: 1024) ? nil : Self.seeded(evaluator, traits, seed)
    let cases = try samples.references(of: evaluator, traits, Array(drawn.prefix(Self.sampleCount - (seeded == nil ? 0 : 1))))
    if let seeded {
      (certified, kept, certifiedIndex) = (seeded.certified, seeded.kept, cases.count)
      self.cases = cases + [seeded.certified]
    } else {
      (certified, kept, certifiedIndex) = (cases[0], cases[0].stored, 0)
      self.cases = cases
    }
  }

  /// A case whose inputs every device makes from `seed`; nil where the reference refuses them.
  private static func seeded(
    _ evaluator: Evaluator, _ traits: [InputTraits], _ seed: UInt64
  ) -> (certified: ReferenceCase, kept: [Certificate.Input])? {
    let graph = evaluator.graph
    let kept = zip(graph.inputs, traits).map { id, traits -> Certificate.Input in
      let element = graph[id].type.element
      return element.isInteger ? .integers(traits.integers(element)) : .seeded(.smooth)
    }
    let inputs = kept.enumerated().map { index, input in
      let type = graph[graph.inputs[index]].type
      return input.tensor(type.element, type.shape ?? [], seed: seed, index: index)
    }
    guard let outputs = try? evaluator.run(inputs) else { return nil }
    return (ReferenceCase(inputs: inputs, outputs: outputs), kept)
  }
}

extension ReferenceCase {
  fileprivate var stored: [Certificate.Input] { inputs.map { .stored($0.bytes) } }
}

extension Graph {
  /// Whether a certificate stores these inputs: they take `limit` bytes at most, or 1/400 of the constants, which int8 makes 1 %.
  fileprivate func stores(_ inputs: [Tensor], upTo limit: Int) -> Bool {
    let constants = self.constants.reduce(0) { $0 + ($1.constant?.storage.bytes.count ?? 0) }
    return inputs.reduce(0) { $0 + $1.storage.bytes.count } <= max(limit, constants / 400)
  }

  /// For each output, whether it is computed from what an input holds.
  var dependentOutputs: [Bool] {
    var depends = [Bool](repeating: false, count: valueCount)
    for id in inputs { depends[id.index] = true }
    for node in nodes where node.op.dataflow != .measures {
      guard node.inputs.contains(where: { $0.map { depends[$0.index] } ?? false }) else { continue }
      for output in node.outputs { depends[output.index] = true }
    }
    return outputs.map { depends[$0.index] }
  }
}
