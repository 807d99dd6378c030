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

/// Writes `bytes` to `name` so that the file is either what it was or all of `bytes`.
///
/// The bytes go to a new file in the same folder, to the disk, and then take the name; on failure the new file is removed. A link stays,
/// and the file that it leads to is written, whether it is there or not; a device or a pipe is written as it is.
public func writeAtomically(_ bytes: [UInt8], to name: String) throws(WriteError) {
  var status = stat()
  if stat(name, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
    let file = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { throw WriteError(errno: errno) }
    if let error = writeAll(bytes, to: file, flushes: false) { throw error }
    return
  }
  let path = try fileBehindLinks(name)
  let temporary = path + ".\(getpid()).partial"
  let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
  guard file >= 0 else { throw WriteError(errno: errno) }
  if let error = writeAll(bytes, to: file) ?? (rename(temporary, path) == 0 ? nil : WriteError(errno: errno)) {
    unlink(temporary)
    throw error
  }
  syncFolder(of: path)
}

/// The path that `name` leads to where it is a link, or a link to one; nothing needs to be there. Links among its folders stay in it.
public func fileBehindLinks(_ name: String) throws(WriteError) -> String {
  var path = name
  for _ in 0..<40 {  // as many as Linux follows
    var target = [UInt8](repeating: 0, count: 4096)
    let length = target.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { readlink(path, $0.baseAddress!, $0.count) }
    }
    guard length >= 0 else { return path }
    let next = String(decoding: target[..<length], as: UTF8.self)
    path = next.hasPrefix("/") ? next : folder(of: path) + "/" + next
  }
  throw WriteError(errno: ELOOP)
}

/// The folder that holds `path`.
public func folder(of path: String) -> String {
  path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
}

/// Writes, flushes where that is wanted, and closes.
private func writeAll(_ bytes: [UInt8], to file: Int32, flushes: Bool = true) -> WriteError? {
  var error: WriteError?
  bytes.withUnsafeBytes { raw in
    var done = 0
    while done < raw.count, error == nil {
      let written = write(file, raw.baseAddress! + done, raw.count - done)
      if written > 0 { done += written } else if errno != EINTR { error = WriteError(errno: errno) }
    }
  }
  if error == nil, flushes, fsync(file) != 0 { error = WriteError(errno: errno) }
  if close(file) != 0, error == nil { error = WriteError(errno: errno) }
  return error
}

/// Makes the new name last through a power cut. The file itself is safe by now, so a folder that cannot be synced is no failure.
private func syncFolder(of path: String) {
  let handle = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard handle >= 0 else { return }
  fsync(handle)
  close(handle)
}
