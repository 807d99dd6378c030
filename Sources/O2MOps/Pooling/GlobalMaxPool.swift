import O2MTensor

/// Largest element over all spatial axes: `y[n, c] = max(x[n, c, …])`. NaN wins.
///
/// - Spec: ONNX GlobalMaxPool-22. -1 allows fewer types.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, 1…]`.
/// - Parity: exact.
public struct GlobalMaxPool: GlobalPool {
  public static let name: StaticString = "GlobalMaxPool"
  public static let code = OpCode.globalMaxPool
  public static let versions = [1, 22]

  public init() {}

  public static func reduce(_ operands: [Tensor?]) throws(OpFault) -> [Tensor] { try ReduceMax().reference(operands) }
}
