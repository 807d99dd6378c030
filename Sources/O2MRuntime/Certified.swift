import O2MOps

extension Model {
  /// The parity certificate; nil where the bundle has none.
  public func certificate() throws(FormatFault) -> Certificate? {
    let reader = try BundleReader(bytes.bytes)
    guard reader.section(.certificate) != nil else { return nil }
    var record = try reader.record(.certificate)
    return try Certificate(from: &record)
  }
}
