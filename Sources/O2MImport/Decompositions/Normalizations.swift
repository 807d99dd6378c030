import O2MOps
import O2MTensor

/// `y = x / sqrt(mean(x²) + epsilon) · scale`, the mean over the axes from `axis` on; as Mul, ReduceMean, Add, Sqrt, Div, Mul.
///
/// - Spec: ONNX RMSNormalization-23. With `stash_type` 1 everything up to the quotient is float32 where `x` is narrower.
/// - Shapes: `x` float `[*]`, `scale` float, broadcast to `x` → `y` like `x`.
struct RMSNormalization: Decomposition {
  static let name = "RMSNormalization"
  static let versions = [23]

  private let axis: Int
  private let epsilon: Float
  private let precision: ElementType?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axis = try node.int(.axis, default: -1)
    epsilon = try node.float(.epsilon, default: 1e-5)
    precision = try node.floatType(.stash_type) ?? .float32
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let input = try composer.input(0), element = composer.element(input), rank = composer.fact(input).type.rank
    guard axis >= -rank, axis < rank else { throw .axis(axis, rank: rank) }
    let first = axis < 0 ? axis + rank : axis
    let x = try composer.cast(input, to: element.bits < 32 ? precision ?? element : element), inner = composer.element(x)
    let mean = try composer.emit("ReduceMean", [try composer.emit("Mul", [x, x]), composer.ints(Array(first..<rank))])
    let root = try composer.emit("Sqrt", [try composer.emit("Add", [mean, composer.scalar(Double(epsilon), inner)])])
    let quotient = try composer.cast(try composer.emit("Div", [x, root]), to: element)
    return [try composer.emit("Mul", [quotient, try composer.input(1)])]
  }
}

/// Normalizes groups of channels: `y = (x - mean) / sqrt(variance + epsilon) · scale + bias`, mean and variance over a group's channels
/// and all axes behind them; as InstanceNormalization of `[N, groups, …]`.
///
/// - Spec: ONNX GroupNormalization-21; -18 has a scale and a bias for each group, -21 for each channel.
/// - Shapes: `x` float `[N, C, D…]`, `scale` and `bias` `[groups]` or `[C]` → `y` like `x`.
/// - Errors: `.attribute(.num_groups, _)` where the groups do not divide the channels.
struct GroupNormalization: Decomposition {
  static let name = "GroupNormalization"
  static let versions = [18, 21]

  private let groups: Int
  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    guard let groups = try node.int(.num_groups) else { throw .attribute(.num_groups, .missing) }
    self.groups = groups
    epsilon = try node.float(.epsilon, default: 1e-5)
    _ = try node.floatType(.stash_type)  // references sum in float64 and kernels in float32, whatever it is
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), shape = try composer.shape(x), element = composer.element(x)
    guard shape.rank >= 3 else { throw .rank(input: 0, expected: 3...Int.max, found: shape.rank) }
    guard groups >= 1, shape[1] % groups == 0 else { throw .attribute(.num_groups, .outOfRange) }
    let rows = try composer.reshape(x, [shape[0], groups, shape.count / max(1, shape[0] * groups)])
    let isPerGroup = composer.opset < 21
    var factors: [ComposedValue] = []
    for index in 1...2 {
      let factor = try composer.input(index), count = try composer.shape(factor).count
      let expected = isPerGroup ? groups : shape[1]
      guard count == expected else { throw .extent(input: index, axis: 0, expected: expected, found: count) }
      factors.append(factor)
    }
    let ones = composer.constant(Tensor(element, [groups], rounding: [Double](repeating: 1, count: groups)))
    let zeros = composer.constant(Tensor(element, [groups], rounding: [Double](repeating: 0, count: groups)))
    let normal = try composer.emit(
      "InstanceNormalization", [rows] + (isPerGroup ? factors : [ones, zeros]), [.epsilon: .float(epsilon)])
    let y = try composer.reshape(normal, shape.dims)
    guard !isPerGroup else { return [y] }
    let column = composer.ints([shape[1]] + [Int](repeating: 1, count: shape.rank - 2))
    let scaled = try composer.emit("Mul", [y, try composer.emit("Reshape", [factors[0], column])])
    return [try composer.emit("Add", [scaled, try composer.emit("Reshape", [factors[1], column])])]
  }
}
