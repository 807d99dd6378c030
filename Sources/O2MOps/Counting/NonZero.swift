import O2MTensor

/// The places of the elements that are not zero, one row each, in row-major order; and how many there are.
///
/// ONNX's NonZero is `Transpose(Shorten(places, count))`. Rows behind the last place are zero.
///
/// - Spec: ONNX NonZero-13. NaN is not zero.
/// - Shapes: `x` number or bool `[D0 … Dr-1]` → `places` int64 `[D0 · … · Dr-1, r]`, `count` int64 `[1]`.
/// - Parity: exact.
public struct NonZero: InternalOperator, Computation {
  public static let name: StaticString = "NonZero"
  public static let code = OpCode.nonZero
  public static let elements = ElementClass.comparable

  public init() {}

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.shape(0, elements: Self.elements)
    return [TensorType(.int64, try checked([x.count, x.rank])), TensorType(.int64, [1] as Shape)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), values = x.doubles(), strides = x.shape.strides
    var places = [Int64](repeating: 0, count: x.count * x.shape.rank)
    var count = 0
    for flat in values.indices where values[flat] != 0 {
      for axis in 0..<x.shape.rank { places[count * x.shape.rank + axis] = Int64(flat / strides[axis] % x.shape[axis]) }
      count += 1
    }
    return [Tensor([x.count, x.shape.rank], places), .indices([count])]
  }

  public func encode(to record: inout RecordWriter) {}
  public init(from record: inout RecordReader) throws(FormatFault) {}
}
