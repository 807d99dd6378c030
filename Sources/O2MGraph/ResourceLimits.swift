import O2MOps

/// How much a model may ask for. A limit only refuses: it never changes what a bundle holds.
///
/// Some defaults grow with the model: a large file may ask for more than a few bytes may.
public struct ResourceLimits: Sendable {
  /// Bytes of the file at hand and of its external data.
  public var sourceBytes = 0
  private var given: [ResourceLimit: Int] = [:]
  private let start = ContinuousClock.now

  public init() {}

  /// What is allowed of `limit`; `Int.max` where there is no bound.
  public subscript(limit: ResourceLimit) -> Int {
    get { given[limit] ?? Self.standard(limit, sourceBytes) }
    set { given[limit] = newValue }
  }

  /// What a limit can be set to.
  public static func range(of limit: ResourceLimit) -> ClosedRange<Int> {
    switch limit {
    // The importer calls itself for every level, and so does the decoder.
    case .nesting: 1...256
    // Offsets are products of an extent and a stride or a dilation.
    case .tensorElements: 1...largestVolume
    default: 1...Int.max
    }
  }

  /// No value and no constant has more elements than this, whatever is allowed: what is computed with extents then stays an `Int`.
  public static let largestVolume = 1 << 34

  /// The default for a model of `bytes` bytes.
  public static func standard(_ limit: ResourceLimit, _ bytes: Int) -> Int {
    let bytes = min(bytes, 1 << 40)
    return switch limit {
    case .fileBytes: 1 << 34
    case .nodes: 1 << 16
    case .iterations: 4096
    case .nesting: 64
    case .tensorElements: 1 << 31
    case .foldedBytes: 32 << 20 + 16 * bytes
    case .memoryBytes: 96 << 20 + 256 * bytes
    case .operations: 1 << 29 + 1 << 16 * bytes
    case .seconds: Int.max
    }
  }

  /// - Errors: `.limit` where `found` is more than is allowed.
  public func check(_ limit: ResourceLimit, _ found: Int) throws(OpFault) {
    guard found > self[limit] else { return }
    throw .limit(limit, found: found, limit: self[limit])
  }

  /// - Errors: `.limit` where more seconds have gone by than are allowed.
  public func checkTime() throws(OpFault) {
    guard let seconds = given[.seconds] else { return }
    let elapsed = Int((ContinuousClock.now - start).components.seconds)
    guard elapsed >= seconds else { return }
    throw .limit(.seconds, found: elapsed, limit: seconds)
  }
}
