import O2MOps
import O2MTensor

/// `y = Cast(x)` to the element type of `target`.
///
/// - Spec: ONNX CastLike-25.
/// - Shapes: `x` any `[*]`, `target` any `[*]` → `y` `[*]` of target's element type.
struct CastLike: ImportFunction {
  static let name = "CastLike"
  static let versions = [15, 19, 21, 23, 24, 25]

  private let saturate: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    saturate = try node.flag(.saturate, default: true)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [Term] {
    let x = try composer.input(0), target = composer.element(try composer.input(1))
    return [try composer.emit("Cast", [x], [.to: .int(Int(target.rawValue)), .saturate: .int(saturate ? 1 : 0)])]
  }
}
