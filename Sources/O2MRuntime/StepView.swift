import O2MOps
import O2MTensor

/// One step of a run, right after it: what ran, how long, and where its operands lie. It holds until the observer returns.
///
/// Outputs hold what the step gave. An input may have lost its memory to the output of its own step (`Operator.runsInPlace`).
public struct StepView {
  /// One operand of the step. `Model.names` calls it by `slot.value`.
  public struct Operand {
    /// The value in the graph, with its layout, packing and pitch.
    public let slot: Plan.Slot
    public let type: TypedShape
    /// From the first element to the last; the gaps of a slice among them.
    public let memory: UnsafeRawBufferPointer

    package init(slot: Plan.Slot, type: TypedShape, memory: UnsafeRawBufferPointer) {
      self.slot = slot
      self.type = type
      self.memory = memory
    }
  }

  public let model: Model
  let sized: SizedModel
  /// With the types of the run at hand.
  let graph: FlatGraph
  /// The step of the plan.
  public let index: Int
  /// 0 for a step that does nothing, such as a Concat whose parts lie where they belong.
  public let nanoseconds: UInt64
  let arena: UnsafeRawPointer
  /// Of the session's slots.
  let memory: [SlotMemory]

  /// The node of the graph that ran; nil for a change of layout.
  public var node: Int? { model.plan.steps[index].node }
  public var op: OpCode? { node.map { model.graph.nodes[$0].code } }
  /// nil where an optional input is absent.
  public var inputs: [Operand?] { model.plan.steps[index].operands.inputs.map { $0.map(operand) } }
  public var outputs: [Operand] { model.plan.steps[index].operands.outputs.map(operand) }

  private func operand(_ index: Int) -> Operand {
    var slot = sized.plan.slots[index]
    let type = graph.values[slot.value], count = model.counted.contains(slot.value) ? type.byteCount : memory[index].count
    if model.counted.contains(slot.value) { slot.pitch = O2MOps.Operand(type).pitch }
    return Operand(
      slot: slot, type: type, memory: UnsafeRawBufferPointer(start: sized.address(memory[index], arena, model.weights), count: count))
  }
}
