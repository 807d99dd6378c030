import O2MOps
import O2MRuntime
import O2MTensor

extension PlanDraft {
  /// Asks every operator for its kernel, lets outputs of aliases share memory, and returns the nodes whose kernel does not take the
  /// operands as they are laid out.
  mutating func chooseKernels() throws(PlanError) -> [Int] {
    var unsuited: [Int] = []
    let graph = model.graph
    // Kernels look at weights where they lie, at multiples of 64 as in a bundle.
    let weights = TensorStorage(byteCount: store.bytes.count)
    store.bytes.withUnsafeBytes {
      if let base = $0.baseAddress, !$0.isEmpty { weights.bytes.baseAddress?.copyMemory(from: base, byteCount: $0.count) }
    }
    for step in steps {
      guard case .node(let node, let reads, let writes) = step else { continue }
      let rank = reads.reduce(0) { max($0, $1.map { model.shape(slots[$0].value).rank } ?? 0) }
      let base = weights.bytes.baseAddress.map { UnsafeRawPointer($0) }
      let site = KernelSite(
        inputs: reads.map { $0.map { slots[$0].operand(graph, weights: base, rank: rank) } },
        outputs: writes.map { slots[$0].operand(graph, weights: base, rank: rank) }, threads: 1)
      let kernel: Kernel
      do throws(OpFault) { kernel = try graph.nodes[node].op.kernel(site) } catch { throw .node(model.place(of: node), error) }
      guard site.allows(kernel) else {
        unsuited.append(node)
        continue
      }
      if kernel.isAlias, let source = reads[0] { slots[writes[0]].place = .alias(source) }
    }
    return unsuited
  }

  /// The plan with an offset for every slot in the arena.
  func placed() -> Plan {
    var plan = Plan(arenaBytes: 0, slots: slots, steps: steps, inputs: inputs, outputs: outputs)
    let lifetimes = Lifetimes(plan, model.graph, slices)
    let arena = ArenaAssignment(lifetimes.blocks)
    for (index, slot) in slots.enumerated() {
      guard case .arena = slot.place else { continue }
      let before = slices.root(index).channel * model.graph.values[slot.value].element.size
      plan.slots[index].place = .arena(arena.offsets[lifetimes.block[index]] + before)
    }
    plan.arenaBytes = arena.byteCount
    return plan
  }
}
