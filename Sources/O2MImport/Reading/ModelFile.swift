import COnnxProto
import O2MGraph

import HostSystem

/// A model file in memory: the decoded message, and the folder its external data must lie in.
///
/// The message owns copies of its strings and weights; the file's own bytes are given back as soon as it is decoded. Tensors
/// are made from it one at a time, so dropping the `ModelFile` frees all of it at once.
///
/// - Spec: ONNX IR versions 3 to 14, default-domain opsets 1 to 28 (ONNX 1.23); none where every operator is of another domain.
public final class ModelFile {
  /// As given by the caller.
  public let path: String
  public let byteCount: Int
  let external: ExternalData
  let limits: ResourceLimits
  private let owner: Message<Onnx__ModelProto>
  var message: UnsafeMutablePointer<Onnx__ModelProto> { owner.pointer }

  public static let irVersions: ClosedRange<Int64> = 3...14
  public static let opsets: ClosedRange<Int64> = 1...28

  /// Opens, checks and decodes `path`.
  ///
  /// - Parameter inspecting: gets the bytes that are decoded then; the file is read once. External data is not among them.
  /// - Errors: `.cannotOpen`, `.cannotRead`, `.notRegularFile`, `.empty`, `.tooLarge`, `.notProtobuf`, `.wire`, `.undecodable`,
  ///   `.irVersion`, `.opset`, `.noOpset`, `.noGraph`.
  public convenience init(
    path: String, limits: ResourceLimits = ResourceLimits(), wire: WireLimits? = nil,
    inspecting: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(ImportError) {
    let bytes = try FileBytes(path: path, limit: limits[.fileBytes])
    inspecting(UnsafeRawBufferPointer(bytes.buffer))
    try self.init(bytes, path: path, limits, wire)
  }

  /// Checks and decodes a file that is in memory, and has no external data.
  package convenience init(_ bytes: [UInt8], limits: ResourceLimits = ResourceLimits()) throws(ImportError) {
    try self.init(FileBytes(copying: bytes), path: "", limits, nil)
  }

  private init(_ bytes: FileBytes, path: String, _ limits: ResourceLimits, _ wire: WireLimits?) throws(ImportError) {
    let depth = limits[.nesting]
    do throws(ImportError) { owner = try Message(bytes, limits: wire ?? WireLimits(depth: depth)) } catch {
      // A sound file may be as deep: an If in an If takes three messages.
      guard wire == nil, case .wire(.tooDeep, _) = error else { throw error }
      throw .limit(.nesting, input: nil, found: depth + 1, limit: depth)
    }
    self.path = path
    byteCount = bytes.buffer.count
    var limits = limits
    limits.sourceBytes = byteCount
    self.limits = limits
    external = ExternalData(besideModel: path, limit: limits[.fileBytes], modelBytes: byteCount)
    try checkVersions()
  }

  /// The opset of the default domain; 0 where the model imports none.
  public var opset: Int { Int(opset(ofDomain: "") ?? 0) }

  /// The opset the model imports for `domain`, where "ai.onnx" and the empty name are one; nil when it imports none.
  func opset(ofDomain domain: String) -> Int64? {
    for entry in CArray(message.pointee.opset_import, message.pointee.n_opset_import) {
      if canonicalDomain(string(entry.pointee.domain)) == domain { return entry.pointee.version }
    }
    return nil
  }

  var opsets: OpsetTable {
    var table = OpsetTable()
    for entry in CArray(message.pointee.opset_import, message.pointee.n_opset_import) {
      let domain = canonicalDomain(string(entry.pointee.domain))
      if table.versions[domain] == nil { table.versions[domain] = Int(entry.pointee.version) }
    }
    return table
  }

  private func checkVersions() throws(ImportError) {
    let version = message.pointee.has_ir_version != 0 ? message.pointee.ir_version : 0
    guard Self.irVersions.contains(version) else { throw .irVersion(version) }
    guard message.pointee.graph != nil else { throw .noGraph }
    // A model of other domains only; an operator of ONNX's own in it is refused when it is met.
    guard message.pointee.n_opset_import > 0 else { throw .noOpset }
    if let opset = opset(ofDomain: ""), !Self.opsets.contains(opset) { throw .opset(opset) }
  }
}

/// The domain name as this program writes it: ONNX's own is empty.
func canonicalDomain(_ name: String) -> String { name == "ai.onnx" ? "" : name }

/// A C string as a Swift one; absent is empty. Bytes that are not UTF-8 become U+FFFD.
func string(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

func string(_ bytes: ProtobufCBinaryData) -> String {
  String(decoding: UnsafeRawBufferPointer(start: bytes.data, count: bytes.data == nil ? 0 : bytes.len), as: UTF8.self)
}

/// A repeated field of a decoded message.
struct CArray<Element>: RandomAccessCollection {
  let base: UnsafeMutablePointer<Element?>?
  let count: Int

  init(_ base: UnsafeMutablePointer<Element?>?, _ count: Int) {
    self.base = base
    self.count = base == nil ? 0 : count
  }

  var startIndex: Int { 0 }
  var endIndex: Int { count }
  subscript(_ index: Int) -> Element { base![index]! }
}

/// The whole of a file in one buffer, read with `pread`: a mapped file that shrinks would end the process.
final class FileBytes {
  let buffer: UnsafeMutableRawBufferPointer

  /// libprotobuf-c's lengths have 32 bits, and so has the format's own limit.
  static let largest = Int(Int32.max)

  init(path: String, limit: Int = .max) throws(ImportError) {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .cannotOpen(errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .cannotRead(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegularFile }
    let size = Int(status.st_size)
    guard size > 0 else { throw .empty }
    guard size <= limit else { throw .limit(.fileBytes, input: nil, found: size, limit: limit) }
    guard size <= Self.largest else { throw .tooLarge(bytes: size, limit: Self.largest) }
    buffer = .allocate(byteCount: size, alignment: 64)
    do throws(ReadError) {
      try readFully(file, at: 0, into: buffer)
    } catch {
      throw .cannotRead(error.code)
    }
  }

  init(copying bytes: [UInt8]) {
    buffer = .allocate(byteCount: bytes.count, alignment: 64)
    buffer.copyBytes(from: bytes)
  }

  deinit { buffer.deallocate() }

  /// Scans, then decodes. The message is the caller's to free.
  func decode<Proto: ProtoMessage>(limits: WireLimits) throws(ImportError) -> UnsafeMutablePointer<Proto> {
    let bytes = UnsafeRawBufferPointer(buffer), type = Proto.descriptor
    guard beginsLike(bytes, root: type) else { throw .notProtobuf }
    do throws(WireError) {
      _ = try scanWire(bytes, root: type, limits: limits)
    } catch {
      throw .wire(error.fault, offset: error.offset)
    }
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard let message = protobuf_c_message_unpack(type, nil, bytes.count, start) else { throw .undecodable }
    return UnsafeMutableRawPointer(message).assumingMemoryBound(to: Proto.self)
  }
}

/// `code` is the errno, or 0 when the file ended early.
struct ReadError: Error { var code: Int32 }

func readFully(_ file: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ReadError) {
  var done = 0
  while done < buffer.count {
    let got = pread(file, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
    if got < 0 && errno == EINTR { continue }
    guard got > 0 else { throw ReadError(code: got < 0 ? errno : 0) }
    done += got
  }
}
