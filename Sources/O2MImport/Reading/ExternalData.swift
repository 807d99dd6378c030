import HostSystem

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
  /// The model and its data have more bytes than it may have.
  case tooLarge(found: Int, limit: Int)
}

/// A place in an open file.
struct ExternalSlice {
  fileprivate let file: Int32
  fileprivate let offset: Int
}

/// The files of external data that a model reads, which can be read again beside other work.
public struct ExternalFiles: Sendable {
  private let model: String
  /// Below the model's own folder, in order.
  public let paths: [String]
  /// Of all files together.
  public let byteCount: Int

  fileprivate init(model: String, paths: [String], byteCount: Int) {
    self.model = model
    self.paths = paths
    self.byteCount = byteCount
  }

  /// Calls `body` with the bytes of one of `paths`, in pieces. It is opened as the import did, inside the model's folder only.
  ///
  /// - Errors: `.tensor` with the path for a name.
  public func read(_ path: String, _ body: (UnsafeRawBufferPointer) -> Void) throws(ImportError) {
    let files = ExternalData(besideModel: model)
    do throws(ExternalFault) { try files.inspect(path, body) } catch { throw .tensor(name: path, .external(error)) }
  }
}

/// The files beside a model that hold tensor data.
///
/// A location is a relative path inside the model's own folder. Each component is opened from the one before it without following
/// links, so neither the path nor the file system can lead elsewhere, even while somebody changes it. A file with more
/// than one name is refused as well: its other name may lie outside the folder.
///
/// The file itself may be a link whose target lies in the model's folder, or in `blobs` beside the `snapshots` that the folder lies in, as
/// caches of downloads are laid out. The target is opened in the same way, so that it is no link again.
///
/// - Spec: ONNX external data, keys `location`, `offset`, `length`.
final class ExternalData {
  private let model: String
  private let folder: String
  /// The last file used: a model keeps its weights in one or few files, tensor after tensor.
  private var last: (location: String, file: Int32, size: Int)?

  /// The length of every file that was opened, by its path below the folder.
  private var lengths: [String: Int] = [:]

  /// The files that were opened.
  var files: ExternalFiles { ExternalFiles(model: model, paths: lengths.keys.sorted(), byteCount: byteCount) }

  /// Bytes of all files that were opened.
  var byteCount: Int { lengths.values.reduce(0, +) }

  /// How many bytes all files together may have, and how many of them the model's own file has.
  private let limit: Int, modelBytes: Int

  init(besideModel path: String, limit: Int = .max, modelBytes: Int = 0) {
    self.limit = limit
    self.modelBytes = modelBytes
    model = path
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

  /// Calls `body` with the bytes of the file at `path`, in pieces.
  fileprivate func inspect(_ path: String, _ body: (UnsafeRawBufferPointer) -> Void) throws(ExternalFault) {
    let (file, size) = try open(path)
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: min(size, 1 << 20), alignment: 64)
    defer { piece.deallocate() }
    var offset = 0
    while offset < size {
      let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(piece.count, size - offset)])
      try read(ExternalSlice(file: file, offset: offset), into: part)
      body(UnsafeRawBufferPointer(part))
      offset += part.count
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
    guard !location.hasSuffix("/") else { throw .notRegularFile(component: name) }

    let file = try open(components, below: folder, following: true)
    var status = stat()
    var fault: ExternalFault?
    if fstat(file, &status) != 0 {
      fault = .cannotRead(errno: errno)
    } else if status.st_mode & S_IFMT != S_IFREG {
      fault = .notRegularFile(component: name)
    } else if status.st_nlink > 1 {
      fault = .hardLink(component: name, links: Int(status.st_nlink))
    }
    lengths[components.joined(separator: "/")] = Int(status.st_size)
    let bytes = byteCount.clampedPlus(modelBytes)
    if fault == nil, bytes > limit { fault = .tooLarge(found: bytes, limit: limit) }
    if let fault {
      close(file)
      throw fault
    }
    if let last { close(last.file) }
    last = (location, file, Int(status.st_size))
    return (file, Int(status.st_size))
  }

  /// What the link `name` in `directory` says; nil where it is none.
  private func linkTarget(_ directory: Int32, _ name: String) -> String? {
    let count = Int(PATH_MAX)
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      length = buffer.withMemoryRebound(to: CChar.self) { max(0, readlinkat(directory, name, $0.baseAddress!, count)) }
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }

  /// Where the link leads that says `target` in the folder `components` of the model's own: a folder and what lies below it.
  private func resolve(
    _ target: String, from components: [String], link: String
  ) throws(ExternalFault) -> (root: String, components: [String]) {
    guard target.utf8.first != UInt8(ascii: "/"), let own = realPath(folder) else { throw .symbolicLink(component: link) }
    let base = own.split(separator: "/").map(String.init)
    var path = base + components
    for part in target.split(separator: "/").map(String.init) where part != "." {
      if part != ".." { path.append(part) } else if !path.isEmpty { path.removeLast() }
    }
    if path.count > base.count, Array(path.prefix(base.count)) == base { return (own, Array(path.dropFirst(base.count))) }
    if let snapshots = base.lastIndex(of: "snapshots"), snapshots + 1 < base.count, path.count == snapshots + 2,
      Array(path.prefix(snapshots)) == Array(base.prefix(snapshots)), path[snapshots] == "blobs"
    {
      return ("/" + base.prefix(snapshots).joined(separator: "/"), Array(path.dropFirst(snapshots)))
    }
    throw .symbolicLink(component: link)
  }

  /// The file that `components` lead to from the folder `root`, none of them a link but the last, where links are followed.
  private func open(_ components: [String], below root: String, following: Bool = false) throws(ExternalFault) -> Int32 {
    var directory = openat(AT_FDCWD, root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .cannotOpen(component: root, errno: errno) }
    defer { close(directory) }
    for component in components.dropLast() {
      let next = try descend(directory, component, O_DIRECTORY)
      close(directory)
      directory = next
    }
    let name = components[components.count - 1]
    if following, let target = linkTarget(directory, name) {
      let place = try resolve(target, from: Array(components.dropLast()), link: name)
      return try open(place.components, below: place.root)
    }
    // Without O_NONBLOCK, opening a pipe would wait for its writer.
    return try descend(directory, name, O_NONBLOCK)
  }

  private func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
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
