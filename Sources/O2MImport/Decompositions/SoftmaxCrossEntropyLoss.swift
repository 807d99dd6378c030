import O2MOps

/// The loss of the logarithms of softmax: `NegativeLogLikelihoodLoss(LogSoftmax(scores), labels, weights)`, and these logarithms.
///
/// - Spec: ONNX SoftmaxCrossEntropyLoss-13.
/// - Shapes: `scores` float `[N, C, D…]`, `labels` integer `[N, D…]`, `weights` float `[C]` optional → loss `[]`, or like `labels` without
///   reduction, and `log_prob` like `scores`.
struct SoftmaxCrossEntropyLoss: Decomposition {
  static let name = "SoftmaxCrossEntropyLoss"
  static let versions = [12, 13]

  private let options: LossOptions

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3, outputs: 1...2)
    options = try LossOptions(node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let logarithms = try composer.emit("LogSoftmax", [try composer.input(0)], [.axis: .int(1)])
    let operands = [logarithms, try composer.input(1), composer.optional(2)]
    return [try composer.emit("NegativeLogLikelihoodLoss", operands, options.attributes), logarithms]
  }
}
