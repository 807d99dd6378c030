import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// A `TensorProto` of the given fields, read as a test data file.
private func read(_ build: (inout WireWriter) -> Void) throws -> Result<Tensor, ImportError> {
  var writer = WireWriter()
  build(&writer)
  let folder = try TemporaryFolder()
  let path = try folder.write(writer.bytes, as: "input_0.pb")
  do throws(ImportError) { return .success(try TensorFile(path: path).tensor) } catch { return .failure(error) }
}

private func fault(_ build: (inout WireWriter) -> Void) throws -> TensorFault? {
  guard case .tensor(_, let fault)? = try read(build).failure else { return nil }
  return fault
}

@Test(arguments: ElementType.allCases)
func rawDataRoundTrips(_ element: ElementType) throws {
  guard element != .string, element != .complex64, element != .complex128 else { return }
  // 5 elements: no multiple of what fits into a byte.
  let storage = TensorStorage(byteCount: 5 * element.size)
  for index in 0..<storage.bytes.count { storage.bytes[index] = UInt8(index * 37 % 251) }
  if element.bits < 8 {
    let mask = UInt8(1 << element.bits) - 1
    let signed = element == .int4 || element == .int2
    for index in 0..<5 {
      let value = storage.bytes[index] & mask
      storage.bytes[index] = signed && value >> UInt8(element.bits - 1) == 1 ? value | ~mask : value
    }
  }
  if element == .bool { for index in 0..<5 { storage.bytes[index] &= 1 } }
  let tensor = Tensor(element, [5], storage: storage)
  let folder = try TemporaryFolder()
  let path = try folder.write(TensorFile(name: "t", tensor: tensor).bytes, as: "t.pb")
  let back = try TensorFile(path: path)
  #expect(back.name == "t" && back.tensor.type == tensor.type)
  #expect(Array(back.tensor.storage.bytes) == Array(storage.bytes))
}

@Test(arguments: [ElementType.string, .complex64, .complex128])
func typesThatNothingComputesWithAreRefused(_ element: ElementType) throws {
  let fault = try fault {
    $0.put(1, varint: 1)
    $0.put(2, varint: UInt64(element.rawValue))
    $0.put(6, bytes: [0x61])
  }
  #expect(fault == .unsupportedType(element))
}

/// Small types in int32_data: one element to an entry from 8 bits up, several below.
@Test func typedFieldsHoldEveryType() throws {
  func ints(_ element: ElementType, _ count: Int, field: Int = 5, _ entries: [Int64]) throws -> [Int] {
    try read {
      $0.put(1, varint: UInt64(count))
      $0.put(2, varint: UInt64(element.rawValue))
      for entry in entries { $0.put(field, varint: UInt64(bitPattern: entry)) }
    }.get().ints()
  }
  #expect(try ints(.int8, 2, [-128, 127]) == [-128, 127])
  #expect(try ints(.uint8, 2, [0, 255]) == [0, 255])
  #expect(try ints(.int16, 2, [-32768, 5]) == [-32768, 5])
  #expect(try ints(.uint16, 1, [65535]) == [65535])
  #expect(try ints(.int32, 2, [-7, 7]) == [-7, 7])
  #expect(try ints(.bool, 3, [1, 0, 2]) == [1, 0, 1])
  #expect(try ints(.float16, 2, [0x3C00, 0xC000]) == [1, -2])
  #expect(try ints(.bfloat16, 2, [0x3F80, 0xC000]) == [1, -2])
  #expect(try ints(.int4, 3, [0xF1, 0x08]) == [1, -1, -8])
  #expect(try ints(.uint4, 3, [0xF1, 0x08]) == [1, 15, 8])
  #expect(try ints(.int2, 5, [0b11_10_01_00, 0b10]) == [0, 1, -2, -1, -2])
  #expect(try ints(.uint2, 5, [0b11_10_01_00, 0b10]) == [0, 1, 2, 3, 2])
  #expect(try ints(.int64, 2, field: 7, [-1, 1 << 40]) == [-1, 1 << 40])
  #expect(try ints(.uint32, 1, field: 11, [0xFFFF_FFFF]) == [0xFFFF_FFFF])
  #expect(try ints(.uint64, 1, field: 11, [1 << 62]) == [1 << 62])
  let floats = try read {
    $0.put(2, varint: 1)
    $0.put(4, float: 1.5)
  }.get()
  #expect(floats.shape == [] && floats.doubles() == [1.5])
}

@Test func sizesThatDoNotMatchAreRefusedWithBothNumbers() throws {
  func raw(_ dims: [Int64], type: UInt64 = 1, bytes: Int) throws -> TensorFault? {
    try fault { writer in
      for dim in dims { writer.put(1, varint: UInt64(bitPattern: dim)) }
      writer.put(2, varint: type)
      writer.put(9, bytes: [UInt8](repeating: 0, count: bytes))
    }
  }
  #expect(try raw([2, 3], bytes: 20) == .size(field: .raw_data, found: 20, needed: 24))
  #expect(try raw([2, -3], bytes: 24) == .negativeDim(axis: 1, -3))
  #expect(try raw([1 << 32, 1 << 32], bytes: 4) == .overflow(dims: [1 << 32, 1 << 32]))
  #expect(try raw([1 << 61], bytes: 4) == .overflow(dims: [1 << 61]))
  #expect(try raw([1 << 45], bytes: 4) == .overflow(dims: [1 << 45]))
  #expect(try raw([1 << 34], bytes: 4) == .size(field: .raw_data, found: 4, needed: 1 << 36))
  #expect(try raw([0, 1 << 35], bytes: 0) == .overflow(dims: [0, 1 << 35]))
  #expect(try raw([1], type: 0, bytes: 4) == .elementTypeNumber(0))
  #expect(try raw([1], type: 27, bytes: 4) == .elementTypeNumber(27))
  let outside = try fault {
    $0.put(1, varint: 2)
    $0.put(2, varint: 3)
    $0.put(5, varint: 1)
    $0.put(5, varint: 200)
  }
  #expect(outside == .outOfRange(field: .int32_data, index: 1, value: 200))
  let twice = try fault {
    $0.put(1, varint: 1)
    $0.put(2, varint: 1)
    $0.put(4, float: 1)
    $0.put(9, bytes: [0, 0, 0, 0])
  }
  #expect(twice == .twoFields(.raw_data, .float_data))
  let missing = try fault {
    $0.put(1, varint: 3)
    $0.put(2, varint: 7)
    $0.put(7, varint: 1)
  }
  #expect(missing == .size(field: .int64_data, found: 1, needed: 3))
}

/// SequenceProto and OptionalProto: element type in field 2, tensors in field 3.
@Test func listsAndOptionalsAreRefusedByName() throws {
  let element = TensorFile(name: "", tensor: .scalar(Float(1))).bytes
  let error = try read {
    $0.put(2, varint: 1)
    $0.put(3, bytes: element)
  }.failure
  #expect(error == .sequenceOrOptional)
}

@Suite struct ExternalDataTests {
  private func entry(_ key: String, _ value: String) -> [UInt8] {
    var writer = WireWriter()
    writer.put(1, bytes: Array(key.utf8))
    writer.put(2, bytes: Array(value.utf8))
    return writer.bytes
  }

  /// Four floats at `location`, read from a model file in `folder`.
  private func load(_ folder: TemporaryFolder, _ entries: [(String, String)]) throws -> Result<Tensor, ImportError> {
    var writer = WireWriter()
    writer.put(1, varint: 4)
    writer.put(2, varint: 1)
    for (key, value) in entries { writer.put(13, bytes: entry(key, value)) }
    writer.put(14, varint: 1)
    let path = try folder.write(writer.bytes, as: "w.pb")
    do throws(ImportError) { return .success(try TensorFile(path: path).tensor) } catch { return .failure(error) }
  }

  private func fault(_ folder: TemporaryFolder, _ entries: [(String, String)]) throws -> ExternalFault? {
    guard case .tensor(_, .external(let fault))? = try load(folder, entries).failure else { return nil }
    return fault
  }

  private static let floats: [UInt8] = Tensor([4], [1, 2, 3, 4] as [Float]).withBytes { Array($0) }

  @Test func dataBesideTheModelIsRead() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write([0, 0] + Self.floats, as: "data/w.bin")
    let tensor = try load(folder, [("location", "./data/w.bin"), ("offset", "2"), ("length", "16")]).get()
    #expect(tensor.doubles() == [1, 2, 3, 4])
  }

  @Test func pathsOutOfTheFolderAreRefused() throws {
    let folder = try TemporaryFolder()
    let inside = try folder.write(Self.floats, as: "w.bin")
    let outside = try TemporaryFolder()
    let secret = try outside.write(Self.floats, as: "secret")
    let files = FileManager.default
    #expect(try fault(folder, [("location", secret)]) == .absolutePath(secret))
    #expect(try fault(folder, [("location", "../secret")]) == .leavesFolder("../secret"))
    #expect(try fault(folder, [("location", "a/../../secret")]) == .leavesFolder("a/../../secret"))
    try files.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: secret)
    #expect(try fault(folder, [("location", "link")]) == .symbolicLink(component: "link"))
    try files.createSymbolicLink(atPath: folder.path + "/dir", withDestinationPath: outside.path)
    #expect(try fault(folder, [("location", "dir/secret")]) == .symbolicLink(component: "dir"))
    try files.linkItem(atPath: inside, toPath: folder.path + "/hard")
    #expect(try fault(folder, [("location", "hard")]) == .hardLink(component: "hard", links: 2))
    try files.createDirectory(atPath: folder.path + "/sub", withIntermediateDirectories: true)
    #expect(try fault(folder, [("location", "sub")]) == .notRegularFile(component: "sub"))
    #expect(try fault(folder, [("location", "w.bin/")]) == .notRegularFile(component: "w.bin"))
    #expect(try fault(folder, [("location", "none")]) == .cannotOpen(component: "none", errno: 2))
    #expect(try fault(folder, []) == .noLocation)
  }

  /// A cache of downloads keeps what it got in `blobs`, and snapshots of links into it.
  @Test func linksInsideAndIntoBlobsAreFollowed() throws {
    let folder = try TemporaryFolder(), files = FileManager.default
    _ = try folder.write(Self.floats, as: "data/w.bin")
    for (link, target) in [("inside", "data/w.bin"), ("data/up", "../data/w.bin"), ("twice", "inside"), ("out", "data/../../secret")] {
      try files.createSymbolicLink(atPath: folder.path + "/" + link, withDestinationPath: target)
    }
    for location in ["inside", "data/up"] { #expect(try load(folder, [("location", location)]).get().doubles() == [1, 2, 3, 4]) }
    #expect(try fault(folder, [("location", "twice")]) == .symbolicLink(component: "inside"))
    #expect(try fault(folder, [("location", "out")]) == .symbolicLink(component: "out"))

    let cache = try TemporaryFolder()
    _ = try cache.write(Self.floats, as: "hub/models--a--b/blobs/0123")
    _ = try cache.write(Self.floats, as: "hub/models--c/blobs/4567")
    _ = try cache.write(Self.floats, as: "hub/models--a--b/blobs/sub/89")
    let snapshot = cache.path + "/hub/models--a--b/snapshots/main/onnx"
    try files.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
    let links = [
      ("good", "../../../blobs/0123"), ("other", "../../../../models--c/blobs/4567"), ("deep", "../../../blobs/sub/89"),
      ("blobs", "../../../blobs"), ("absolute", cache.path + "/hub/models--a--b/blobs/0123"),
    ]
    for (link, target) in links { try files.createSymbolicLink(atPath: snapshot + "/" + link, withDestinationPath: target) }
    let inner = try TemporaryFolder(at: snapshot)
    #expect(try load(inner, [("location", "good")]).get().doubles() == [1, 2, 3, 4])
    for link in ["other", "deep", "blobs", "absolute"] {
      #expect(try fault(inner, [("location", link)]) == .symbolicLink(component: link))
    }
  }

  @Test func rangesPastTheEndAreRefused() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(Self.floats, as: "w.bin")
    let file = ("location", "w.bin")
    #expect(try fault(folder, [file, ("offset", "4")]) == .pastEnd(offset: 4, length: 16, fileSize: 16))
    #expect(try fault(folder, [file, ("offset", "9223372036854775807")]) == .pastEnd(offset: .max, length: 16, fileSize: 16))
    #expect(try fault(folder, [file, ("length", "12")]) == .wrongLength(found: 12, needed: 16))
    #expect(try fault(folder, [file, ("offset", "-4")]) == .badNumber(key: "offset", value: "-4"))
    #expect(try fault(folder, [file, ("offset", "99999999999999999999")]) == .badNumber(key: "offset", value: "99999999999999999999"))
  }
}
