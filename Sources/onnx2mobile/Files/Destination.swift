import HostSystem
import O2MBundle

/// Where a command writes its bundle: a file, what a link leads to, a device or a pipe; `-` is stdout, and reports then go to stderr.
struct Destination {
  let path: String
  private let isStandardOutput: Bool

  /// Checks what can be known before the work, and makes the folder of the file where the one around it is there.
  init(_ path: String) throws {
    self.path = path
    // What these names lead to would be replaced by a file.
    isStandardOutput = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path)
    if isStandardOutput {
      guard isatty(STDOUT_FILENO) == 0 else {
        throw Failure(.usage, "\(path): a bundle is no text for a terminal", help: "send it to a file or a pipe, as in `-o - > OUT.o2m`")
      }
    } else {
      try Self.check(path)
    }
  }

  private static func check(_ path: String) throws {
    func failure(_ reason: String, _ help: String? = nil) -> Failure {
      Failure(.cannotWrite, "\(path): cannot be written: \(reason)", help: help)
    }
    guard !path.isEmpty else { throw Failure(.usage, "the output has no name", help: "give the name of a file, or - for stdout") }
    var status = stat()
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw failure("is a folder", "give the name of a file in it")
      case S_IFSOCK: throw failure("is a socket", "give the name of a file")
      case S_IFREG: break
      default: return
      }
    } else if path.hasSuffix("/") {
      throw failure("names a folder", "give the name of a file in it")
    }
    let target: String
    do throws(WriteError) { target = try fileBehindLinks(path) } catch { throw failure(ImportMessages.reason(error.errno)) }
    let holder = folder(of: target)
    if access(holder, F_OK) != 0, errno == ENOENT, mkdir(holder, 0o777) != 0 {
      let reason = ImportMessages.reason(errno)
      throw failure("the folder \(holder) is not there and cannot be made: \(reason)", "make it first: mkdir -p \(holder)")
    }
    guard access(holder + "/", W_OK | X_OK) == 0 else { throw failure(ImportMessages.reason(errno)) }
  }

  /// Writes the bundle and prints `text` where no bundle goes. The file gets its name last: where the report cannot be printed, what
  /// was there before stays.
  func write(_ bytes: UnsafeRawBufferPointer, reporting text: String) throws {
    if isStandardOutput {
      try Files.write(bytes, to: STDOUT_FILENO)
      return try report(text)
    }
    let file: PendingFile
    do throws(WriteError) { file = try PendingFile.write(bytes, for: path) } catch { throw Files.failure(error, path) }
    try report(text)
    do throws(WriteError) { try file.commit() } catch { throw Files.failure(error, path) }
  }

  /// Prints `text` where no bundle goes.
  func report(_ text: String) throws {
    guard isStandardOutput else { return try text.write() }
    text.printable.writeToStandardError()
  }
}
