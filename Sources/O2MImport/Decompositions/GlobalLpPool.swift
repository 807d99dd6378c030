import O2MOps
import O2MTensor

/// Norm over all spatial axes: `y[n, c] = (Σ |x[n, c, …]|^p)^(1/p)`, a reduction for p of 1 or 2, else powers about one.
///
/// - Spec: ONNX GlobalLpPool-22. -2 allows fewer types, -1 has a p that need not be whole.
/// - Shapes: `x` float `[N, C, D…]` → `y` `[N, C, 1…]`.
/// - Errors: `.attribute(.p, _)` where p is not positive.
struct GlobalLpPool: Decomposition {
  static let name = "GlobalLpPool"
  static let versions = [1, 2, 22]

  private let p: Double

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    p = node.opset < 2 ? Double(try node.float(.p, default: 2)) : Double(try node.int(.p, default: 2))
    guard p > 0, p.isFinite else { throw .attribute(.p, .outOfRange) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), rank = composer.fact(x).type.rank
    guard rank >= 3 else { throw .rank(input: 0, expected: 3...Int.max, found: rank) }
    let axes = composer.ints(Array(2..<rank))
    if p == 1 || p == 2 { return [try composer.emit(p == 1 ? "ReduceL1" : "ReduceL2", [x, axes])] }
    let element = composer.element(x)
    let powers = try composer.emit("Pow", [try composer.emit("Abs", [x]), composer.scalar(p, element)])
    let sum = try composer.emit("ReduceSum", [powers, axes])
    return [try composer.emit("Pow", [sum, composer.scalar(1 / p, element)])]
  }
}
