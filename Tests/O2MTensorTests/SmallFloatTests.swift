import O2MTensor
import Testing

struct SmallFloatTests {
  private static let types: [ElementType] = [.float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1, .float8e8m0]

  /// Every value finds its own code, and the middle between two neighbours the even one of theirs.
  @Test(arguments: types)
  func everyCodeIsItsValue(element: ElementType) throws {
    let small = try #require(element.smallFloat)
    let codes = UInt8.min...(element.bits == 4 ? 15 : 255)
    for code in codes {
      let value = small.value(code)
      if value.isNaN {
        #expect(small.value(small.code(value)).isNaN)
      } else {
        #expect(small.code(value, saturating: false) == code, "\(element) \(code)")
      }
    }
    guard element != .float8e8m0 else { return }
    for code in codes.dropLast() where code & 0x7F != 0x7F {
      let low = small.value(code), high = small.value(code + 1)
      guard high.isFinite, low > 0, high > low else { continue }
      #expect(small.code((low + high) / 2) == (code & 1 == 0 ? code : code + 1))
      #expect(small.code((low + high) / 2 + (high - low) / 1024) == code + 1)
    }
  }

  /// The tables of ONNX Cast: largest values, what saturates and what does not.
  @Test(arguments: [
    (ElementType.float8e4m3fn, 448.0, 0x7F, 0xFF), (.float8e4m3fnuz, 240, 0x80, 0x80), (.float8e5m2, 57344, 0x7C, 0xFC),
    (.float8e5m2fnuz, 57344, 0x80, 0x80), (.float4e2m1, 6, 0x07, 0x0F),
  ])
  func rangesEnd(element: ElementType, largest: Double, above: UInt8, below: UInt8) throws {
    let small = try #require(element.smallFloat)
    for value in [largest * 2, 1e300, .infinity] {
      #expect(small.value(small.code(value)) == largest)
      #expect(small.value(small.code(-value)) == -largest)
      #expect(small.code(value, saturating: false) == above)
      #expect(small.code(-value, saturating: false) == below)
    }
    #expect(small.code(1e-300) == 0)
    let hasNegativeZero = element != .float8e4m3fnuz && element != .float8e5m2fnuz
    #expect(small.value(small.code(-0.0)).sign == (hasNegativeZero ? .minus : .plus))
  }

  @Test(arguments: [
    (1.0, 127, 127, 127), (1.25, 128, 127, 127), (1.5, 128, 127, 128), (0x1p-140, 0, 0, 0), (0x1.8p127, 254, 254, 254), (0, 0, 0, 0),
    (-1, 255, 255, 255), (.infinity, 254, 254, 254),
  ])
  func powersRoundAsTold(value: Double, up: UInt8, down: UInt8, nearest: UInt8) throws {
    let small = try #require(ElementType.float8e8m0.smallFloat)
    #expect(small.code(value) == up)
    #expect(small.code(value, powers: .down) == down)
    #expect(small.code(value, powers: .nearest) == nearest)
  }

  @Test func powersOutOfRangeAreNaN() throws {
    let small = try #require(ElementType.float8e8m0.smallFloat)
    for value in [0, 0x1p-140, 0x1.8p127, .infinity] { #expect(small.code(value, saturating: false, powers: .nearest) == 255) }
  }

  @Test func narrowIntegersWrapWhereATensorIsMade() {
    #expect(Tensor(.int4, [4], wrapping: [7, 8, -9, 16]).ints() == [7, -8, 7, 0])
    #expect(Tensor(.uint4, [3], rounding: [-1, 15.9, 17]).ints() == [15, 15, 1])
    #expect(Tensor(.int2, [3], wrapping: [1, 2, -3]).ints() == [1, -2, 1])
    #expect(Tensor(.uint2, [2], wrapping: [4, -1]).ints() == [0, 3])
  }

  @Test func tensorsHoldSmallFloats() {
    let x = Tensor(.float8e4m3fn, [3], rounding: [0.3, -500, .nan])
    #expect(x.doubles()[0] == 0.3125 && x.doubles()[1] == -448 && x.doubles()[2].isNaN)
    #expect(Tensor(.float4e2m1, [2], wrapping: [5, -100]).ints() == [4, -6])
  }
}
