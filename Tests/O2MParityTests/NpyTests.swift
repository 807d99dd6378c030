import Foundation
import O2MParity
import O2MTensor
import Testing

/// A version 1 file with this header text and these elements.
private func file(_ header: String, _ elements: [UInt8], version: UInt8 = 1) -> [UInt8] {
  let length = header.utf8.count
  let size = version == 1 ? [UInt8(length & 255), UInt8(length >> 8)] : [UInt8(length & 255), UInt8(length >> 8), 0, 0]
  return [0x93] + Array("NUMPY".utf8) + [version, 0] + size + Array(header.utf8) + elements
}

@Test(arguments: [ElementType.float32, .float64, .float16, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .bool])
func everyTypeRoundTrips(_ element: ElementType) throws {
  for shape: Shape in [[], [0], [3], [2, 1, 3]] {
    let tensor = Tensor(element, shape, wrapping: (0..<shape.count).map { $0 % 2 })
    let bytes = try Npy.encode(tensor)
    #expect((bytes.count - shape.count * element.size) % 64 == 0)
    let back = try Npy.decode(bytes)
    #expect(back.type == tensor.type && back.ints() == tensor.ints())
  }
}

/// What NumPy 2 writes for `np.array([[1, 2]], dtype='<i2')`.
@Test func numpysOwnFilesAreRead() throws {
  let header = "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }"
  for version in [UInt8(1), 2, 3] {
    let tensor = try Npy.decode(file(header + "          \n", [1, 0, 2, 0], version: version))
    #expect(tensor.shape == [1, 2] && tensor.ints() == [1, 2])
  }
  #expect(try Npy.decode(file("{'shape': (1,), 'fortran_order': True, 'descr': '<i1'}", [5])).ints() == [5])
}

@Test func otherArraysAreRefused() {
  func header(_ descr: String, _ order: String = "False", _ shape: String = "(2, 2)") -> [UInt8] {
    file("{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }", [0, 0, 0, 0])
  }
  #expect(throws: NpyError.notNpy) { try Npy.decode(Array("no array at all".utf8)) }
  #expect(throws: NpyError.fortranOrder) { try Npy.decode(header("'|u1'", "True")) }
  #expect(throws: NpyError.type("|O")) { try Npy.decode(header("'|O'")) }
  #expect(throws: NpyError.type(">f4")) { try Npy.decode(header("'>f4'")) }
  #expect(throws: NpyError.type("<c8")) { try Npy.decode(header("'<c8'")) }
  #expect(throws: NpyError.type("structure")) { try Npy.decode(header("[('a', '<f4')]")) }
  #expect(throws: NpyError.size(found: 4, needed: 16)) { try Npy.decode(header("'<f4'")) }
  #expect(throws: NpyError.overflow(dims: [1 << 40, 1 << 40])) {
    try Npy.decode(header("'|u1'", "False", "(1099511627776, 1099511627776)"))
  }
  #expect(throws: NpyError.header) { try Npy.decode(header("'|u1'", "False", "(-1,)")) }
  #expect(throws: NpyError.header) { try Npy.decode(file("{'descr': '|u1', 'shape': (4,), }", [0, 0, 0, 0])) }
  #expect(throws: NpyError.version(major: 9)) { try Npy.decode(file("{}", [], version: 9)) }
  #expect(throws: NpyError.unsupportedType(.bfloat16)) { try Npy.encode(Tensor(.bfloat16, [1], rounding: [1])) }
}

@Test func everyTruncationOfAFileIsAnError() throws {
  let bytes = try Npy.encode(Tensor([3], [1, 2, 3] as [Float]))
  for length in 0..<bytes.count { #expect(throws: NpyError.self) { try Npy.decode(Array(bytes[..<length])) } }
}

@Test func filesAreRead() throws {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".npy").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  try Data(Npy.encode(Tensor([2], [1.5, -2] as [Float]))).write(to: URL(fileURLWithPath: path))
  #expect(try Npy.read(path).doubles() == [1.5, -2])
  #expect(throws: NpyError.cannotOpen(2)) { try Npy.read("/nowhere/x.npy") }
}
