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
}

extension BundleBytes {
  fileprivate static func copy(of bytes: [UInt8]) throws(RunFault) -> BundleBytes {
    try bytes.withUnsafeBytes { raw in Result { () throws(RunFault) in try BundleBytes(copying: raw) } }.get()
  }
}
