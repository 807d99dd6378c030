import O2MOps
import O2MTensor

/// Depthwise convolution over what has been: `y[n, c, t] = act(Σ_k w[c, k] · z[n, c, t + k] + b[c])`, z the state and then x; as Concat,
/// Conv, Swish.
///
/// - Spec: ONNX CausalConvWithState-27. Without a past the state is zero.
/// - Shapes: `x` float `[N, C, L]`, `w` `[C, 1, K]`, `b` `[C]` optional, `past_state` `[N, C, K - 1]` optional → `y` like `x`,
///   `present_state` `[N, C, K - 1]`: the end of z.
struct CausalConvWithState: Decomposition {
  static let name = "CausalConvWithState"
  static let versions = [27]

  private let isSwish: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...4, outputs: 1...2)
    switch try node.string(.activation) {
    case nil, "none": isSwish = false
    case "silu", "swish": isSwish = true
    default: throw .attribute(.activation, .unknownValue)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), w = try composer.input(1), shape = try composer.shape(x), kernel = try composer.shape(w)
    guard shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: shape.rank) }
    guard kernel.rank == 3 else { throw .rank(input: 1, expected: 3...3, found: kernel.rank) }
    guard kernel[0] == shape[1] else { throw .extent(input: 1, axis: 0, expected: shape[1], found: kernel[0]) }
    guard kernel[2] >= 1 else { throw .extent(input: 1, axis: 2, expected: 1, found: kernel[2]) }
    let state: Shape = [shape[0], shape[1], kernel[2] - 1]
    let past =
      composer.optional(3)
      ?? composer.constant(Tensor(composer.element(x), state, rounding: [Double](repeating: 0, count: state.count)))
    let found = try composer.shape(past)
    guard found == state else { throw .extent(input: 3, axis: 2, expected: state[2], found: found.dims.last ?? 0) }
    guard state[2] > 0 else { return [try convolved(x, w, shape[1], &composer), past] }
    let whole = try composer.emit("Concat", [past, x], [.axis: .int(2)])
    let present = try composer.emit(
      "Slice", [whole, composer.ints([shape[2]]), composer.ints([shape[2] + state[2]]), composer.ints([2])])
    return [try convolved(whole, w, shape[1], &composer), present]
  }

  private func convolved(_ x: ComposedValue, _ w: ComposedValue, _ channels: Int, _ composer: inout Composer) throws(OpFault)
    -> ComposedValue
  {
    let y = try composer.emit("Conv", [x, w, composer.optional(2)], [.group: .int(channels)])
    return isSwish ? try composer.emit("Swish", [y]) : y
  }
}
