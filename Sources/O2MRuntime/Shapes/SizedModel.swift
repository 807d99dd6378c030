import O2MOps
import O2MTensor

/// A model at one set of input shapes: the types of its values, where they lie, and the constants that follow from the shapes.
struct SizedModel: Sendable {
  let graph: FlatGraph
  let plan: Plan
  let memory: [SlotMemory]
  /// For each step of the plan whether it does nothing.
  let isIdle: [Bool]
  /// For each step of the plan whether a run sizes it, and whether its extents then follow from what its operands hold.
  let isCounted: [Bool]
  let isSized: [Bool]
  /// For each slot what it holds where that follows from the shapes, in the slot's layout; empty where all shapes are fixed.
  let derived: [Tensor?]
  /// The values whose extents a run decides, and their rooms at these shapes.
  let counted: CountedValues
  /// Of the nodes that have any, in order.
  let bodies: [NodeBodies]

  /// Checks that the plan serves the graph; see `PlanCheck`.
  init(
    _ graph: FlatGraph, _ plan: Plan, derived: [Tensor?], weights: UnsafeRawBufferPointer, counted: CountedValues = .none,
    bodies: [NodeBodies] = []
  ) throws(FormatFault) {
    let check = try PlanCheck(graph, plan, weights: weights, derived: derived, counted: counted)
    self.graph = graph
    self.plan = plan
    self.derived = derived
    self.counted = counted
    self.bodies = bodies
    memory = check.memory
    isIdle = check.isIdle
    isCounted = check.isCounted
    isSized = check.isSized
  }

  /// Of all bodies, each before those inside of it.
  var bodyPlans: [Plan] {
    var plans: [Plan] = []
    for node in bodies { for body in node.bodies { plans += [body.plan] + body.bodyPlans } }
    return plans
  }

  /// Where memory lies, given the session's arena.
  func address(_ memory: SlotMemory, _ arena: UnsafeRawPointer, _ weights: UnsafeRawPointer?) -> UnsafeRawPointer? {
    switch memory.region {
    case .arena: arena + memory.offset
    case .weights: weights.map { $0 + memory.offset }
    case .derived: derived[memory.offset].flatMap { UnsafeRawPointer($0.storage.bytes.baseAddress) }
    }
  }

  /// A constant that is stored plain, as `PlanCheck` has found it.
  func constant(_ slot: Int, _ weights: UnsafeRawBufferPointer) -> Tensor? {
    let form = plan.slots[slot]
    if case .derived = form.place { return form.layout == .plain ? derived[slot] : nil }
    return form.stored(graph, weights)
  }

  /// A slot as kernels see it. A channels-last constant gets ones in front up to `rank`.
  func operand(_ slot: Int, _ weights: UnsafeRawPointer?, rank: Int) -> Operand {
    var operand = plan.slots[slot].operand(graph, weights: weights, rank: rank)
    if slot < derived.count, let tensor = derived[slot] { operand.constant = UnsafeRawPointer(tensor.storage.bytes.baseAddress) }
    return operand
  }

  /// The kernel of a step.
  func kernel(of step: Int, _ weights: UnsafeRawPointer?, threads: Int) throws(RunFault) -> Kernel {
    switch plan.steps[step] {
    case .convert(let from, let to):
      return layoutConversion(from: operand(from, weights, rank: 0), to: operand(to, weights, rank: 0))
    case .node(let node, let inputs, let outputs):
      let rank = inputs.reduce(0) { max($0, $1.map { graph.values[plan.slots[$0].value].shape.rank } ?? 0) }
      let site = KernelSite(
        inputs: inputs.map { $0.map { operand($0, weights, rank: rank) } }, outputs: outputs.map { operand($0, weights, rank: rank) },
        threads: threads)
      let kernel: Kernel
      do throws(OpFault) { kernel = try graph.nodes[node].op.kernel(site) } catch { throw .kernel(node: node, error) }
      guard site.allows(kernel), kernel.isAlias || !writesThroughAlias(outputs) else { throw .operands(node: node) }
      return kernel
    }
  }

  /// The kernel of a step that a run sizes, for the longest operands; an alias where that is not known.
  func longestKernel(of step: Int, _ weights: UnsafeRawPointer?, threads: Int) -> Kernel {
    do throws(RunFault) { return isSized[step] ? .alias : try kernel(of: step, weights, threads: threads) } catch { return .alias }
  }

  /// Whether a step has the operands that it has in `other`, a sizing of the same model, so that its kernel serves as it is.
  func isSame(_ step: Int, as other: SizedModel) -> Bool {
    let (inputs, outputs) = plan.steps[step].operands
    for case let slot? in inputs {
      if slot < derived.count, derived[slot] != nil { return false }
      guard isSame(slot: slot, as: other) else { return false }
    }
    for slot in outputs { guard isSame(slot: slot, as: other) else { return false } }
    return true
  }

  private func isSame(slot: Int, as other: SizedModel) -> Bool {
    let value = plan.slots[slot].value
    return graph.values[value] == other.graph.values[value] && plan.slots[slot].pitch == other.plan.slots[slot].pitch
  }

  /// Whether an output shares the memory of the input, which only an alias may.
  private func writesThroughAlias(_ outputs: [Int]) -> Bool {
    outputs.contains { if case .alias = plan.slots[$0].place { true } else { false } }
  }
}
