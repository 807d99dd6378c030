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
  guard let session = session(handle), let bytes, size >= 0 else { return CError.argument(0, limit: 1).returned(error) }
  var result = CError.ok
  do throws(RunFault) { try session.saveState(to: UnsafeMutableRawBufferPointer(start: bytes, count: size)) } catch {
    result = CError(error)
  }
  return result.returned(error)
}

@c(o2m_session_restore_state)
public func cSessionRestoreState(
  _ handle: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ size: Int, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  guard let session = session(handle), bytes != nil || size == 0, size >= 0 else { return CError.argument(0, limit: 1).returned(error) }
  var result = CError.ok
  do throws(RunFault) { try session.restoreState(from: UnsafeRawBufferPointer(start: bytes, count: size)) } catch { result = CError(error) }
  return result.returned(error)
}
