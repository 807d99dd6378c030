#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Why a tensor's data in another file was not read. `component` is the part of the location at which it stopped.
public enum ExternalFault: Error, Equatable, Sendable {
  case noLocation
  /// `offset` or `length` is not a plain decimal number.
  case badNumber(key: String, value: String)
  case absolutePath(String)
  case leavesFolder(String)
  case symbolicLink(component: String)
  case hardLink(component: String, links: Int)
  case notRegularFile(component: String)
  case cannotOpen(component: String, errno: Int32)
  case cannotRead(errno: Int32)
  /// The entry's length is not what type and dims ask for.
  case wrongLength(found: Int, needed: Int)
  /// The file ends before the data does.
  case pastEnd(offset: Int, length: Int, fileSize: Int)
}

/// A place in an open file.
struct ExternalSlice {
  fileprivate let file: Int32
  fileprivate let offset: Int
}

/// The files beside a model that hold tensor data.
///
/// A location is a relative path inside the model's own folder. Each component is opened from the one before it without following
/// links, so neither the path nor the file system can lead elsewhere, even while somebody changes it. A file with more
/// than one name is refused as well: its other name may lie outside the folder.
///
/// - Spec: ONNX external data, keys `location`, `offset`, `length`.
final class ExternalData {
  private let folder: String
  /// The last file used: a model keeps its weights in one or few files, tensor after tensor.
  private var last: (location: String, file: Int32, size: Int)?

  init(besideModel path: String) {
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  deinit { if let last { close(last.file) } }

  /// The `byteCount` bytes that `entries` (the key-value pairs of a tensor) point to; they were there when this looked.
  func slice(_ entries: [(key: String, value: String)], byteCount: Int) throws(ExternalFault) -> ExternalSlice {
    var location: String?
    var offset = 0
    var length: Int?
    for (key, value) in entries {
      switch key {
      case "location": location = value
      case "offset": offset = try number(value, key: key)
      case "length": length = try number(value, key: key)
      default: break  // checksum and basepath name no bytes
      }
    }
    guard let location, !location.isEmpty else { throw .noLocation }
    if let length, length != byteCount { throw .wrongLength(found: length, needed: byteCount) }
    let (file, size) = try open(location)
    let (end, overflow) = offset.addingReportingOverflow(byteCount)
    guard !overflow, end <= size else { throw .pastEnd(offset: offset, length: byteCount, fileSize: size) }
    return ExternalSlice(file: file, offset: offset)
  }

  /// Fills `buffer` from a slice that was the last one asked for.
  func read(_ slice: ExternalSlice, into buffer: UnsafeMutableRawBufferPointer) throws(ExternalFault) {
    do throws(ReadError) {
      try readFully(slice.file, at: slice.offset, into: buffer)
    } catch {
      throw .cannotRead(errno: error.code)
    }
  }

  private func number(_ text: String, key: String) throws(ExternalFault) -> Int {
    guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let value = Int(text)
    else { throw .badNumber(key: key, value: text) }
    return value
  }

  private func open(_ location: String) throws(ExternalFault) -> (file: Int32, size: Int) {
    if let last, last.location == location { return (last.file, last.size) }
    guard location.utf8.first != UInt8(ascii: "/") else { throw .absolutePath(location) }
    let components = location.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }.map(String.init)
    guard !components.contains("..") else { throw .leavesFolder(location) }
    guard let name = components.last else { throw .noLocation }

    var directory = openat(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .cannotOpen(component: folder, errno: errno) }
    defer { close(directory) }
    for component in components.dropLast() {
      let next = try descend(directory, component, O_DIRECTORY)
      close(directory)
      directory = next
    }
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    let file = try descend(directory, name, O_NONBLOCK)
    var status = stat()
    var fault: ExternalFault?
    if fstat(file, &status) != 0 {
      fault = .cannotRead(errno: errno)
    } else if status.st_mode & S_IFMT != S_IFREG {
      fault = .notRegularFile(component: name)
    } else if status.st_nlink > 1 {
      fault = .hardLink(component: name, links: Int(status.st_nlink))
    }
    if let fault {
      close(file)
      throw fault
    }
    if let last { close(last.file) }
    last = (location, file, Int(status.st_size))
    return (file, Int(status.st_size))
  }

  private func descend(_ directory: Int32, _ component: String, _ flags: Int32) throws(ExternalFault) -> Int32 {
    let file = openat(directory, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags)
    guard file < 0 else { return file }
    let code = errno
    // With O_DIRECTORY a link gives ENOTDIR on Linux, so ask what it is.
    var status = stat()
    if fstatat(directory, component, &status, AT_SYMLINK_NOFOLLOW) == 0, status.st_mode & S_IFMT == S_IFLNK {
      throw .symbolicLink(component: component)
    }
    throw .cannotOpen(component: component, errno: code)
  }
}
