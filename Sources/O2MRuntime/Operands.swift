import O2MOps
import O2MTensor

extension Model {
  /// Where a slot lies, given the session's arena.
  func address(_ slot: Int, _ arena: UnsafeRawPointer) -> UnsafeRawPointer? {
    switch memory[slot].region {
    case .arena: arena + memory[slot].offset
    case .weights: weights.map { $0 + memory[slot].offset }
    }
  }

  /// A slot as kernels see it. A channels-last constant gets ones in front up to `rank`.
  func operand(_ slot: Int, rank: Int) -> Operand {
    plan.slots[slot].operand(graph, weights: weights, rank: rank)
  }

  /// The kernels of the steps.
  package func kernels(threads: Int) throws(RunFault) -> [Kernel] {
    var kernels: [Kernel] = []
    kernels.reserveCapacity(plan.steps.count)
    for step in plan.steps {
      switch step {
      case .convert(let from, let to):
        kernels.append(layoutConversion(from: operand(from, rank: 0), to: operand(to, rank: 0)))
      case .node(let node, let inputs, let outputs):
        let rank = inputs.reduce(0) { max($0, $1.map { graph.values[plan.slots[$0].value].shape.rank } ?? 0) }
        let site = KernelSite(
          inputs: inputs.map { $0.map { operand($0, rank: rank) } }, outputs: outputs.map { operand($0, rank: rank) }, threads: threads)
        let kernel: Kernel
        do throws(OpFault) { kernel = try graph.nodes[node].op.kernel(site) } catch { throw .kernel(node: node, error) }
        guard site.allows(kernel), kernel.isAlias || !writesThroughAlias(outputs) else { throw .operands(node: node) }
        kernels.append(kernel)
      }
    }
    return kernels
  }

  /// Whether an output shares the memory of the input, which only an alias may.
  private func writesThroughAlias(_ outputs: [Int]) -> Bool {
    outputs.contains { if case .alias = plan.slots[$0].place { true } else { false } }
  }
}

extension Plan.Slot {
  /// The slot as kernels see it; a weight lies at its offset from `weights`. A channels-last constant gets ones in front up to `rank`.
  public func operand(_ graph: FlatGraph, weights: UnsafeRawPointer?, rank: Int) -> Operand {
    let value = graph.values[value], isConstant = graph.isConstant(self.value)
    let shape = isConstant && layout == .channelsLast ? value.shape.padded(to: rank) : value.shape
    var operand = Operand(value.element, shape, layout: layout, packing: packing, precision: precision)
    if !isConstant { operand.pitch = pitch }
    if case .weights(let offset, _, let scales) = place, let weights {
      operand.constant = weights + offset
      operand.scales = scales.map { (weights + $0).assumingMemoryBound(to: Float.self) }
    }
    return operand
  }
}

extension Plan.Step {
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
  /// A reference reads row-major operands of their own type; an alias keeps the bytes of input 0.
  public func allows(_ kernel: Kernel) -> Bool {
    switch kernel {
    case .reference: inputs.allSatisfy { $0?.isReferenceForm ?? true } && outputs.allSatisfy { $0.isReferenceForm }
    case .alias:
      outputs.count == 1 && (inputs.first ?? nil)?.isDense == true && outputs[0].isDense
        && inputs[0]?.shape.count == outputs[0].shape.count && inputs[0]?.element == outputs[0].element
        && (inputs[0]?.layout == outputs[0].layout || Layout.isOneOrder(outputs[0].shape) && Layout.isOneOrder(inputs[0]?.shape ?? []))
    default: true
    }
  }
}

extension Operand {
  fileprivate var isReferenceForm: Bool { layout == .plain && packing == .plain && precision == .float32 }
}
