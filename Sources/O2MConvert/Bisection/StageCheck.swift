import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// What comes behind the passes, stage by stage: each result is compared with what went into its stage.
struct StageCheck {
  /// What the model is, with the original's tensors.
  let imported: Graph
  /// What was lowered, and what came of it.
  let lowered: Graph
  let flat: FlatModel
  let model: Model
  let kernel: @Sendable (StepView) -> Void
  private let loops = FastLoops()

  init(imported: Graph, lowered: Graph, flat: FlatModel, model: Model, kernel: @escaping @Sendable (StepView) -> Void) {
    self.imported = imported
    self.lowered = lowered
    self.flat = flat
    self.model = model
    self.kernel = kernel
  }

  /// The first stage that is wrong on these inputs; nil where all are right.
  func fault(_ inputs: [Tensor]) throws(VerificationError) -> ConversionFault? {
    let trace: Evaluator.Trace
    do throws(EvaluationError) { trace = try Evaluator(lowered).trace(inputs) } catch { throw .evaluation(error) }
    if let fault = loweringFault(trace) { return fault }
    if let fault = weightFault { return fault }
    do throws(RunFault) { if let fault = try planFault(inputs) { return fault } } catch { throw .running(RunError(error, in: model)) }
    return try kernelFault(inputs)
  }

  /// The bundle's nodes on the references give the bits that the graph's give.
  private func loweringFault(_ trace: Evaluator.Trace) -> ConversionFault? {
    func tensor(_ value: Int) -> Tensor? { flat.constant(value) ?? trace[flat.ids[value]] }
    for (number, node) in model.graph.nodes.enumerated() {
      for (position, input) in node.inputs.enumerated() {
        guard let input, let constant = flat.constant(input), let stored = lowered[flat.ids[input]].fact.value else { continue }
        if let difference = exactly(constant, stored) { return fault(.lowering, number, difference, input: position) }
      }
      // What bodies read lies in the bundle's weights; the step alone is compared as well.
      let op = node.op.bodies.isEmpty ? node.op : flat.graph.nodes[number].op
      let results = loops.results(op, node.inputs.map { $0.flatMap(tensor) })
      for (position, value) in node.outputs.enumerated() {
        guard let expected = trace[flat.ids[value]] else { continue }
        guard let results, position < results.count else { return fault(.lowering, number, nil) }
        if let difference = exactly(results[position], expected) { return fault(.lowering, number, difference) }
      }
    }
    for (output, id) in zip(flat.graph.outputs, lowered.outputs) where flat.ids[output] != id {
      let number = model.graph.nodes.lastIndex { $0.outputs.contains(output) } ?? 0
      return fault(.lowering, number, nil)
    }
    return nil
  }

  /// Stored constants are those of the graph, within a step of how they are stored, and what rounding makes of them.
  private var weightFault: ConversionFault? {
    let roundings = self.roundings
    for case .node(let number, let inputs, _) in model.plan.steps {
      for (position, slot) in inputs.enumerated() {
        guard let slot = slot.map({ model.plan.slots[$0] }), let constant = flat.constant(slot.value),
          let stored = StoredConstant(slot, of: model, readBy: (model.graph.nodes[number], position))
        else { continue }
        guard stored.values.shape == constant.shape else { return fault(.weights, number, nil, input: position) }
        let found = stored.values.numbers, expected = constant.numbers, steps = stored.steps?.numbers
        if let rounding = roundings[slot.value], let difference = exactly(stored.values, rounding) {
          return fault(.weights, number, difference, input: position)
        }
        var worst: ConversionFault.Difference?
        for index in expected.indices where found[index] != expected[index] && !(found[index].isNaN && expected[index].isNaN) {
          // The last digit of a scale and of its product.
          let error = (found[index] - expected[index]).magnitude, allowed = (steps?[index] ?? 0) * (1 + 0x1p-20)
          if !(error <= allowed), !(error <= worst?.maxAbs ?? 0) { worst = .init(maxAbs: error, allowed: allowed) }
        }
        if let worst { return fault(.weights, number, worst, input: position) }
      }
    }
    return nil
  }

  /// What each constant is once it is rounded as its slot says, by value; those that keep their digits have none.
  private var roundings: [Int: Tensor] {
    var wanted: [Int: WeightPrecision] = [:]
    for slot in model.plan.slots where slot.packing.isWeights && slot.precision != .float32 { wanted[slot.value] = slot.precision }
    return StoredConstants(flat, int8: wanted.values.contains(.int8)).rounded(wanted).tensors
  }

  /// No step finds other elements in an operand than were left there.
  private func planFault(_ inputs: [Tensor]) throws(RunFault) -> ConversionFault? {
    let session = try Session(model)
    var left: [Int: Tensor] = [:]
    func lying(_ slot: Int) -> Tensor? {
      guard let memory = session.memory(of: slot) else { return nil }
      let slot = model.plan.slots[slot]
      return Tensor(copying: .init(slot: slot, type: model.graph.values[slot.value], memory: UnsafeRawBufferPointer(memory)))
    }
    session.write(inputs)
    for slot in model.plan.inputs { left[slot] = lying(slot) }
    for (step, work) in model.plan.steps.enumerated() {
      for case let slot? in work.operands.inputs {
        guard let expected = left[slot], let found = lying(slot), let difference = exactly(found, expected) else { continue }
        return fault(.planning, work.node ?? 0, difference)
      }
      kernel(try session.run(step: step))
      for slot in work.operands.outputs { left[slot] = lying(slot) }
    }
    return nil
  }

  /// Every step alone is within what its arithmetic explains.
  private func kernelFault(_ inputs: [Tensor]) throws(VerificationError) -> ConversionFault? {
    let session: Session
    do throws(RunFault) { session = try Session(model) } catch { throw .running(RunError(error, in: model)) }
    var comparison = try LayerComparison(imported, session, kernel: kernel)
    try comparison.add(inputs)
    guard let layer = comparison.report.firstOver else { return nil }
    let difference = ConversionFault.Difference(maxAbs: layer.share * layer.bound, allowed: layer.bound)
    guard let number = model.plan.steps[layer.step].node else {
      var fault = ConversionFault(stage: .kernels, node: layer.name, op: layer.op, tensor: layer.name, kernel: layer.kernel)
      (fault.difference, fault.makes) = (difference, [layer.name])
      return fault
    }
    var fault = fault(.kernels, number, layer.bound > 0 ? difference : .init(maxAbs: layer.maxAbs, allowed: 0))
    (fault.kernel, fault.tensor) = (layer.kernel, layer.name)
    return fault
  }

  /// nil where both are the same to the bit, or NaN.
  private func exactly(_ found: Tensor, _ expected: Tensor) -> ConversionFault.Difference? {
    guard found.type == expected.type else { return .init(maxAbs: .infinity, allowed: 0) }
    if expected.element.isFloat {
      var most = 0.0
      for (a, b) in zip(found.numbers, expected.numbers) where a != b && !(a.isNaN && b.isNaN) {
        most = max(most, (a - b).magnitude.isNaN ? .infinity : (a - b).magnitude)
      }
      return most > 0 ? .init(maxAbs: most, allowed: 0) : nil
    }
    let pairs = zip(found.ints(), expected.ints()).filter { $0 != $1 }
    return pairs.isEmpty ? nil : .init(maxAbs: pairs.reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }, allowed: 0)
  }

  private func fault(
    _ stage: ConversionFault.Stage, _ number: Int, _ difference: ConversionFault.Difference?, input: Int? = nil
  ) -> ConversionFault {
    let node = model.graph.nodes[number], made = node.outputs.lowerBound
    let name = number < flat.nodeNames.count ? flat.nodeNames[number] : ""
    let shown = input.flatMap { node.inputs[$0] }.flatMap { flat.origins[$0].first } ?? flat.origins[made].first ?? name
    var fault = ConversionFault(stage: stage, node: name, op: "\(node.op.name)", tensor: shown)
    fault.difference = difference
    let nodes = flat.graph.nodes
    fault.makes = originals(of: Array(node.outputs)) { value in nodes.filter { $0.inputs.contains(value) }.flatMap { Array($0.outputs) } }
    fault.reads = originals(of: node.inputs.compactMap(\.self)) { value in
      nodes.first { $0.outputs.contains(value) }?.inputs.compactMap(\.self) ?? []
    }
    return fault
  }

  /// The original's tensors next to these values; constants are none.
  private func originals(of values: [Int], _ next: (Int) -> [Int]) -> [String] {
    func computed(_ values: [Int]) -> [Int] { values.filter { !flat.graph.isConstant($0) } }
    return ConversionFault.originals(of: computed(values), { flat.origins[$0] }) { computed(next($0)) }
  }
}
