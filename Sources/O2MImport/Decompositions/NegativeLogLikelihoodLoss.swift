import O2MOps
import O2MTensor

/// The loss of classes that are right: `l[n, d…] = −w[t] · x[n, t, d…]` with `t = target[n, d…]`, then their mean or sum.
///
/// The mean divides by the sum of the weights. Where `t` is `ignore_index` the weight is 0.
///
/// - Spec: ONNX NegativeLogLikelihoodLoss-22.
/// - Shapes: `x` float `[N, C, D…]`, `target` integer `[N, D…]`, `w` float `[C]` optional (ones) → `[]`, or like `target` without
///   reduction.
struct NegativeLogLikelihoodLoss: Decomposition {
  static let name = "NegativeLogLikelihoodLoss"
  static let versions = [12, 13, 22]

  private let options: LossOptions

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    options = try LossOptions(node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), element = composer.element(x)
    var target = try composer.input(1)
    var weights: ComposedValue?
    var ignored: ComposedValue?
    if let index = options.ignoreIndex {
      let type = composer.element(target)
      ignored = try composer.emit("Equal", [target, composer.constant(Tensor(type, [], wrapping: [index]))])
      target = try composer.emit("Where", [ignored, composer.scalar(0, type), target])
    }
    if let given = composer.optional(2) { weights = try composer.emit("Gather", [given, target]) }
    if let ignored {
      weights = try composer.emit("Where", [ignored, composer.scalar(0, element), weights ?? composer.scalar(1, element)])
    }
    let classes = composer.ints([1])
    let index = try composer.emit("Unsqueeze", [target, classes])
    let picked = try composer.emit("Squeeze", [try composer.emit("GatherElements", [x, index], [.axis: .int(1)]), classes])
    var loss = try composer.emit("Neg", [picked])
    if let weights { loss = try composer.emit("Mul", [loss, weights]) }
    switch options.reduction {
    case .none: return [loss]
    case .mean where weights == nil: return [try composer.emit("ReduceMean", [loss], [.keepdims: .int(0)])]
    case .sum, .mean:
      let sum = try composer.emit("ReduceSum", [loss], [.keepdims: .int(0)])
      guard options.reduction == .mean, let weights else { return [sum] }
      return [try composer.emit("Div", [sum, try composer.emit("ReduceSum", [weights], [.keepdims: .int(0)])])]
    }
  }
}

/// The attributes that losses share.
struct LossOptions {
  enum Reduction: String { case none, sum, mean }

  let reduction: Reduction
  /// A target that does not count.
  let ignoreIndex: Int?

  init(_ node: some NodeSource) throws(OpFault) {
    guard let reduction = Reduction(rawValue: try node.string(.reduction) ?? "mean") else { throw .attribute(.reduction, .unknownValue) }
    self.reduction = reduction
    ignoreIndex = try node.int(.ignore_index)
  }

  var attributes: [AttributeName: AttributeValue] {
    var attributes: [AttributeName: AttributeValue] = [.reduction: .string(reduction.rawValue)]
    if let ignoreIndex { attributes[.ignore_index] = .int(ignoreIndex) }
    return attributes
  }
}
