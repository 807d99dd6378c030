import O2MOps
import O2MTensor

/// Why bytes cannot become a session's state: numbers without names, as in every `…Fault`. The session keeps the state that it had.
public enum StateFault: Error, Equatable, Sendable {
  /// So many bytes are fewer than a state takes.
  case size(found: Int, needed: Int)
  /// They are no state that a session saved, or not all of it.
  case damaged
  /// They are the state of another model: what names each.
  case otherModel(found: UInt64, expected: UInt64)
  /// They are of a session with other extents of this input.
  case shape(input: Int)
}

/// The state of a session as bytes that outlive it.
///
/// - Spec: Schemas/bundle.md, "Saved state".
public enum SavedState {
  public static let magic: [UInt8] = [0x89, 0x4F, 0x32, 0x53, 0x0D, 0x0A, 0x1A, 0x0A]
  public static let version: UInt32 = 1
  /// Magic, version, number of states, and what names the model.
  static let headBytes = 24
}

extension Session {
  /// Bytes of a saved state at these shapes.
  public var savedStateBytes: Int {
    guard Included.has(.state) else { return 0 }
    var count = SavedState.headBytes + 8
    for link in model.state.links {
      let type = inputType(link.input)
      count += 4 + 2 + 8 * type.shape.rank + type.byteCount
    }
    return count
  }

  /// Writes the state to the first `savedStateBytes` of `target`.
  ///
  /// - Errors: `.state(.size)`.
  public func saveState(to target: UnsafeMutableRawBufferPointer) throws(RunFault) {
    let needed = savedStateBytes
    guard Included.has(.state) else { return }
    guard target.count >= needed else { throw .state(.size(found: target.count, needed: needed)) }
    target.copyBytes(from: savedState())
  }

  /// The state as bytes.
  public func savedState() -> [UInt8] {
    var record = RecordWriter()
    record.put(raw: SavedState.magic)
    record.put(SavedState.version)
    record.put(UInt32(model.state.links.count))
    record.put(model.identity)
    for link in model.state.links {
      record.put(UInt32(link.input))
      record.put(inputType(link.input))
      for byte in input(link.input) { record.put(byte) }
    }
    record.put(record.bytes.withUnsafeBytes { xxh64($0) })
    return record.bytes
  }

  /// Makes the state what `source` says, which this or another session of the model saved at these shapes.
  ///
  /// - Errors: `.state`; then the session keeps the state that it had.
  public func restoreState(from source: UnsafeRawBufferPointer) throws(RunFault) {
    guard Included.has(.state) else { throw .state(.damaged) }
    do throws(StateFault) { setState(try states(in: source)) } catch { throw .state(error) }
  }

  private func states(in source: UnsafeRawBufferPointer) throws(StateFault) -> [HeldState] {
    let end = source.count - 8
    guard end >= SavedState.headBytes, source.starts(with: SavedState.magic) else { throw .damaged }
    var record = RecordReader(source, range: SavedState.magic.count..<source.count)
    let hash = UInt64(littleEndian: source.loadUnaligned(fromByteOffset: end, as: UInt64.self))
    guard xxh64(UnsafeRawBufferPointer(rebasing: source[..<end])) == hash, let version = try? record.uint32(),
      version == SavedState.version,
      let count = try? record.uint32(), let identity = try? record.uint64()
    else { throw .damaged }
    guard identity == model.identity else { throw .otherModel(found: identity, expected: model.identity) }
    var held: [HeldState] = []
    for link in model.state.links {
      guard let input = try? record.uint32(), input == UInt32(link.input), let type = try? record.typedShape(limit: .max) else {
        throw .damaged
      }
      guard type == inputType(link.input) else { throw .shape(input: link.input) }
      guard let bytes = try? record.raw(type.byteCount) else { throw .damaged }
      held.append(HeldState(input: link.input, bytes: [UInt8](bytes)))
    }
    guard Int(count) == held.count, record.offset == end else { throw .damaged }
    return held
  }
}

extension BundleReader {
  /// What names a model in saved states: XXH64 of the hashes of what it computes, of which both forms of a bundle have the same.
  var identity: UInt64 {
    var record = RecordWriter()
    for type in [SectionType.graph, .weights, .state] { if let section = section(type) { record.put(section.hash) } }
    return record.bytes.withUnsafeBytes { xxh64($0) }
  }
}
