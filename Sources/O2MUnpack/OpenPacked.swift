import O2MOps
import O2MRuntime

extension Model {
  /// A model from the bytes of a bundle of either form. The download form is unpacked into memory, with its hashes checked; the
  /// installed form is copied. The raw sections together may have `limits.unpackedBytes` bytes.
  public static func unpacking(_ bundle: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(RunFault) -> Model {
    try Model(unpacked(bundle, limit: limits.unpackedBytes), trusted: true, limits: limits)
  }
}
