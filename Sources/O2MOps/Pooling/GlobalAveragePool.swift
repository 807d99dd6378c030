import O2MTensor

/// Mean over all spatial axes: `y[n, c] = mean(x[n, c, …])`.
///
/// - Spec: ONNX GlobalAveragePool-22. -1 allows fewer types.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, 1…]`.
/// - Parity: one rounding of the float64 mean.
public struct GlobalAveragePool: GlobalPool {
  public static let name: StaticString = "GlobalAveragePool"
  public static let code = OpCode.globalAveragePool
  public static let versions = [1, 22]

  public init() {}

  public static func reduce(_ operands: [Tensor?]) throws(OpFault) -> [Tensor] { try ReduceMean().reference(operands) }
}
