import CMD

/// SHA-256 of `bytes`: the identity of the ONNX file that a bundle was made from.
public func sha256(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
  var context = SHA2_CTX()
  SHA256Init(&context)
  if let base = bytes.baseAddress { SHA256Update(&context, base.assumingMemoryBound(to: UInt8.self), bytes.count) }
  var digest = [UInt8](repeating: 0, count: 32)
  SHA256Final(&digest, &context)
  return digest
}
