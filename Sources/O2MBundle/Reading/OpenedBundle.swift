import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

/// Why a file cannot be run as a bundle.
public enum OpenFault: Error, Equatable, Sendable {
  case file(RunFault)
  /// What is wrong with the installed form that the file unpacks to, where offsets count.
  case unpacked(RunFault)
}

/// A bundle of either form, ready to run.
public struct OpenedBundle: Sendable {
  /// Of the file, for messages.
  public let path: String
  public let model: Model
  public let fileBytes: Int
  /// As the file has it, whichever form that is.
  public let isInstalled: Bool
  public let sections: [Section]

  /// Maps the file at `path`. What asks for more than `limits` is refused before it is unpacked; without them a file may also unpack to
  /// eight times its own length.
  public init(at path: String, limits: Limits? = nil) throws(OpenFault) {
    let bytes = try Self.map(path)
    try self.init(bytes, of: path, limits ?? Self.limits(for: bytes))
  }

  private static func limits(for bytes: BundleBytes) -> Limits {
    var limits = Limits()
    limits.unpackedBytes = max(limits.unpackedBytes, bytes.bytes.count.clampedTimes(8))
    return limits
  }

  /// Copies `bytes`.
  public init(_ bytes: [UInt8], of path: String, limits: Limits = Limits()) throws(OpenFault) {
    let copy: BundleBytes
    do throws(RunFault) { copy = try BundleBytes(copying: bytes) } catch { throw .file(error) }
    try self.init(copy, of: path, limits)
  }

  private init(_ bytes: BundleBytes, of path: String, _ limits: Limits) throws(OpenFault) {
    self.path = path
    fileBytes = bytes.bytes.count
    let reader: BundleReader
    do throws(FormatFault) { reader = try BundleReader(bytes.bytes) } catch { throw .file(.format(error)) }
    isInstalled = reader.header.isInstalled
    sections = reader.sections
    if isInstalled {
      do throws(RunFault) { model = try Model(bytes, limits: limits) } catch { throw .file(error) }
    } else {
      model = try Self.unpack(bytes, limits).model
    }
  }

  /// SHA-256 of the bundle's file at `path`, whichever form it has.
  public static func hash(ofFileAt path: String) throws(OpenFault) -> [UInt8] {
    let bytes = try map(path)
    return withExtendedLifetime(bytes) { sha256(bytes.bytes) }
  }

  /// The installed form of the bundle at `path`. It can be run; all hashes hold.
  public static func installedForm(at path: String, limits: Limits? = nil) throws(OpenFault) -> BundleBytes {
    let bytes = try map(path)
    return try unpack(bytes, limits ?? Self.limits(for: bytes)).bytes
  }

  private static func unpack(_ bytes: BundleBytes, _ limits: Limits) throws(OpenFault) -> (bytes: BundleBytes, model: Model) {
    let installed: BundleBytes
    do throws(RunFault) { installed = try unpacked(bytes.bytes, limit: limits.unpackedBytes) } catch { throw .file(error) }
    do throws(RunFault) { return (installed, try Model(installed, trusted: true, limits: limits)) } catch { throw .unpacked(error) }
  }

  private static func map(_ path: String) throws(OpenFault) -> BundleBytes {
    do throws(RunFault) { return try BundleBytes(mapping: path) } catch { throw .file(error) }
  }
}
