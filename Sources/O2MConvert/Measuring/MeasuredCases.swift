import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// What a conversion's errors are measured on, and which cases the certificate keeps.
struct MeasuredCases: Sendable {
  /// The verdict's.
  let cases: [ReferenceCase]
  /// Whether they are the user's.
  let isGiven: Bool
  /// The certificate's: one, or the first chunks of a sequence. They are among `cases`, unless those are the user's and too large to be
  /// stored.
  let certified: [ReferenceCase]
  /// How their inputs are kept, and the seed that goes with each.
  let kept: [Kept]
  /// Which of `cases` they are.
  let certifiedIndices: Range<Int>?
  /// What goes from one case to the next.
  let state: CarriedState

  struct Kept: Sendable {
    var seed: UInt64
    var inputs: [Certificate.Input]
  }

  /// How many samples a verdict is measured on where no data is given.
  static let sampleCount = 3
  /// The same for chunks of a sequence.
  static let chunkCount = 8
  /// How many chunks a certificate has.
  static let certifiedChunks = 3
  /// How many of the user's cases the choice of weights is measured on, evenly taken.
  static let choiceCount = 4

  /// What the choice of weights is measured on.
  var choosing: [ReferenceCase] {
    // The state of a first chunk says little.
    guard isGiven else { return state.isEmpty ? Array(cases.prefix(1)) : Array(cases.suffix(1)) }
    let count = min(cases.count, Self.choiceCount)
    return (0..<count).map { cases[$0 * cases.count / count] }
  }

  init(_ graph: Graph, seed: UInt64, given: [GivenCase], state: CarriedState) throws(EvaluationError) {
    self.state = state
    let evaluator = Evaluator(graph), traits = graph.inputTraits()
    isGiven = !given.isEmpty
    if isGiven {
      cases = try Self.references(given, evaluator, state)
      let first = Self.first(cases, state)
      if graph.stores(cases[..<first], upTo: 4096, state) {
        (certified, kept, certifiedIndices) = (Array(cases[..<first]), cases[..<first].map { $0.stored(seed, state) }, 0..<first)
      } else if let item = Self.seeded(evaluator, traits, seed, state) {
        (certified, kept, certifiedIndices) = (item.certified, item.kept, nil)
      } else {
        (certified, kept, certifiedIndices) = (Array(cases[..<first]), cases[..<first].map { $0.stored(seed, state) }, 0..<first)
      }
      return
    }
    var samples = SampleInputs(seed: seed)
    if !state.isEmpty {
      let drawn = try samples.sequence(of: evaluator, traits, Self.chunkCount, state), first = Self.first(drawn, state)
      let seeded = graph.stores(drawn[..<first], upTo: 1024, state) ? nil : Self.seeded(evaluator, traits, seed, state)
      // Where the first chunks are too large for the file, others are made on the device, in a sequence of their own.
      cases = drawn + (seeded?.certified ?? [])
      certified = seeded?.certified ?? Array(drawn[..<first])
      kept = seeded?.kept ?? drawn[..<first].map { $0.stored(seed, state) }
      certifiedIndices = seeded == nil ? 0..<first : drawn.count..<cases.count
      return
    }
    let drawn = (0..<Self.sampleCount).map { _ in samples.tensors(for: graph, traits) }
    // Where the first sample is too large for the file, the last one is made on the device.
    let isStored = graph.stores([ReferenceCase(inputs: drawn[0], outputs: [])], upTo: 1024, state)
    let seeded = isStored ? nil : Self.seeded(evaluator, traits, seed, state)
    let cases = try samples.references(of: evaluator, traits, Array(drawn.prefix(Self.sampleCount - (seeded == nil ? 0 : 1))))
    if let seeded {
      (certified, kept, certifiedIndices) = (seeded.certified, seeded.kept, cases.count..<cases.count + 1)
      self.cases = cases + seeded.certified
    } else {
      (certified, kept, certifiedIndices) = ([cases[0]], [cases[0].stored(seed, state)], 0..<1)
      self.cases = cases
    }
  }

  /// What the reference gives for the user's inputs, where nothing is stored: side by side on all cores, or one chunk after another.
  static func references(
    _ given: [GivenCase], _ evaluator: Evaluator, _ state: CarriedState
  ) throws(EvaluationError) -> [ReferenceCase] {
    var cases: [ReferenceCase] = []
    guard state.isEmpty else {
      for item in given {
        cases.append(try state.reference(item, after: cases.last) { (inputs) throws(EvaluationError) in try evaluator.run(inputs) })
      }
      return cases
    }
    let results = concurrentMap(given.count) { index in
      Result { () throws(EvaluationError) in
        if let stored = given[index].outputs { stored } else { try evaluator.run(given[index].inputs) }
      }
    }
    for (item, result) in zip(given, results) { cases.append(ReferenceCase(inputs: item.inputs, outputs: try result.get())) }
    return cases
  }

  /// How many cases at the front a certificate takes.
  private static func first(_ cases: [ReferenceCase], _ state: CarriedState) -> Int {
    guard !state.isEmpty else { return 1 }
    return 1 + cases.dropFirst().prefix(certifiedChunks - 1).prefix { $0.goesOn }.count
  }

  /// Cases whose inputs every device makes from `seed`; nil where the reference refuses them.
  static func seeded(
    _ evaluator: Evaluator, _ traits: [InputTraits], _ seed: UInt64, _ state: CarriedState
  ) -> (certified: [ReferenceCase], kept: [Kept])? {
    let graph = evaluator.graph
    let origins = zip(graph.inputs, traits).enumerated().map { index, entry -> Certificate.Input in
      let element = graph[entry.0].type.element
      if state.isState(index) { return .carried }
      return element.isInteger ? .integers(entry.1.integers(element)) : .seeded(.smooth)
    }
    var cases: [ReferenceCase] = [], kept: [Kept] = []
    for number in 0..<(state.isEmpty ? 1 : certifiedChunks) {
      let own = seed &+ UInt64(number)
      let inputs = origins.enumerated().map { index, input in
        let type = graph[graph.inputs[index]].type
        return input.tensor(type.element, type.shape ?? [], seed: own, index: index) ?? state.initial(index)!
      }
      let drawn = GivenCase(inputs: inputs, follows: true)
      guard let item = try? state.reference(drawn, after: cases.last, { (inputs) throws(EvaluationError) in try evaluator.run(inputs) })
      else {
        return nil
      }
      cases.append(item)
      kept.append(Kept(seed: own, inputs: origins))
    }
    return (cases, kept)
  }

  /// What `graph` gives for every case, with its own state: side by side on all cores, or one chunk after another.
  func outputs(of graph: Graph, _ cases: [ReferenceCase]) throws(EvaluationError) -> [[Tensor]] {
    let evaluator = Evaluator(graph)
    guard state.isEmpty else { return try state.outputs(of: cases) { (inputs) throws(EvaluationError) in try evaluator.run(inputs) } }
    let results = concurrentMap(cases.count) { index in Result { () throws(EvaluationError) in try evaluator.run(cases[index].inputs) } }
    var outputs: [[Tensor]] = []
    for result in results { outputs.append(try result.get()) }
    return outputs
  }
}

extension ReferenceCase {
  /// How a certificate keeps the inputs as they are. State that goes on, or begins as it does anyway, is not stored.
  fileprivate func stored(_ seed: UInt64, _ state: CarriedState) -> MeasuredCases.Kept {
    let origins = inputs.enumerated().map { index, tensor -> Certificate.Input in
      guard let initial = state.initial(index), goesOn || initial.bytes == tensor.bytes else { return .stored(tensor.bytes) }
      return .carried
    }
    return MeasuredCases.Kept(seed: seed, inputs: origins)
  }
}

extension Graph {
  /// Whether a certificate stores these inputs: they take `limit` bytes at most, or 1/400 of the constants, which int8 makes 1 %.
  fileprivate func stores(_ cases: some Sequence<ReferenceCase>, upTo limit: Int, _ state: CarriedState) -> Bool {
    let constants = self.constants.reduce(0) { $0 + ($1.constant?.storage.bytes.count ?? 0) }
    let bytes = cases.reduce(0) { sum, item in
      item.inputs.enumerated().reduce(sum) { $0 + (state.isState($1.offset) ? 0 : $1.element.storage.bytes.count) }
    }
    return bytes <= max(limit, constants / 400)
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
