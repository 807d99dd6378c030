import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

/// Where a model chooses: the nodes that turn numbers into indices, counts and truths, such as NonMaxSuppression, TopK and ArgMax.
///
/// Candidates that lie closer than rounding reaches may change places, and then all that is behind differs by whole rows. So what a bundle
/// chose from is compared with what the model has there, and what is behind the choice with what the model makes of the same numbers.
struct Choices: Sendable {
  /// What one choice was made from: the operands that are floats and follow from an input.
  struct Taken: Sendable {
    var code: OpCode
    var operands: [Tensor?]
  }

  private let graph: Graph
  private let chooses: [Bool]
  private let depends: [Bool]

  /// - Parameter graph: the model, or what passes made of it.
  init(_ graph: Graph) {
    self.graph = graph
    var depends = [Bool](repeating: false, count: graph.valueCount), chooses: [Bool] = []
    for id in graph.inputs { depends[id.index] = true }
    for node in graph.nodes {
      let follows = node.op.dataflow != .measures && node.inputs.contains { $0.map { depends[$0.index] } ?? false }
      for output in node.outputs where follows { depends[output.index] = true }
      chooses.append(
        follows && node.op.chooses(node.inputs.map { $0.map { graph[$0].type.element } }, node.outputs.map { graph[$0].type.element }))
    }
    (self.chooses, self.depends) = (chooses, depends)
  }

  var isEmpty: Bool { !chooses.contains(true) }

  private func isOperand(_ id: ValueID) -> Bool { depends[id.index] && graph[id].type.element.isFloat }

  /// The values that say how good the model is: what it chooses from, and the outputs that stand behind no choice.
  var measured: [ValueID] {
    var isBehind = [Bool](repeating: false, count: graph.valueCount), values: [ValueID] = []
    for (node, chooses) in zip(graph.nodes, chooses) {
      let follows = node.op.dataflow != .measures && node.inputs.contains { $0.map { isBehind[$0.index] } ?? false }
      for output in node.outputs where chooses || follows { isBehind[output.index] = true }
      guard chooses else { continue }
      for case let id? in node.inputs where isOperand(id) && !isBehind[id.index] && !values.contains(id) { values.append(id) }
    }
    return values + graph.outputs.filter { !isBehind[$0.index] && !values.contains($0) }
  }

  /// What the graph chooses from for these inputs.
  func taken(_ inputs: [Tensor]) throws(EvaluationError) -> [Taken] {
    var taken: [Taken] = []
    _ = try run(inputs) { node, operands in
      taken.append(Taken(code: node.op.code, operands: zip(node.inputs, operands).map { $0.map(isOperand) == true ? $1 : nil }))
      return [:]
    }
    return taken
  }

  /// Whether the outputs hold the bounds of `report` beside themselves when what is chosen from moves as far as sums in another order
  /// may move it.
  func areSteady(_ inputs: [Tensor], in report: ParityReport) throws(EvaluationError) -> Bool {
    guard !isEmpty else { return true }
    let evaluator = Evaluator(graph), trace = try evaluator.trace(inputs)
    var values: Set<ValueID> = []
    for (node, chooses) in zip(trace.nodes, chooses) where chooses {
      for case let id? in node.inputs where isOperand(id) { values.insert(id) }
    }
    let count = values.reduce(0) { $0 + (trace[$1]?.count ?? 0) }
    for seed in 0..<(count > Self.manyNumbers ? 2 : Self.steadyTrials) {
      var overrides: [ValueID: Tensor] = [:]
      for id in values { overrides[id] = trace[id]?.shaken(seed: UInt64(seed), input: id.index) }
      guard report.holds(try evaluator.rerun(trace, overriding: overrides), reference: trace.outputs) else { return false }
    }
    return true
  }

  /// A pair that is close changes places in one of four.
  private static let steadyTrials = 8
  /// Of so many, some are always close, and choosing takes long.
  private static let manyNumbers = 1 << 17

  /// The outputs; `choose` is asked before each choice with what its operands hold, and may give other tensors.
  private func run(
    _ inputs: [Tensor], _ choose: (Node, [Tensor?]) -> [ValueID: Tensor]
  ) throws(EvaluationError) -> [Tensor] {
    var number = 0
    return try withoutActuallyEscaping(choose) { (choose) throws(EvaluationError) in
      try Evaluator(graph).run(
        inputs,
        replace: { node, operands in
          defer { number += 1 }
          return chooses[number] ? choose(node, operands) : [:]
        })
    }
  }

  /// The case in which the model follows the bundle, where outputs that hold no bound do so then, and what was chosen from as well; else nil.
  ///
  /// - Parameter taken: what the bundle chose from; asked where it matters.
  func followed(
    _ found: [Tensor], _ item: ReferenceCase, in report: ParityReport, _ taken: () throws(EvaluationError) -> [Taken]
  ) throws(EvaluationError) -> FollowedCase? {
    // What goes from run to run is not here.
    guard !isEmpty, !item.goesOn, !report.holds(found, reference: item.outputs) else { return nil }
    guard let followed = try followed(item.inputs, try taken()) else { return nil }
    return report.holds(found, reference: followed.outputs, choices: followed.choices) ? followed : nil
  }

  /// What the model makes of the numbers that another chose from, and how those lie beside its own; nil where none of its choices is there.
  func followed(_ inputs: [Tensor], _ taken: [Taken]) throws(EvaluationError) -> FollowedCase? {
    var next: [OpCode: Int] = [:], replaced: Set<ValueID> = [], item = FollowedCase()
    item.outputs = try run(inputs) { node, operands in
      let number = next[node.op.code, default: 0], same = taken.filter { $0.code == node.op.code }
      next[node.op.code] = number + 1
      guard number < same.count, same[number].operands.count == operands.count else { return [:] }
      var others: [ValueID: Tensor] = [:]
      for (position, id) in node.inputs.enumerated() {
        guard let id, isOperand(id), let own = operands[position], let other = same[number].operands[position], own.type == other.type,
          replaced.insert(id).inserted
        else { continue }
        others[id] = other
        item.choices.append((graph[id].name, other, own))
      }
      return others
    }
    return item.choices.isEmpty ? nil : item
  }
}

/// A case in which the model follows the choices of a bundle.
struct FollowedCase {
  var outputs: [Tensor] = []
  /// What was chosen from: its name in the model, what the bundle has there, and what the model has.
  var choices: [(name: String, found: Tensor, reference: Tensor)] = []
}

extension Tensor {
  /// Every element up or down by 2⁻²⁰ of the largest one, about ten roundings of float32.
  fileprivate func shaken(seed: UInt64, input: Int) -> Tensor {
    var random = SeededInput(seed: seed, input: input)
    let values = doubles(), reach = 0x1p-20 * values.reduce(0) { max($0, $1.isFinite ? $1.magnitude : 0) }
    return Tensor(element, shape, rounding: values.map { $0 + (random.next() & 1 == 0 ? reach : -reach) })
  }
}

extension ParityReport {
  /// Adds a case in which the model follows the bundle.
  mutating func add(_ found: [Tensor], _ followed: FollowedCase) {
    add(found, reference: followed.outputs)
    for choice in followed.choices { add(choice: choice.name, choice.found, reference: choice.reference) }
  }
}

extension Session {
  /// What a run on these inputs chooses from; nothing where it cannot run.
  func choices(_ inputs: [Tensor]) -> [Choices.Taken] {
    var taken: [Choices.Taken] = []
    write(inputs)
    try? run { step in
      guard let node = step.node.map({ step.model.graph.nodes[$0] }) else { return }
      let operands = step.inputs, values = model.graph.values
      guard
        node.op.chooses(operands.map { $0?.type.element }, node.outputs.map { values[$0].element }),
        zip(operands, node.inputs).contains(where: { $0?.type.element.isFloat == true && $1.map { !model.graph.isConstant($0) } == true })
      else { return }
      taken.append(
        Choices.Taken(
          code: node.code,
          operands: zip(operands, node.inputs).map { operand, value in
            guard let operand, let value, operand.type.element.isFloat, !model.graph.isConstant(value) else { return nil }
            return Tensor(copying: operand)
          }))
    }
    return taken
  }
}

extension Op {
  /// Whether it turns floats into indices, counts or truths. What Cast and QuantizeLinear give are numbers.
  fileprivate func chooses(_ inputs: [ElementType?], _ outputs: [ElementType]) -> Bool {
    guard dataflow != .measures, bodies.isEmpty, inputs.contains(where: { $0?.isFloat == true }) else { return false }
    switch code {
    case .cast, .quantizeLinear, .dynamicQuantizeLinear: return false
    case .topK: return true
    default: return !outputs.isEmpty && !outputs.contains(where: \.isFloat)
    }
  }
}
