import CO2MPlatform
import O2MTensor

/// Power with broadcasting: `z[i] = x[i] ^ y[i]`.
///
/// - Spec: ONNX Pow-15. Before -12 both operands have one type.
/// - Shapes: `x` number, `y` number of any type, broadcast together → `z` of the type of `x`.
/// - Parity: floats round the float64 power once. An integer to an integer power is exact and wraps; a negative power truncates, and a
///   negative power of 0 is 0.
public struct Pow: PlainOperator, ElementwiseOperator {
  public static let name: StaticString = "Pow"
  public static let code = OpCode.pow
  public static let versions = [1, 7, 12, 13, 15]
  public static let elements = ElementClass.numbers

  public init() {}

  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  public func role(_ inputs: [InputFact?]) -> Role { .arithmetic(.power) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    _ = try inputs.require(1, elements: .numbers)
    return [TensorType(element, try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), y = try inputs.tensor(1)
    let shape = try [x, y].facts.broadcastShape()
    if x.element.isInteger, y.element.isInteger {
      let z = broadcast(x.ints(), x.shape, y.ints(), y.shape, to: shape, Self.power)
      return [Tensor(x.element, shape, wrapping: z)]
    }
    let z = broadcast(x.doubles(), x.shape, y.doubles(), y.shape, to: shape) { o2m_pow($0, $1) }
    return [Tensor(x.element, shape, rounding: z)]
  }

  /// Square and multiply; wraps.
  private static func power(_ base: Int, _ exponent: Int) -> Int {
    if exponent < 0 { return base == 1 ? 1 : base == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0 }
    var result = 1, square = base, rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result &* square }
      square = square &* square
      rest >>= 1
    }
    return result
  }
}
