import O2MOps
import O2MTensor

/// The slices along an axis that a condition marks: `y = Gather(x, the indices where the condition holds)`; without an axis, of all
/// elements.
///
/// - Spec: ONNX Compress-11; -28 allows more types.
/// - Shapes: `x` any `[*]`, `condition` bool `[K]`, known at conversion, no longer than the axis → `y`, as many slices as are marked.
struct Compress: Decomposition {
  static let name = "Compress"
  static let versions = [9, 11, 28]

  private let axis: Int?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axis = try node.int(.axis)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var x = try composer.input(0)
    guard let condition = try composer.knownInts(1) else { throw .missingInput(1) }
    if axis == nil { x = try composer.reshape(x, [-1]) }
    let marked = composer.ints(condition.indices.filter { condition[$0] != 0 })
    return [try composer.emit("Gather", [x, marked], [.axis: .int(axis ?? 0)])]
  }
}
