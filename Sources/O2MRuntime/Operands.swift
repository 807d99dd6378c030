import O2MOps
import O2MTensor

extension Model {
  /// A slot that is stored, as it lies in the file; one that follows from the shapes at those of the manifest.
  package func operand(_ slot: Plan.Slot) -> Operand {
    guard case .derived = slot.place, let index = plan.slots.firstIndex(of: slot) else {
      return slot.operand(graph, weights: weights, rank: 0)
    }
    return sized.operand(index, weights, rank: 0)
  }

  /// Whether a step's kernel is known only when a run has come to it.
  package func isSized(_ step: Int) -> Bool { sized.isSized[step] }

  /// The kernel of a step at the shapes of the manifest.
  package func kernel(of step: Int, threads: Int) throws(RunFault) -> Kernel { try sized.kernel(of: step, weights, threads: threads) }
}

extension Plan.Slot {
  /// The slot as kernels see it; a weight lies at its offset from `weights`. A channels-last constant gets ones in front up to `rank`.
  public func operand(_ graph: FlatGraph, weights: UnsafeRawPointer?, rank: Int) -> Operand {
    var type = graph.values[value]
    let isConstant = graph.isConstant(value)
    if isConstant && layout == .channelsLast { type.shape = type.shape.padded(to: rank) }
    var operand = Operand(type, layout: layout, packing: packing, precision: precision)
    if !isConstant { operand.pitch = pitch }
    if case .weights(let offset, _, let scales) = place, let weights {
      operand.constant = weights + offset
      operand.scales = scales.map { (weights + $0).assumingMemoryBound(to: Float.self) }
    }
    return operand
  }
}

extension Plan.Step {
  /// The node that the step runs; nil for a change of layout.
  public var node: Int? { if case .node(let node, _, _) = self { node } else { nil } }

  /// The slots that the step reads and writes.
  public var operands: (inputs: [Int?], outputs: [Int]) {
    switch self {
    case .node(_, let inputs, let outputs): (inputs, outputs)
    case .convert(let from, let to): ([from], [to])
    }
  }
}

extension Kernel {
  public var isAlias: Bool { if case .alias = self { true } else { false } }
}

extension KernelSite {
  /// A reference reads row-major operands of their own type; an alias keeps the bytes of input 0, or the first of them. Where their order
  /// differs with the layouts, the operator has compared it.
  public func allows(_ kernel: Kernel) -> Bool {
    switch kernel {
    case .reference: inputs.allSatisfy { $0?.isReferenceForm ?? true } && outputs.allSatisfy { $0.isReferenceForm }
    case .alias:
      if outputs.count == 1, let from = inputs.first ?? nil {
        from.isDense && outputs[0].isDense && from.shape.count >= outputs[0].shape.count && from.element == outputs[0].element
          && from.isUnpacked && outputs[0].isUnpacked
      } else {
        false
      }
    default: true
    }
  }
}

extension Operand {
  fileprivate var isReferenceForm: Bool { layout == .plain && isUnpacked }
  /// Whether it has the bytes of its own shape and element type.
  fileprivate var isUnpacked: Bool { packing == .plain && precision == .float32 }
}
