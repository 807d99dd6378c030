import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// Runs a bundle step by step beside the imported graph, and compares every tensor where the plan has it.
///
/// What is compared is the shipped plan: fused steps, packed weights, shared buffers. Each step runs twice: on what the steps before it
/// left, and in a second session on what the original has in their place, so that its own error is told from those that it inherits.
///
/// The original's tensors are computed as steps ask for them and freed behind the last one. A tensor between two steps that equals none of
/// the original's, such as the codes of a table, stands for itself: what it may be off by is handed on to the bounds of its readers.
struct LayerComparison {
  private let evaluator: Evaluator
  private let shipped: Session
  private let alone: Session
  /// For each value of the bundle's graph the value of the imported one that it must equal.
  private let originals: [ValueID?]
  private let names: [String]
  /// nil for steps that leave everything where it lies.
  private let kernels: [String?]
  /// How many steps read each value.
  private let readers: [Int]
  private let loops = FastLoops()
  private let kernel: @Sendable (StepView) -> Void
  private(set) var report = LayerReport()
  private var rows: [Place: Int] = [:]

  /// - Parameter kernel: sees each step right after its kernel.
  /// - Errors: `.names` where the bundle was stripped of the names of the original's tensors.
  init(
    _ imported: Graph, _ session: Session, kernel: @escaping @Sendable (StepView) -> Void = { _ in }
  ) throws(VerificationError) {
    let model = session.model
    self.kernel = kernel
    guard let origins = model.names?.origins else { throw .names }
    evaluator = Evaluator(imported)
    shipped = session
    do throws(RunFault) {
      alone = try Session(model)
      var kernels: [String?] = []
      for step in model.plan.steps.indices { kernels.append(try model.kernelName(of: step)) }
      self.kernels = kernels
    } catch { throw .running(RunError(error, in: model)) }
    var known: [String: ValueID] = [:]
    for index in 0..<imported.valueCount {
      let id = ValueID(index)
      guard imported.producer(of: id) != nil || imported.isInput(id) else { continue }
      for name in imported[id].origins where known[name] == nil { known[name] = id }
    }
    var originals: [ValueID?] = [], names: [String] = []
    for (value, type) in model.graph.values.enumerated() {
      let name =
        model.graph.isConstant(value)
        ? nil : origins[value].first { name in known[name].map { imported[$0].type == TensorType(type) } ?? false }
      originals.append(name.flatMap { known[$0] })
      names.append(name ?? "")
    }
    (self.originals, self.names) = (originals, names)
    var readers = [Int](repeating: 0, count: model.graph.values.count)
    for step in model.plan.steps { for case let slot? in step.operands.inputs { readers[model.plan.slots[slot].value] += 1 } }
    self.readers = readers
  }
}

extension LayerComparison {
  /// Adds a case.
  mutating func add(_ inputs: [Tensor]) throws(VerificationError) {
    let model = shipped.model
    var asked: [ValueID: Int] = [:]
    for (value, id) in originals.enumerated() where value >= model.graph.inputCount { if let id { asked[id, default: 0] += 1 } }
    var run = LayerRun(evaluation: try evaluating { () throws(EvaluationError) in try PartialEvaluation(evaluator, inputs, asked: asked) })
    run.terms = model.graph.values.map { _ in nil }
    for (value, tensor) in inputs.enumerated() { run.terms[value] = RoundingBound.Term(tensor) }
    run.readers = readers
    shipped.write(inputs)
    for step in model.plan.steps.indices { try compare(step, &run) }
  }

  private mutating func compare(_ step: Int, _ run: inout LayerRun) throws(VerificationError) {
    let model = shipped.model, operands = model.plan.steps[step].operands
    let found = try running { () throws(RunFault) in try shipped.run(step: step) }
    kernel(found)
    for case let slot? in operands.inputs {
      guard let memory = alone.memory(of: slot), let term = run.terms[model.plan.slots[slot].value] else { continue }
      term.values.write(to: memory, model.plan.slots[slot])
    }
    let own = try running { () throws(RunFault) in try alone.run(step: step) }
    kernel(own)
    if let kernel = kernels[step] {
      let results = own.outputs.map { Tensor(copying: $0) }
      let bounds = try evaluating { () throws(EvaluationError) in try self.bounds(step, run, results) }
      for (position, output) in found.outputs.enumerated() {
        let value = output.slot.value
        guard let reference = try reference(value, &run) else {
          let steps = tableSteps(step, results[position])
          run.terms[value] = RoundingBound.Term(
            results[position], doubts: steps.map { zip($0, bounds[position]).map(+) } ?? bounds[position])
          continue
        }
        report.layers[row(step, position, value, kernel)].add(
          Tensor(copying: output), alone: results[position], reference: reference, bounds: bounds[position])
      }
    } else {
      for output in own.outputs where try reference(output.slot.value, &run) == nil {
        // The same elements under another shape, so that doubts go with them.
        let doubts = operands.inputs.first.flatMap { $0 }.flatMap { run.terms[model.plan.slots[$0].value]?.doubts }
        run.terms[output.slot.value] = RoundingBound.Term(Tensor(copying: output), doubts: doubts)
      }
    }
    for case let slot? in operands.inputs {
      let value = model.plan.slots[slot].value
      run.readers[value] -= 1
      if run.readers[value] == 0 { run.terms[value] = nil }
    }
    for slot in operands.outputs where run.readers[model.plan.slots[slot].value] == 0 { run.terms[model.plan.slots[slot].value] = nil }
  }

  /// What storing a table in few bits may have moved the rows by that a step picks from it: the original has no such codes. nil for others.
  private func tableSteps(_ step: Int, _ rows: Tensor) -> [Double]? {
    let model = shipped.model
    guard let node = model.plan.steps[step].node.map({ model.graph.nodes[$0] }), node.code == .gather,
      let table = node.inputs[0], model.graph.isConstant(table)
    else { return nil }
    if rows.element == .int8 { return [Double](repeating: 1, count: rows.count) }
    return rows.element == .float16 ? rows.numbers.map { $0.magnitude * 0x1p-10 } : nil
  }

  /// What the original has for a value, which readers of it then run on; nil where it has nothing.
  private func reference(_ value: Int, _ run: inout LayerRun) throws(VerificationError) -> Tensor? {
    guard let id = originals[value] else { return nil }
    if let term = run.terms[value] { return term.values }
    let tensor = try evaluating { () throws(EvaluationError) in try run.evaluation.value(id) }
    run.terms[value] = RoundingBound.Term(tensor)
    return tensor
  }

  /// The row of an output of a step; a new one in the first case.
  private mutating func row(_ step: Int, _ position: Int, _ value: Int, _ kernel: String) -> Int {
    let key = Place(step: step, position: position)
    if let row = rows[key] { return row }
    let op = shipped.model.plan.steps[step].node.map { "\(shipped.model.graph.nodes[$0].op.name)" } ?? "layout"
    report.layers.append(LayerReport.Layer(name: names[value], op: op, kernel: kernel, step: step))
    rows[key] = report.layers.count - 1
    return report.layers.count - 1
  }

  /// What the step may differ by, for each element of its outputs.
  private func bounds(_ step: Int, _ run: LayerRun, _ results: [Tensor]) throws(EvaluationError) -> [[Double]] {
    let model = shipped.model
    guard case .node(let index, let inputs, _) = model.plan.steps[step] else {
      let doubts = model.plan.steps[step].operands.inputs[0].flatMap { run.terms[model.plan.slots[$0].value]?.doubts }
      return results.map { doubts ?? [Double](repeating: 0, count: $0.count) }
    }
    let node = model.graph.nodes[index]
    let terms = inputs.enumerated().map { position, slot -> RoundingBound.Term? in
      guard let slot else { return nil }
      let value = model.plan.slots[slot].value
      guard model.graph.isConstant(value) else { return run.terms[value] }
      return StoredConstant(model.plan.slots[slot], of: model, readBy: (node, position)).map {
        RoundingBound.Term($0.values, steps: $0.steps)
      }
    }
    let isWinograd = inputs.contains { $0.map { model.plan.slots[$0].packing == .winogradPanels } ?? false }
    return RoundingBound(loops: loops, isWinograd: isWinograd).bounds(node.op, terms, results)
  }

  private func evaluating<T>(_ body: () throws(EvaluationError) -> T) throws(VerificationError) -> T {
    do throws(EvaluationError) { return try body() } catch { throw .evaluation(error) }
  }

  private func running<T>(_ body: () throws(RunFault) -> T) throws(VerificationError) -> T {
    do throws(RunFault) { return try body() } catch { throw .running(RunError(error, in: shipped.model)) }
  }
}

/// Where a row of the report comes from.
private struct Place: Hashable {
  var step: Int
  var position: Int
}

/// One case as far as it has come.
private struct LayerRun {
  var evaluation: PartialEvaluation
  /// By value of the bundle's graph, while steps read it: the original's tensor, or what stands for itself.
  var terms: [RoundingBound.Term?] = []
  var readers: [Int] = []
}
