import O2MOps
import O2MTensor

/// A convolution with a residual and an activation: `y = act(conv(x, w) + b + z)`.
///
/// - Shapes: those of Conv; `z` like `y`, optional.
struct FusedConv: MicrosoftOperator {
  static let name = "FusedConv"

  private let window: WindowAttributes
  private let activation: FusedActivation

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...4)
    window = try .convolution(node)
    activation = try FusedActivation(listed: node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var y = try composer.emit("Conv", [try composer.input(0), try composer.input(1), composer.optional(2)], window.values)
    if let z = composer.optional(3) { y = try composer.emit("Add", [y, z]) }
    return [try activation.apply(y, &composer)]
  }
}

/// Gemm with an activation: `y = act(alpha · a′ · b′ + beta · c)`.
///
/// - Shapes: those of Gemm.
struct FusedGemm: MicrosoftOperator {
  static let name = "FusedGemm"

  private var attributes: [AttributeName: AttributeValue] = [:]
  private let activation: FusedActivation

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    for name in [AttributeName.alpha, .beta] { if let number = try node.float(name) { attributes[name] = .float(number) } }
    for name in [AttributeName.transA, .transB] { if let number = try node.int(name) { attributes[name] = .int(number) } }
    activation = try FusedActivation(named: node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let y = try composer.emit("Gemm", [try composer.input(0), try composer.input(1), composer.optional(2)], attributes)
    return [try activation.apply(y, &composer)]
  }
}

/// The matrix product of operands that may lie on their side, and its scale.
struct ScaledProduct {
  private let alpha: Float
  private let sides: [(isTransposed: Bool, movesBatch: Bool)]

  init(_ node: some NodeSource) throws(OpFault) {
    alpha = try node.float(.alpha, default: 1)
    sides = [
      (try node.int(.transA, default: 0) != 0, try node.int(.transBatchA, default: 0) != 0),
      (try node.int(.transB, default: 0) != 0, try node.int(.transBatchB, default: 0) != 0),
    ]
  }

  func compose(_ composer: inout Composer) throws(OpFault) -> ComposedValue {
    var operands: [ComposedValue] = []
    for (index, side) in sides.enumerated() {
      let x = try composer.input(index)
      var order = Array(0..<composer.fact(x).type.rank)
      // The first axis goes behind those of the batch, before the last.
      if side.movesBatch, order.count > 2 { order.insert(order.removeFirst(), at: order.count - 1) }
      if side.isTransposed, order.count > 1 { order.swapAt(order.count - 2, order.count - 1) }
      let isInPlace = order == Array(0..<order.count)
      operands.append(isInPlace ? x : try composer.emit("Transpose", [x], [.perm: .ints(order)]))
    }
    let y = try composer.emit("MatMul", operands)
    return alpha == 1 ? y : try composer.emit("Mul", [y, composer.scalar(Double(alpha), composer.element(y))])
  }
}

/// `y = alpha · a′ · b′`, where a′ and b′ may have their last two axes swapped, and before that their first axis moved behind those of the
/// batch.
///
/// - Shapes: those of MatMul after the moves. A vector stays as it is.
struct FusedMatMul: MicrosoftOperator {
  static let name = "FusedMatMul"

  private let product: ScaledProduct

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    product = try ScaledProduct(node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] { [try product.compose(&composer)] }
}

/// FusedMatMul under its first name.
///
/// - Shapes: those of FusedMatMul.
struct TransposeMatMul: MicrosoftOperator {
  static let name = "TransposeMatMul"

  private let product: ScaledProduct

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    product = try ScaledProduct(node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] { [try product.compose(&composer)] }
}
