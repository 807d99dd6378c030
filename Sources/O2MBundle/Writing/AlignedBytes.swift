import O2MTensor

/// Bytes that grow at the end and lie at a multiple of 64, as kernels want weights.
///
/// Where there is room already nothing is moved: a gigabyte of weights is in memory once.
public struct AlignedBytes: Sendable {
  public private(set) var count = 0
  private var storage = TensorStorage(unfilled: 0)

  package init() {}

  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(storage) { try body(UnsafeRawBufferPointer(rebasing: storage.bytes[..<count])) }
  }

  /// Where the first byte is while this value stays as it is.
  var base: UnsafeRawPointer? { UnsafeRawPointer(storage.bytes.baseAddress) }

  package subscript(index: Int) -> UInt8 {
    get { withUnsafeBytes { $0[index] } }
    set {
      precondition(index < count)
      own(count)
      storage.bytes[index] = newValue
    }
  }

  /// Makes room for so many more bytes.
  mutating func reserve(_ more: Int) { own(count + more) }

  /// Appends bytes that `fill` writes, all of them.
  mutating func append(_ more: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    if count + more > storage.bytes.count { own(max(count + more, 2 * count)) } else { own(count) }
    fill(UnsafeMutableRawBufferPointer(rebasing: storage.bytes[count..<count + more]))
    count += more
  }

  /// Makes the memory that of this value alone, with room for `capacity` bytes.
  private mutating func own(_ capacity: Int) {
    guard capacity > storage.bytes.count || !isKnownUniquelyReferenced(&storage) else { return }
    let larger = TensorStorage(unfilled: max(capacity, storage.bytes.count))
    withUnsafeBytes { larger.bytes.copyMemory(from: $0) }
    storage = larger
  }
}
