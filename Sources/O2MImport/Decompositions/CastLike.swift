import O2MOps
import O2MTensor

/// `y = Cast(x)` to the element type of `target`, with the same `saturate` and, since version 24, `round_mode`.
///
/// - Spec: ONNX CastLike-25.
/// - Shapes: `x` any `[*]`, `target` any `[*]` → `y` `[*]` of target's element type.
struct CastLike: Decomposition {
  static let name = "CastLike"
  static let versions = [15, 19, 21, 23, 24, 25]

  private let attributes: [AttributeName: AttributeValue]

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    var attributes: [AttributeName: AttributeValue] = [.saturate: .int(try node.int(.saturate) ?? 1)]
    if let mode = try node.string(.round_mode) { attributes[.round_mode] = .string(mode) }
    self.attributes = attributes
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), target = composer.element(try composer.input(1))
    return [try composer.emit("Cast", [x], attributes.merging([.to: .int(Int(target.rawValue))]) { $1 })]
  }
}
