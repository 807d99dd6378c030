import CO2MPlatform
import O2MTensor

/// Norm of the elements under a moving window: `y = (Σ |x|^p)^(1/p)`. What lies in the padding is zero.
///
/// - Spec: ONNX LpPool-22. Before -18 there are neither dilations nor `ceil_mode`; the importer makes -1's p an integer.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, O…]`; 1 to 3 spatial axes.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.emptyOutput` where the window is larger than the input; `.attribute(.p, _)` where p is below 1.
public struct LpPool: OnnxOperator, Computation {
  public static let name: StaticString = "LpPool"
  public static let code = OpCode.lpPool
  public static let versions = [1, 2, 11, 18, 22]
  public static let elements = ElementClass.floats

  public var window: Window
  public var ceil: Bool
  public var p: Int

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    _ = try node.requireInts(.kernel_shape)
    window = try Window(node, dilated: node.opset >= 18)
    ceil = try node.flag(.ceil_mode, default: false)
    p = try node.int(.p, default: 2)
    guard p >= 1, p <= Window.limit else { throw .attribute(.p, .outOfRange) }
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    return [TensorType(element, try window.pooled(try inputs.shape(0), ceil: ceil))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), p = Double(p)
    let shape = try window.pooled(x.shape, ceil: ceil)
    var y = [Double](repeating: 0, count: shape.count)
    try window.resolved(x.shape).pool(x.doubles().map { o2m_pow($0.magnitude, p) }, x.shape, into: &y, shape) { $0 + $1 }
    return [Tensor(x.element, shape, rounding: y.map { o2m_pow($0, 1 / p) })]
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    record.put(ceil)
    record.put(p)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    ceil = try record.flag()
    p = try record.int(in: 1...Window.limit)
  }
}
