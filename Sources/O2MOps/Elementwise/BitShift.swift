import O2MTensor

/// Shift with broadcasting: `z[i] = x[i] << y[i]`, or `>>` where `direction` is RIGHT; what leaves the element is lost.
///
/// A shift of a signed integer to the right fills with its sign, and one by all bits, or by a negative number, leaves the fill alone.
///
/// - Spec: ONNX BitShift-11, and the signed integers of -28.
/// - Shapes: `x`, `y` integer of 8 bits or more, one element type, broadcast together → `z`.
/// - Parity: exact.
/// - Errors: `.attribute(.direction, ...)` unless it is LEFT or RIGHT.
public struct BitShift: IntegerFunction {
  public static let name: StaticString = "BitShift"
  public static let code = OpCode.bitShift
  public static let versions = [11, 28]

  public var isRight: Bool

  public init(isRight: Bool) { self.isRight = isRight }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    switch try node.string(.direction) {
    case "LEFT": isRight = false
    case "RIGHT": isRight = true
    case nil: throw .attribute(.direction, .missing)
    default: throw .attribute(.direction, .unknownValue)
    }
  }

  public func apply(_ a: Int, _ b: Int, _ element: ElementType) -> Int {
    if element == .uint64, isRight { return (0..<64).contains(b) ? Int(bitPattern: UInt(bitPattern: a) >> UInt(b)) : 0 }
    let isPastEnd = b < 0 || b >= element.bits
    if isRight { return isPastEnd ? (a < 0 ? -1 : 0) : a >> b }
    return isPastEnd ? 0 : a << b
  }

  public func encode(to record: inout RecordWriter) { record.put(isRight) }
  public init(from record: inout RecordReader) throws(FormatFault) { isRight = try record.flag() }
}
