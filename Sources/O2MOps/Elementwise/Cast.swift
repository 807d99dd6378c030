import O2MTensor

/// Every value in another element type.
///
/// Floats round to nearest even, or toward zero where the target is an integer; integers that do not fit wrap; bool is "not zero".
/// What a float outside the range of an integer type becomes, ONNX leaves open; here it is clamped
/// to int64 (for uint64: to uint64) and then wraps, and NaN is 0.
///
/// - Spec: ONNX Cast-28, without strings. `saturate` concerns targets of 8 bits, `round_mode` float8e8m0.
/// - Shapes: `x` number or bool `[*]` → `y`, same shape, element type `to`.
/// - Parity: exact.
/// - Errors: `.unsupported(.castTarget)` for strings and complex numbers, on either side.
public struct Cast: OnnxOperator, ElementwiseOperator {
  public static let name: StaticString = "Cast"
  public static let code = OpCode.cast
  public static let versions = [1, 6, 9, 13, 19, 21, 23, 24, 25, 28]
  public static let elements = ElementClass.any

  public var to: ElementType
  public var saturates: Bool
  public var powers: SmallFloat.PowerRounding

  public init(to: ElementType, saturates: Bool = true, powers: SmallFloat.PowerRounding = .up) {
    self.to = to
    self.saturates = saturates
    self.powers = powers
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let to = try node.elementType(.to) else { throw .attribute(.to, .missing) }
    guard to.isHeld else { throw .unsupported(.castTarget) }
    self.to = to
    saturates = try node.flag(.saturate, default: true)
    switch try node.string(.round_mode) {
    case nil, "up": powers = .up
    case "down": powers = .down
    case "nearest": powers = .nearest
    default: throw .attribute(.round_mode, .unknownValue)
    }
  }

  public func role(_ inputs: [InputFact?]) -> Role { .conversion }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.element.isHeld else { throw .unsupported(.castTarget) }
    return [TensorType(to, x.dims)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    _ = try infer(inputs.facts)
    if x.element == to { return [x] }
    if to.isFloat || to == .bool, x.element.isFloat || x.element == .uint64 || to.smallFloat != nil {
      return [Tensor(to, x.shape, rounding: x.doubles(), saturating: saturates, powers: powers)]
    }
    if x.element.isFloat, to == .uint64 {
      return [Tensor(x.shape, x.doubles().map { $0 >= 0x1p64 ? .max : $0 > 0 ? UInt64($0) : 0 })]
    }
    // Integers go through Int, so that int64 keeps all its bits.
    return [Tensor(to, x.shape, wrapping: x.ints())]
  }

  /// What concerns small floats only is left out where it says nothing new: bundles of format 1.0 have the type alone.
  public func encode(to record: inout RecordWriter) {
    record.put(to.rawValue)
    guard !saturates || powers != .up else { return }
    record.put(saturates)
    record.put(powers.rawValue)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    to = try record.elementType()
    let isWhole = record.isAtEnd
    saturates = isWhole ? true : try record.flag()
    powers = isWhole ? .up : SmallFloat.PowerRounding(rawValue: UInt8(try record.choice(3))) ?? .up
  }
}

extension NodeSource {
  /// An attribute that names an element type by its ONNX number.
  func elementType(_ name: AttributeName) throws(OpFault) -> ElementType? {
    guard let number = try int(name) else { return nil }
    guard let element = UInt8(exactly: number).flatMap({ ElementType(rawValue: $0) }) else { throw .attribute(name, .unknownValue) }
    return element
  }
}

extension RecordReader {
  /// An element type that tensors can hold, by its ONNX number.
  mutating func elementType() throws(FormatFault) -> ElementType {
    let start = offset
    let number = try byte()
    guard let element = ElementType(rawValue: number), element.isHeld else {
      throw .value(offset: start, found: Int(number), limit: ElementType.allCases.count)
    }
    return element
  }
}
