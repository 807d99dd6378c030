import O2MOps
import O2MRuntime

extension Model {
  /// A model from the bytes of a bundle of either form. The download form is unpacked into memory, with its hashes checked; the
  /// installed form is copied.
  public static func unpacking(_ bundle: UnsafeRawBufferPointer) throws(RunFault) -> Model {
    let installed: [UInt8]
    do throws(FormatFault) { installed = try unpack(bundle) } catch { throw .format(error) }
    return try Model(try BundleBytes.copy(of: installed), trusted: true)
  }

  /// A model from a file of either form. The installed form is mapped and its hashes are checked; the download form is unpacked.
  public static func openingEither(_ path: String) throws(RunFault) -> (model: Model, fileBytes: Int) {
    let mapped = try BundleBytes(mapping: path)
    let header: BundleHeader
    do throws(FormatFault) { header = try BundleHeader(mapped.bytes) } catch { throw .format(error) }
    return (header.isInstalled ? try Model(mapped) : try unpacking(mapped.bytes), mapped.bytes.count)
  }
}

extension BundleBytes {
  fileprivate static func copy(of bytes: [UInt8]) throws(RunFault) -> BundleBytes {
    try bytes.withUnsafeBytes { raw in Result { () throws(RunFault) in try BundleBytes(copying: raw) } }.get()
  }
}
