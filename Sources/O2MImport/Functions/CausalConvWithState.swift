import O2MOps
import O2MTensor

<<<<<<< HEAD
/// Depthwise convolution over what has been: `y[n, c, t] = act(Σ_k w[c, k] · z[n, c, t + k] + b[c])`, z the state and then x; as Concat, Conv,
/// Swish.
///
/// - Spec: ONNX CausalConvWithState-27. Without a past the state is zero.
/// - Shapes: `x` float `[N, C, L]`, `w` `[C, 1, K]`, `b` `[C]` optional, `past_state` `[N, C, K - 1]` optional → `y` like `x`,
///   `present_state` `[N, C, K - 1]`: the end of z.
=======
/// A depthwise convolution along time that sees the past only, and carries its last columns from one call to the next:
///
///     p = Concat(past or zeros, x)        y = act(Conv(p, w, b, group = C))        present = the last K − 1 columns of p
///
/// - Spec: ONNX CausalConvWithState-27.
/// - Shapes: K is 1 or more; `x` float `[N, C, L]`, `w` `[C, 1, K]`, `b` `[C]` optional, `past` `[N, C, K − 1]` optional → `y` `[N, C, L]`, `present`
///   `[N, C, K − 1]`.
>>>>>>> main
struct CausalConvWithState: ImportFunction {
  static let name = "CausalConvWithState"
  static let versions = [27]

<<<<<<< HEAD
  private let isSwish: Bool
=======
  private let isActivated: Bool
>>>>>>> main

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...4, outputs: 1...2)
    switch try node.string(.activation) {
<<<<<<< HEAD
    case nil, "none": isSwish = false
    case "silu", "swish": isSwish = true
=======
    case nil, "none": isActivated = false
    case "silu", "swish": isActivated = true
>>>>>>> main
    default: throw .attribute(.activation, .unknownValue)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [Term] {
<<<<<<< HEAD
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

  private func convolved(_ x: Term, _ w: Term, _ channels: Int, _ composer: inout Composer) throws(OpFault) -> Term {
    let y = try composer.emit("Conv", [x, w, composer.optional(2)], [.group: .int(channels)])
    return isSwish ? try composer.emit("Swish", [y]) : y
=======
    let x = try composer.input(0), w = try composer.input(1)
    let shape = try composer.shape(x), kernel = try composer.shape(w)
    guard shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: shape.rank) }
    guard kernel.rank == 3 else { throw .rank(input: 1, expected: 3...3, found: kernel.rank) }
    guard kernel[2] >= 1 else { throw .extent(input: 1, axis: 2, expected: 1, found: kernel[2]) }
    let state = Shape([shape[0], shape[1], kernel[2] - 1]), element = composer.element(x)
    if let past = composer.optional(3) {
      let found = try composer.shape(past)
      guard found.rank == 3 else { throw .rank(input: 3, expected: 3...3, found: found.rank) }
      for axis in 0..<3 where found[axis] != state[axis] { throw .extent(input: 3, axis: axis, expected: state[axis], found: found[axis]) }
    }
    let before = composer.optional(3) ?? composer.constant(Tensor(element, state, rounding: [Double](repeating: 0, count: state.count)))
    let padded = state[2] == 0 ? x : try composer.emit("Concat", [before, x], [.axis: .int(2)])
    var y = try composer.emit("Conv", [padded, w, composer.optional(2)], [.group: .int(shape[1])])
    if isActivated { y = try composer.emit("Swish", [y]) }
    let end = shape[2] + state[2]
    let present = try composer.emit("Slice", [padded, composer.ints([end - state[2]]), composer.ints([end]), composer.ints([2])])
    return [y, present]
>>>>>>> main
  }
}
