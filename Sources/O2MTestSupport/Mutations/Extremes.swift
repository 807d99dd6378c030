import O2MTensor

/// Values at and behind the ends of what a field can hold, and those where sizes and products of sizes wrap.
enum Extremes {
  static let integers: [Int] = [
    0, 1, -1, 2, 3, 7, -2, 255, 1 << 16, 1 << 20, Int(Int32.max), 1 << 31, 1 << 32, 1 << 32 + 1, 1 << 61, 1 << 61 + 1, 1 << 62, .max,
    .min, .min + 1, Int(Int32.min),
  ]

  static let floats: [Double] = [
    0, -0.0, 1, -1, 0.5, .nan, .infinity, -.infinity, Double(Float.greatestFiniteMagnitude), Double(Float.leastNonzeroMagnitude), 1e10,
    -1e10,
  ]

  /// Element types and those beside them.
  static let elements = Array(-1...28) + [99, Int(Int32.max)]
  static let attributeTypes = Array(-1...15) + [99]
  static let opsets = Array(-1...30) + [Int(Int32.max), 1 << 32 + 13, .max, .min]
  static let irVersions = Array(-1...15) + [Int(Int32.max), .max]

  static let strings: [[UInt8]] = [
    [], Array("\u{1b}[2J\n".utf8), [UInt8](repeating: 0x61, count: 5000), [0xff, 0xfe, 0x80], Array("a\0b".utf8), Array("../../x".utf8),
  ]

  /// What attributes choose by name.
  static let choices = [
    "SAME_UPPER", "SAME_LOWER", "VALID", "NOTSET", "linear", "cubic", "nearest", "reflect", "edge", "wrap", "mul", "max", "CRD",
    "align_corners", "asymmetric", "tf_crop_and_resize", "pytorch_half_pixel", "bidirectional", "reverse", "Affine", "ij,jk->ik",
  ]

  /// Shapes that most operators do not expect.
  static let shapes: [[Int]] = [
    [], [0], [1], [7], [1, 1], [0, 3, 4, 4], [2, 3, 0, 5], [1, 3, 4, 4], [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 65536, 65536], [1 << 31],
    [1 << 61 + 1], [.max], [-1], [1 << 32, 1 << 32], [1 << 20, 1, 1, 1], [1, 1 << 20, 1, 1],
  ]

  /// Values for the elements of a tensor, as its type holds them.
  static func values(_ element: ElementType) -> [Double] {
    if element.isFloat { return floats }
    guard element.isInteger else { return [0, 1] }
    return [0, 1, -1, 2, 7, 255, 0x1p20, 0x1p31 - 1, 0x1p31, -0x1p31, 0x1p32, 0x1p61, 0x1p62, 0x1p63, -0x1p63]
  }

  /// A tensor whose elements are all `value`, or what of it the type can hold; nil for types that a tensor cannot hold.
  static func tensor(_ element: ElementType, _ dims: [Int], _ value: Double) -> Tensor? {
    guard element.size > 0, element != .complex64, element != .complex128 else { return nil }
    let shape = Shape(dims)
    if element.isFloat { return Tensor(element, shape, rounding: [Double](repeating: value, count: shape.count)) }
    let integer = Int(exactly: value) ?? (value < 0 ? .min : .max)
    return Tensor(element, shape, wrapping: [Int](repeating: integer, count: shape.count))
  }
}
