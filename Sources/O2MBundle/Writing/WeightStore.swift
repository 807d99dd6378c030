import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

/// The weights section as it grows: blobs at multiples of 64, one for each form in which a constant is read.
struct WeightStore {
  private(set) var bytes: [UInt8] = []
  /// How the bytes are rearranged before they are compressed.
  private(set) var runs: [Arrangement.Run] = []

  /// Appends a constant and returns where it lies.
  mutating func add(_ tensor: Tensor, _ use: PackedUse, layout: Layout, rank: Int, _ precision: WeightPrecision) -> Plan.Place {
    align()
    let offset = bytes.count
    guard use.packing != .plain else {
      let stored = layout == .plain ? tensor : tensor.reshaped(tensor.shape.padded(to: rank)).arranged(layout)
      stored.withBytes { bytes.append(contentsOf: $0) }
      note(from: offset, width: tensor.element.isFloat ? tensor.element.size : 1)
      return .weights(offset, count: bytes.count - offset, scales: nil)
    }
    let weights = tensor.withElements(of: Float.self) { Array($0) }
    let order = use.order(tensor.shape)
    let rows = use.packing.isWeights ? order.source.count / max(1, order.channels.count) : 1
    let columns = use.packing == .depthwise ? order.channels.count : PackedSize.panel
    switch precision {
    case .float32: for index in order.source { put(index < 0 ? 0 : weights[index].bitPattern) }
    case .float16: for index in order.source { put(index < 0 ? 0 : Float16(weights[index]).bitPattern) }
    case .int8:
      let int8 = ChannelInt8(weights, channelCount: order.channelCount, channel: order.channel)
      for index in order.source { bytes.append(index < 0 ? 0 : UInt8(bitPattern: int8.values[index])) }
      let count = bytes.count - offset
      note(from: offset, width: 1)
      align()
      let scales = bytes.count
      for channel in order.channels { put((channel < 0 ? 1 : int8.scales[channel]).bitPattern) }
      note(from: scales, width: 4)
      return .weights(offset, count: count, scales: scales)
    }
    let size = precision.size(of: .float32)
    note(from: offset, width: size, rows: rows, columns: rows > 1 ? columns : 1)
    return .weights(offset, count: bytes.count - offset, scales: nil)
  }

  private mutating func put<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func align() {
    let padding = (BundleFormat.blobAlignment - bytes.count % BundleFormat.blobAlignment) % BundleFormat.blobAlignment
    guard padding > 0 else { return }
    bytes.append(contentsOf: [UInt8](repeating: 0, count: padding))
    note(from: bytes.count - padding, width: 1)
  }

  private mutating func note(from start: Int, width: Int, rows: Int = 1, columns: Int = 1) {
    let count = bytes.count - start
    guard count > 0 else { return }
    if width == 1, let last = runs.last, last.width == 1 {
      runs[runs.count - 1].count += count
    } else {
      runs.append(Arrangement.Run(count: count, width: width, rows: width == 1 ? 1 : rows, columns: width == 1 ? 1 : columns))
    }
  }
}

extension Tensor {
  /// The same elements in the memory order of `layout`.
  func arranged(_ layout: Layout) -> Tensor {
    let stored = layout.arrange(shape)
    let strides = shape.strides
    var walk = StridedWalk(stored, strides: [layout.axes(rank: shape.rank).map { strides[$0] }])
    var source: [Int] = []
    source.reserveCapacity(count)
    for _ in 0..<count {
      source.append(walk.offsets[0])
      walk.advance()
    }
    return gathered(stored, source: source)
  }
}
