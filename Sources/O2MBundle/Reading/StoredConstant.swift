import O2MOps
import O2MRuntime
import O2MTensor

/// A constant of a bundle in ONNX's order, with the values that kernels see.
public struct StoredConstant: Sendable {
  public let values: Tensor
  /// For each element the distance between the numbers that storing could choose from, which is the most that it moved the element: the
  /// scale of its channel for int8, 2⁻¹⁰ of it for float16. nil where it keeps its digits.
  public private(set) var steps: Tensor?

  /// The one in `slot`; nil where that is no form in which the input of the node reads it.
  public init?(_ slot: Plan.Slot, of model: Model, readBy reader: (node: FlatGraph.Node, input: Int)?) {
    self.init(slot, of: model.graph, model.operand(slot), readBy: reader)
  }

  /// One of a body, too.
  init?(_ slot: Plan.Slot, of graph: FlatGraph, _ operand: Operand, readBy reader: (node: FlatGraph.Node, input: Int)?) {
    let type = graph.values[slot.value]
    guard let constant = operand.constant else { return nil }
    guard slot.packing != .plain else {
      let stored = Tensor(type.element, slot.layout.arrange(type.shape), storage: TensorStorage(byteCount: type.byteCount))
      stored.storage.bytes.copyMemory(from: UnsafeRawBufferPointer(start: constant, count: type.byteCount))
      values = stored.restored(to: type.shape, from: slot.layout)
      return
    }
    guard operand.element == .float32, let (node, input) = reader,
      let layout = node.op.weightLayouts(of: input, graph.facts(node)).first(where: { $0.packing == slot.packing })
    else { return nil }
    var codes = operand.codes(constant, layout, type.shape.count)
    switch slot.precision {
    case .float32: break
    case .float16: steps = Tensor(type.shape, floats: codes.map { max($0.magnitude * 0x1p-10, 0x1p-24) })
    case .int8:
      let scales = operand.scales(layout)
      var steps = [Float](repeating: 0, count: codes.count)
      // Channels that were lost are zeros, and their scale says nothing.
      var lost: [Int] = [], largest: Float = 0
      for (channel, scale) in scales.enumerated() {
        let members = layout.elements(of: channel)
        if members.allSatisfy({ codes[$0] == 0 }) { lost += members }
        for index in members {
          codes[index] *= scale
          steps[index] = scale
          largest = max(largest, codes[index].magnitude)
        }
      }
      for index in lost { steps[index] = largest * 0x1p-24 }
      self.steps = Tensor(type.shape, floats: steps)
    }
    values = Tensor(type.shape, floats: codes)
  }
}

extension Operand {
  /// Packed weights in ONNX's order, int8 as they are: packing the numbers of the elements tells where each lies.
  fileprivate func codes(_ constant: UnsafeRawPointer, _ layout: WeightLayout, _ count: Int) -> [Float] {
    // 0 is padding.
    let order = layout.packed((0..<count).map { UInt32($0 + 1) })
    var values = [Float](repeating: 0, count: count)
    for (place, number) in order.enumerated() where number > 0 {
      values[Int(number) - 1] =
        switch precision {
        case .float32: constant.loadUnaligned(fromByteOffset: 4 * place, as: Float.self)
        case .float16: Float(constant.loadUnaligned(fromByteOffset: 2 * place, as: Float16.self))
        case .int8: Float(constant.load(fromByteOffset: place, as: Int8.self))
        }
    }
    return values
  }

  /// One for each output channel.
  fileprivate func scales(_ layout: WeightLayout) -> [Float] {
    let channels = layout.vector.packed((0..<layout.channels).map { UInt32($0 + 1) })
    var values = [Float](repeating: 1, count: layout.channels)
    if let scales { for (place, channel) in channels.enumerated() where channel > 0 { values[Int(channel) - 1] = scales[place] } }
    return values
  }
}

extension Tensor {
  fileprivate init(_ shape: Shape, floats: [Float]) {
    self.init(.float32, shape, storage: TensorStorage(unfilled: 4 * shape.count))
    floats.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
  }

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
