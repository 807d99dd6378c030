import O2MTensor

import HostSystem

/// Why an `.npy` file cannot be read, or a tensor not be written as one. Data only: the command line has the words.
public enum NpyError: Error, Equatable, Sendable {
  case cannotOpen(Int32)  // errno
  case cannotRead(Int32)
  /// The file does not begin with the magic bytes.
  case notNpy
  case version(major: Int)
  /// The header is not the dictionary that the format prescribes.
  case header
  case fortranOrder
  /// A NumPy type that is no number in little-endian order: objects (pickles), strings, structures, complex numbers, big endian.
  case type(String)
  case overflow(dims: [Int])
  case size(found: Int, needed: Int)
  /// Types that NumPy has no name for.
  case unsupportedType(ElementType)
}

/// NumPy's file for one array.
///
/// - Spec: the NPY format, versions 1 to 3: magic, version, header length, an ASCII dictionary with `descr`, `fortran_order` and `shape`,
///   then the elements. Row-major order only.
public enum Npy {
  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  private static let types: [(descr: String, element: ElementType)] = [
    ("<f4", .float32), ("<f8", .float64), ("<f2", .float16), ("|i1", .int8), ("<i2", .int16), ("<i4", .int32), ("<i8", .int64),
    ("|u1", .uint8), ("<u2", .uint16), ("<u4", .uint32), ("<u8", .uint64), ("|b1", .bool),
  ]

  /// The array in `bytes`.
  public static func decode(_ bytes: [UInt8]) throws(NpyError) -> Tensor {
    guard bytes.count >= 10, Array(bytes[..<6]) == magic else { throw .notNpy }
    let major = Int(bytes[6])
    guard (1...3).contains(major) else { throw .version(major: major) }
    let lengthBytes = major == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthBytes else { throw .header }
    var length = 0
    for index in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes[8 + index]) }
    let start = 8 + lengthBytes
    guard length <= bytes.count - start else { throw .header }
    let header = try NpyHeader(bytes[start..<start + length])
    guard !header.isFortran || header.dims.count < 2 else { throw .fortranOrder }
    guard let element = types.first(where: { $0.descr.dropFirst() == header.descr.dropFirst() && header.descr.first != ">" })?.element
    else { throw .type(header.descr) }
    let shape = Shape(header.dims)
    guard let count = shape.checkedCount else { throw .overflow(dims: header.dims) }
    let (needed, overflow) = count.multipliedReportingOverflow(by: element.size)
    guard !overflow else { throw .overflow(dims: header.dims) }
    let found = bytes.count - start - length
    guard found == needed else { throw .size(found: found, needed: needed) }
    let storage = TensorStorage(byteCount: needed)
    for index in 0..<needed { storage.bytes[index] = bytes[start + length + index] }
    if element == .bool { for index in 0..<needed where storage.bytes[index] > 1 { storage.bytes[index] = 1 } }
    return Tensor(element, shape, storage: storage)
  }

  /// The file for `tensor`, in version 1.0, or 2.0 when the header is long. Its elements begin at a multiple of 64 bytes.
  public static func encode(_ tensor: Tensor) throws(NpyError) -> [UInt8] {
    guard let descr = types.first(where: { $0.element == tensor.element })?.descr else { throw .unsupportedType(tensor.element) }
    let dims = tensor.shape.dims
    let tuple = dims.count == 1 ? "(\(dims[0]),)" : "(" + dims.map(\.description).joined(separator: ", ") + ")"
    let text = "{'descr': '\(descr)', 'fortran_order': False, 'shape': \(tuple), }"
    func padded(_ prefix: Int) -> [UInt8] {
      let used = prefix + text.utf8.count + 1
      return Array(text.utf8) + [UInt8](repeating: 0x20, count: (64 - used % 64) % 64) + [0x0A]
    }
    var header = padded(10)
    var result = magic
    if header.count <= 0xFFFF {
      result += [1, 0, UInt8(header.count & 0xFF), UInt8(header.count >> 8)]
    } else {
      header = padded(12)
      result += [2, 0] + (0..<4).map { UInt8(header.count >> (8 * $0) & 0xFF) }
    }
    result += header
    tensor.withBytes { result += $0 }
    return result
  }

  public static func read(_ path: String) throws(NpyError) -> Tensor {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw .cannotOpen(errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw .cannotRead(errno) }
    var failure: Int32 = 0
    let size = Int(status.st_size)
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = readSome(file, buffer.baseAddress! + count, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        guard got > 0 else { break }
        count += got
      }
    }
    guard failure == 0 else { throw .cannotRead(failure) }
    return try decode(bytes)
  }
}

// `Npy.read` hides the system call of the same name.
private func readSome(_ file: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int { read(file, buffer, count) }

/// The dictionary at the head of the file: a Python literal with three known keys, in any order.
private struct NpyHeader {
  var descr = ""
  var isFortran = false
  var dims: [Int] = []

  init(_ bytes: ArraySlice<UInt8>) throws(NpyError) {
    var scanner = LiteralScanner(bytes)
    var keys: [String] = []
    guard scanner.take("{") else { throw .header }
    while !scanner.take("}") {
      guard let key = scanner.string(), !keys.contains(key), scanner.take(":") else { throw .header }
      keys.append(key)
      switch key {
      case "descr":
        // A structure's description is a list.
        guard let text = scanner.string() else { throw .type("structure") }
        descr = text
      case "fortran_order":
        if scanner.take("True") { isFortran = true } else { guard scanner.take("False") else { throw .header } }
      case "shape":
        guard let tuple = scanner.tuple() else { throw .header }
        dims = tuple
      default: throw .header
      }
      guard scanner.take(",") || scanner.peek("}") else { throw .header }
    }
    guard keys.count == 3, scanner.isAtEnd else { throw .header }
  }
}

private struct LiteralScanner {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.allSatisfy { $0 == 0x20 || $0 == 0x0A } }

  private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x0A } }

  mutating func peek(_ text: String) -> Bool {
    skipSpace()
    return rest.starts(with: text.utf8)
  }

  mutating func take(_ text: String) -> Bool {
    guard peek(text) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  mutating func string() -> String? {
    skipSpace()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
      let end = rest.dropFirst().firstIndex(of: quote)
    else { return nil }
    defer { rest = rest[(end + 1)...] }
    return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
  }

  mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var result: [Int] = []
    while !take(")") {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest = rest.dropFirst(digits.count)
      result.append(value)
      guard take(",") || peek(")") else { return nil }
      skipSpace()
    }
    return result
  }
}
