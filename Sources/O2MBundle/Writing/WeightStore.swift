import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

/// The weights section as it grows: blobs at multiples of 64, one for each form in which a constant is read.
struct WeightStore {
  private(set) var bytes = AlignedBytes()
  /// How the bytes are shuffled before they are compressed.
  private(set) var runs: [ByteShuffle.Run] = []

  /// Makes room for so many more bytes, so that what is there is not moved while they come.
  mutating func reserve(_ count: Int) { bytes.reserve(count) }

  /// Appends a constant as it is and returns where it lies.
  mutating func add(_ tensor: Tensor) -> Plan.Place {
    align()
    let offset = bytes.count
    tensor.withBytes { put($0) }
    tensor.rest()
    note(from: offset, width: tensor.element.isFloat ? tensor.element.size : 1)
    return .weights(offset, count: bytes.count - offset, scales: nil)
  }

  /// Appends a packed constant; `int8` is what it is where it is stored so.
  mutating func add(_ tensor: Tensor, _ layout: WeightLayout, _ precision: WeightPrecision, _ int8: ChannelInt8?) -> Plan.Place {
    align()
    let offset = bytes.count
    if precision == .int8, let int8 {
      int8.values.withUnsafeBufferPointer { put($0, layout) }
      let count = bytes.count - offset
      note(from: offset, width: 1)
      align()
      let scales = bytes.count
      int8.scales.map(\.bitPattern).withUnsafeBufferPointer { put($0, layout.vector, padding: Float(1).bitPattern) }
      note(from: scales, width: 4)
      return .weights(offset, count: count, scales: scales)
    }
    defer { tensor.rest() }
    tensor.withElements(of: Float.self) { weights in
      if precision == .float16 {
        weights.map { Float16($0).bitPattern }.withUnsafeBufferPointer { put($0, layout) }
      } else {
        put(weights, layout)
      }
    }
    let rows = layout.elements / layout.vector.elements, columns = rows > 1 ? layout.columns : 1
    note(from: offset, width: precision.size(of: .float32), rows: rows, columns: columns)
    return .weights(offset, count: bytes.count - offset, scales: nil)
  }

  /// Appends the weights of another plan and returns where they begin.
  mutating func add(_ planned: Planned) -> Int {
    align()
    let offset = bytes.count
    planned.weights.withUnsafeBytes { put($0) }
    runs += planned.runs
    return offset
  }

  private mutating func put(_ values: UnsafeRawBufferPointer) { bytes.append(values.count) { $0.copyMemory(from: values) } }

  /// Appends values in the order of a layout. Every host that this is built for is little endian.
  private mutating func put<T: BitwiseCopyable>(_ values: UnsafeBufferPointer<T>, _ layout: WeightLayout, padding: UInt32 = 0) {
    bytes.append(layout.elements * MemoryLayout<T>.size) { layout.pack(values, padding: padding, to: $0.bindMemory(to: T.self)) }
  }

  private mutating func align() {
    let padding = (BundleFormat.blobAlignment - bytes.count % BundleFormat.blobAlignment) % BundleFormat.blobAlignment
    guard padding > 0 else { return }
    bytes.append(padding) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
    note(from: bytes.count - padding, width: 1)
  }

  private mutating func note(from start: Int, width: Int, rows: Int = 1, columns: Int = 1) {
    let count = bytes.count - start
    guard count > 0 else { return }
    if width == 1, let last = runs.last, last.width == 1 {
      runs[runs.count - 1].count += count
    } else {
      runs.append(ByteShuffle.Run(count: count, width: width, rows: width == 1 ? 1 : rows, columns: width == 1 ? 1 : columns))
    }
  }
}
