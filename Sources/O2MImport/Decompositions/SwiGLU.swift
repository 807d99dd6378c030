import O2MOps

/// A gated activation: `y = a · sigmoid(alpha · a) · b`.
///
/// - Spec: ONNX SwiGLU-28.
/// - Shapes: `a`, `b` float `[*]`, one type and shape → `y`, the same.
/// - Errors: `.extent` or `.rank` where the shapes differ: nothing is broadcast.
struct SwiGLU: Decomposition {
  static let name = "SwiGLU"
  static let versions = [28]

  private let alpha: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    alpha = try node.float(.alpha, default: 1)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let gate = try composer.input(0), value = try composer.input(1)
    let a = try composer.shape(gate), b = try composer.shape(value)
    guard a.rank == b.rank else { throw .rank(input: 1, expected: a.rank...a.rank, found: b.rank) }
    for axis in 0..<a.rank where a[axis] != b[axis] { throw .extent(input: 1, axis: axis, expected: a[axis], found: b[axis]) }
    return [try composer.emit("Mul", [try composer.emit("Swish", [gate], [.alpha: .float(alpha)]), value])]
  }
}
