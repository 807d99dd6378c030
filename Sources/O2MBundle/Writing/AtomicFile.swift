import HostSystem

/// The system refused to write a file; an errno value.
public struct WriteError: Error, Equatable, Sendable {
  public var errno: Int32
}

/// Writes `bytes` to `name` so that the file is either what it was or all of `bytes`: see `PendingFile`.
public func writeAtomically(_ bytes: [UInt8], to name: String) throws(WriteError) {
  try bytes.withUnsafeBytes { raw in Result { () throws(WriteError) in try PendingFile.write(raw, for: name).commit() } }.get()
}

/// Bytes that are about to be a file.
///
/// They go to a new file in the same folder and to the disk; `commit` gives it the name, and without that it is removed. A link stays,
/// and the file that it leads to is written, whether it is there or not; a file that was there keeps its permissions. A device or a pipe
/// is written as it is.
///
/// The new file is locked while its process lives. What lost its process is removed by the next one that writes the same file.
public struct PendingFile: ~Copyable {
  /// Where the bytes are, and where they belong; nil where they went to a device or a pipe.
  private var names: (temporary: String, final: String)?
  private let file: Int32

  private init(_ file: Int32, _ names: (temporary: String, final: String)?) {
    self.file = file
    self.names = names
  }

  /// Writes `bytes` for the file `name`, which is left as it is.
  public static func write(_ bytes: UnsafeRawBufferPointer, for name: String) throws(WriteError) -> PendingFile {
    var status = stat()
    let isThere = stat(name, &status) == 0, isFile = !isThere || status.st_mode & S_IFMT == S_IFREG
    let pending = try isFile ? replacing(name) : device(name)
    try writeAll(bytes, to: pending.file)
    guard isFile else { return pending }
    if isThere, fchmod(pending.file, status.st_mode & 0o7777) != 0 { throw WriteError(errno: errno) }
    if fsync(pending.file) != 0 { throw WriteError(errno: errno) }
    return pending
  }

  private static func replacing(_ name: String) throws(WriteError) -> PendingFile {
    let final = try fileBehindLinks(name)
    removeOrphans(of: final)
    let (file, temporary) = try createLocked(beside: final)
    return PendingFile(file, (temporary, final))
  }

  private static func device(_ name: String) throws(WriteError) -> PendingFile {
    let file = open(name, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { throw WriteError(errno: errno) }
    return PendingFile(file, nil)
  }

  /// Gives the file its name.
  public consuming func commit() throws(WriteError) {
    guard let names else { return }
    guard rename(names.temporary, names.final) == 0 else { throw WriteError(errno: errno) }
    self.names = nil
    syncFolder(of: names.final)
  }

  deinit {
    if let names { unlink(names.temporary) }
    close(file)
  }
}

/// A new file `path.NUMBER.partial`, open and locked.
private func createLocked(beside path: String) throws(WriteError) -> (file: Int32, name: String) {
  var number = Int(getpid())
  while true {
    let name = "\(path).\(number).partial"
    let file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    if file < 0 {
      // A process of another container may have the same number.
      guard errno == EEXIST else { throw WriteError(errno: errno) }
      number += 1
      continue
    }
    var status = stat()
    // Where there are no locks, nobody takes the file for an orphan either. One who did was quicker than the lock.
    if flock(file, LOCK_EX) != 0 || fstat(file, &status) == 0 && status.st_nlink > 0 { return (file, name) }
    close(file)
  }
}

/// Removes what processes left that ended before their file had its name.
private func removeOrphans(of path: String) {
  guard let entries = opendir(folder(of: path)) else { return }
  defer { closedir(entries) }
  let start = (path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path) + ".", end = ".partial"
  while let entry = readdir(entries) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    guard name.hasPrefix(start), name.hasSuffix(end), name.utf8.count > start.utf8.count + end.utf8.count,
      name.dropFirst(start.count).dropLast(end.count).allSatisfy({ $0.isASCII && $0.isNumber })
    else { continue }
    let orphan = folder(of: path) + "/" + name
    let file = open(orphan, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { continue }
    if flock(file, LOCK_EX | LOCK_NB) == 0 { unlink(orphan) }
    close(file)
  }
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

/// Writes all of `bytes` to an open file, or tells why not.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32) throws(WriteError) {
  var done = 0
  while done < bytes.count {
    let written = write(file, bytes.baseAddress! + done, bytes.count - done)
    if written > 0 {
      done += written
    } else if errno == EAGAIN {
      var full = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
      poll(&full, 1, -1)
    } else if errno != EINTR {
      throw WriteError(errno: errno)
    }
  }
}

/// Makes the new name last through a power cut. The file itself is safe by now, so a folder that cannot be synced is no failure.
private func syncFolder(of path: String) {
  let handle = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard handle >= 0 else { return }
  fsync(handle)
  close(handle)
}
