#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The system refused to write a file; an errno value.
public struct WriteError: Error, Equatable, Sendable {
  public var errno: Int32
}

/// Writes `bytes` to `path` so that the file is either what it was or all of `bytes`.
///
/// The bytes go to a new file in the same folder, to the disk, and then take the name; on failure the new file is removed.
public func writeAtomically(_ bytes: [UInt8], to path: String) throws(WriteError) {
  let temporary = path + ".\(getpid()).partial"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw WriteError(errno: errno) }
  if let error = writeAll(bytes, to: file) ?? (rename(temporary, path) == 0 ? nil : WriteError(errno: errno)) {
    unlink(temporary)
    throw error
  }
  syncFolder(of: path)
}

/// Writes, flushes and closes.
private func writeAll(_ bytes: [UInt8], to file: Int32) -> WriteError? {
  var error: WriteError?
  bytes.withUnsafeBytes { raw in
    var done = 0
    while done < raw.count, error == nil {
      let written = write(file, raw.baseAddress! + done, raw.count - done)
      if written > 0 { done += written } else if errno != EINTR { error = WriteError(errno: errno) }
    }
  }
  if error == nil, fsync(file) != 0 { error = WriteError(errno: errno) }
  if close(file) != 0, error == nil { error = WriteError(errno: errno) }
  return error
}

/// Makes the new name last through a power cut. The file itself is safe by now, so a folder that cannot be synced is no failure.
private func syncFolder(of path: String) {
  let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  let handle = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard handle >= 0 else { return }
  fsync(handle)
  close(handle)
}
