import CMD

/// SHA-256 of bytes that come in pieces: the identity of the files that a bundle was made from.
public struct SHA256 {
  private var context = SHA2_CTX()

  public init() { SHA256Init(&context) }

  public mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if let base = bytes.baseAddress { SHA256Update(&context, base.assumingMemoryBound(to: UInt8.self), bytes.count) }
  }

  /// The 32 bytes of the hash.
  public consuming func digest() -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256Final(&digest, &context)
    return digest
  }
}

/// SHA-256 of `bytes`.
public func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
  var hash = SHA256()
  hash.add(bytes)
  return hash.digest()
}
