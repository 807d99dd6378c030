import O2MOps
import O2MTensor

// What a session keeps from run to run, for o2m.h.

@c(o2m_model_input_state)
public func cInputState(_ handle: OpaquePointer?, _ index: UInt32) -> UInt32 {
  model(handle)?.state.output(for: Int(truncatingIfNeeded: index)).map { UInt32($0) } ?? .max
}

@c(o2m_session_reset_state)
public func cSessionResetState(_ handle: OpaquePointer?) { session(handle)?.resetState() }

@c(o2m_session_state_size)
public func cSessionStateSize(_ handle: OpaquePointer?) -> Int { session(handle)?.savedStateBytes ?? 0 }

@c(o2m_session_save_state)
public func cSessionSaveState(
  _ handle: OpaquePointer?, _ bytes: UnsafeMutableRawPointer?, _ size: Int, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  guard let bytes, size >= 0 else { return CError.null.returned(error) }
  return using(handle, error) { (session) throws(RunFault) in
    try session.saveState(to: UnsafeMutableRawBufferPointer(start: bytes, count: size))
    return .ok
  }
}

@c(o2m_session_restore_state)
public func cSessionRestoreState(
  _ handle: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  guard bytes != nil || size == 0, size >= 0 else { return CError.null.returned(error) }
  return using(handle, error) { (session) throws(RunFault) in
    try session.restoreState(from: UnsafeRawBufferPointer(start: bytes, count: size))
    return .ok
  }
}
