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
    let base = store.bytes.base, plan = unplaced
    let sizes = ([model.typical] + model.sizes).map { (graph: $0.graph, rooms: $0.rooms, derived: plan.derived($0)) }
    for step in steps {
      guard case .node(let node, let reads, let writes) = step else { continue }
      var aliases = true, isSuited = true
      for (number, size) in sizes.enumerated() {
        // A step that gives nothing does nothing.
        if number > 0, !model.counted.isEmpty, writes.allSatisfy({ size.graph.values[slots[$0].value].shape.count == 0 }) { continue }
        let rank = reads.reduce(0) { max($0, $1.map { size.graph.values[slots[$0].value].shape.rank } ?? 0) }
        func operand(_ slot: Int) -> Operand {
          var operand = slots[slot].operand(size.graph, weights: base, rank: rank)
          if !graph.isConstant(slots[slot].value) { operand.pitch = pitch(slot, size.graph) }
          if let tensor = size.derived[slot] { operand.constant = UnsafeRawPointer(tensor.storage.bytes.baseAddress) }
          return operand
        }
        let site = KernelSite(inputs: reads.map { $0.map(operand) }, outputs: writes.map(operand), threads: 1)
        let kernel: Kernel
        do throws(OpFault) { kernel = try graph.nodes[node].op.kernel(site) } catch {
          // A run knows what the operands hold, and plain ones suit every operator.
          guard model.isSized(node), case .dataDependent = error else { throw .node(model.place(of: node), error) }
          aliases = false
          continue
        }
        isSuited = isSuited && site.allows(kernel)
        aliases = aliases && kernel.isAlias
      }
      if !isSuited {
        unsuited.append(node)
      } else if aliases, let source = reads[0], sizes.allSatisfy({ hasRoom($0.graph, $0.rooms, of: source, writes[0]) }) {
        slots[writes[0]].place = .alias(source)
      }
    }
    return unsuited
  }

  /// Whether one slot may take the bytes that another may, at the input shapes of `graph`.
  private func hasRoom(_ graph: FlatGraph, _ rooms: CountedValues?, of source: Int, _ target: Int) -> Bool {
    guard let rooms else { return true }
    func room(_ slot: Int) -> Int { rooms.room(slots[slot].value) ?? graph.values[slots[slot].value].byteCount }
    return room(source) == room(target)
  }

  /// The plan with an offset for every slot in the arena.
  func placed() -> Plan {
    guard let plan = unplaced.placed(model.graph, slices.homes, counted: model.counted, many: { ArenaAssignment(inTurn: $0) }) else {
      preconditionFailure("a slot of the draft is written by no step")
    }
    return plan
  }
}
