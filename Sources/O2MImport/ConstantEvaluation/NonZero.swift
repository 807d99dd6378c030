import O2MOps
import O2MTensor

/// The indices of the elements that are not zero, one column each, in row-major order.
///
/// - Spec: ONNX NonZero-13.
/// - Shapes: `x` number or bool `[D0 … Dr-1]` → `y` int64 `[r, count]`.
struct NonZero: ConstantEvaluation {
  static let name = "NonZero"
  static let versions = [9, 13]

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let values = x.doubles()
    let found = values.indices.filter { values[$0] != 0 }
    let strides = x.shape.strides
    var indices: [Int64] = []
    for axis in 0..<x.shape.rank { for flat in found { indices.append(Int64(flat / strides[axis] % x.shape[axis])) } }
    return [Tensor([x.shape.rank, found.count], indices)]
  }
}
