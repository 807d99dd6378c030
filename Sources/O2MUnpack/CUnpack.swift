import O2MRuntime

/// `o2m_model_unpacking` of include/o2m_unpack.h.
@c(o2m_model_unpacking)
public func cModelUnpacking(_ bytes: UnsafeRawPointer?, _ size: Int, _ error: UnsafeMutableRawPointer?) -> OpaquePointer? {
  let bundle = UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : max(size, 0))
  // Unpacking has checked the hashes.
  return openModel(trustedFlag, error) { () throws(RunFault) in try unpacked(bundle) }
}
