import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

/// The weights section as it grows: blobs at multiples of 64, one for each form in which a constant is read.
struct WeightStore {
  private(set) var bytes: [UInt8] = []
  /// How the bytes are shuffled before they are compressed.
  private(set) var runs: [ByteShuffle.Run] = []

  /// Makes room for so many more bytes, so that what is there is not moved while they come.
  mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  /// Appends a constant as it is and returns where it lies.
  mutating func add(_ tensor: Tensor) -> Plan.Place {
    align()
    let offset = bytes.count
    tensor.withBytes { bytes.append(contentsOf: $0) }
    note(from: offset, width: tensor.element.isFloat ? tensor.element.size : 1)
    return .weights(offset, count: bytes.count - offset, scales: nil)
  }

  /// Appends a packed constant; `int8` is what it is where it is stored so.
  mutating func add(_ tensor: Tensor, _ layout: WeightLayout, _ precision: WeightPrecision, _ int8: ChannelInt8?) -> Plan.Place {
    align()
    let offset = bytes.count
    if precision == .int8, let int8 {
      put(layout.packed(int8.values))
      let count = bytes.count - offset
      note(from: offset, width: 1)
      align()
      let scales = bytes.count
      put(layout.vector.packed(int8.scales.map(\.bitPattern), padding: Float(1).bitPattern))
      note(from: scales, width: 4)
      return .weights(offset, count: count, scales: scales)
    }
    let weights = StoredConstants.floats(tensor)
    if precision == .float16 {
      put(layout.packed(weights.map { Float16($0).bitPattern }))
    } else {
      put(layout.packed(weights.map(\.bitPattern)))
    }
    let rows = layout.elements / layout.vector.elements, columns = rows > 1 ? layout.columns : 1
    note(from: offset, width: precision.size(of: .float32), rows: rows, columns: columns)
    return .weights(offset, count: bytes.count - offset, scales: nil)
  }

  /// Appends the weights of another plan and returns where they begin.
  mutating func add(_ planned: Planned) -> Int {
    align()
    let offset = bytes.count
    bytes += planned.weights
    runs += planned.runs
    return offset
  }

  private mutating func put<T: FixedWidthInteger>(_ values: [T]) {
    // Every host that this is built for is little endian.
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
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
      runs.append(ByteShuffle.Run(count: count, width: width, rows: width == 1 ? 1 : rows, columns: width == 1 ? 1 : columns))
    }
  }
}
