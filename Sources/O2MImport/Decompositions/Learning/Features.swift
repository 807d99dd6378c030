import O2MOps
import O2MTensor

/// The columns of `x` that `indices` lists.
///
/// - Spec: ONNX ai.onnx.ml ArrayFeatureExtractor-1. A vector counts as one row.
/// - Shapes: `x` `[…, C]`, `indices` int64, K of them in any shape → `[…, K]`; `[1, K]` from a vector.
struct ArrayFeatureExtractor: Decomposition {
  static let name = "ArrayFeatureExtractor"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), indices = try composer.input(1)
    let rank = try composer.shape(x).rank
    guard rank >= 1 else { throw .rank(input: 0, expected: 1...Int.max, found: 0) }
    let list = try composer.reshape(indices, [-1])
    let columns = try composer.emit("Gather", [x, list], [.axis: .int(-1)])
    return [rank == 1 ? try composer.emit("Unsqueeze", [columns, composer.ints([0])]) : columns]
  }
}

/// `y = x > threshold ? 1 : 0`.
///
/// - Spec: ONNX ai.onnx.ml Binarizer-1.
/// - Shapes: `x` number `[*]` → `y` like `x`.
struct Binarizer: Decomposition {
  static let name = "Binarizer"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  private let threshold: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    threshold = try node.float(.threshold, default: 0)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), element = composer.element(x)
    // No integer lies between a number and its floor.
    let limit = element.isInteger ? Double(threshold).rounded(.down) : Double(threshold)
    let isAbove = try composer.emit("Greater", [x, composer.scalar(limit, element)])
    return [try composer.emit("Cast", [isAbove], [.to: .int(Int(element.rawValue))])]
  }
}
