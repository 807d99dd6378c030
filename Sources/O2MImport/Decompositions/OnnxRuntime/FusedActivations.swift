import O2MOps
import O2MTensor

/// `y = Gelu(x)`, the exact one.
///
/// - Shapes: `x` float `[*]` → `y` like `x`.
struct MicrosoftGelu: MicrosoftOperator {
  static let name = "Gelu"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] { [try composer.emit("Gelu", [try composer.input(0)])] }
}

/// `y = Gelu(a + b)`, the exact one.
///
/// - Shapes: `a` float `[…, C]`, `b` `[C]` → `y` like `a`.
struct BiasGelu: MicrosoftOperator {
  static let name = "BiasGelu"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    [try composer.emit("Gelu", [try composer.emit("Add", [try composer.input(0), try composer.input(1)])])]
  }
}

/// `y = Gelu(x + bias)` by its approximation with tanh.
///
/// - Shapes: `x` float `[…, C]`, `bias` `[C]` optional → `y` like `x`.
struct FastGelu: MicrosoftOperator {
  static let name = "FastGelu"

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...2) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var x = try composer.input(0)
    if let bias = composer.optional(1) { x = try composer.emit("Add", [x, bias]) }
    return [try composer.emit("Gelu", [x], [.approximate: .string("tanh")])]
  }
}

/// `y = x / (1 + exp(−alpha · x))`.
///
/// - Shapes: `x` float `[*]` → `y` like `x`.
struct QuickGelu: MicrosoftOperator {
  static let name = "QuickGelu"

  private let alpha: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    alpha = try node.float(.alpha, default: 1.702)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    [try composer.emit("Swish", [try composer.input(0)], [.alpha: .float(alpha)])]
  }
}
