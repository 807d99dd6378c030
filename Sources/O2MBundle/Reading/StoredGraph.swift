import CO2MPlatform
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension Graph {
  /// What a bundle computes, for the references: its nodes, and its constants in ONNX's order with the values that kernels see.
  ///
  /// nil where a constant lies in the file in no form that a node of it reads.
  public init?(_ model: Model) {
    self.init()
    let flat = model.graph
    var ids: [ValueID] = []
    for index in 0..<flat.inputCount { ids.append(addInput(model.manifest.inputs[index].name, TensorType(flat.values[index]))) }
    var readers: [Int: (node: FlatGraph.Node, input: Int)] = [:]
    for node in flat.nodes {
      for case (let input, let value?) in node.inputs.enumerated() where flat.isConstant(value) && readers[value] == nil {
        readers[value] = (node, input)
      }
    }
    let stored = Dictionary(
      model.plan.slots.filter(\.isStored).map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
    for value in flat.constants {
      guard let slot = stored[value], let tensor = model.constant(slot, read: readers[value]) else { return nil }
      ids.append(addConstant("constant \(value)", tensor))
    }
    for (index, node) in flat.nodes.enumerated() {
      do throws(GraphError) {
        ids += try addNode(
          node.op, node.inputs.map { $0.map { ids[$0] } }, name: "node \(index)", outputs: node.outputs.map { "value \($0)" })
      } catch { return nil }
    }
    for output in flat.outputs { addOutput(ids[output]) }
  }
}

extension Model {
  /// A constant in ONNX's order, from the first form that the plan has of it.
  fileprivate func constant(_ slot: Plan.Slot, read: (node: FlatGraph.Node, input: Int)?) -> Tensor? {
    let type = graph.values[slot.value]
    let operand = operand(slot)
    guard slot.packing != .plain else {
      guard let bytes = operand.constant else { return nil }
      let stored = Tensor(type.element, slot.layout.arrange(type.shape), storage: TensorStorage(byteCount: type.byteCount))
      stored.storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: type.byteCount))
      return stored.restored(to: type.shape, from: slot.layout)
    }
    guard let read,
      let layout = read.node.op.weightLayouts(of: read.input, graph.facts(read.node)).first(where: { $0.packing == slot.packing })
    else { return nil }
    return operand.unpacked(layout, type.shape)
  }
}

extension Plan.Slot {
  fileprivate var isStored: Bool { if case .weights = place { true } else { false } }
}

extension Operand {
  /// Packed weights in ONNX's order: packing the numbers of the elements tells where each lies.
  fileprivate func unpacked(_ layout: WeightLayout, _ shape: Shape) -> Tensor? {
    guard let constant, element == .float32 else { return nil }
    // 0 is padding.
    let order = layout.packed((0..<shape.count).map { UInt32($0 + 1) })
    let channels = precision == .int8 ? layout.vector.packed((0..<layout.channels).map { UInt32($0 + 1) }) : []
    var values = [Float](repeating: 0, count: shape.count), scale = [Float](repeating: 1, count: layout.channels)
    if let scales { for (place, channel) in channels.enumerated() where channel > 0 { scale[Int(channel) - 1] = scales[place] } }
    for (place, number) in order.enumerated() where number > 0 {
      values[Int(number) - 1] =
        switch precision {
        case .float32: constant.loadUnaligned(fromByteOffset: 4 * place, as: Float.self)
        case .float16: Float(constant.loadUnaligned(fromByteOffset: 2 * place, as: Float16.self))
        case .int8: Float(constant.load(fromByteOffset: place, as: Int8.self))
        }
    }
    if precision == .int8 {
      for (channel, factor) in scale.enumerated() { for index in layout.elements(of: channel) { values[index] *= factor } }
    }
    return Tensor(shape, values)
  }
}

extension Tensor {
  /// The elements, which lie in the order of `layout`, in ONNX's order.
  fileprivate func restored(to shape: Shape, from layout: Layout) -> Tensor {
    guard layout != .plain, shape.rank >= 3 else { return reshaped(shape) }
    let axes = layout.axes(rank: shape.rank), strides = self.shape.strides
    var own = [Int](repeating: 0, count: shape.rank)
    for (position, axis) in axes.enumerated() { own[axis] = strides[position] }
    var walk = StridedWalk(shape, strides: [own]), source: [Int] = []
    source.reserveCapacity(count)
    for _ in 0..<count {
      source.append(walk.offsets[0])
      walk.advance()
    }
    return gathered(shape, source: source)
  }
}
