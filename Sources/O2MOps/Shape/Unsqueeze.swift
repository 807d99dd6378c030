import O2MTensor

/// The same elements with axes of extent 1 put in; `axes` counts in the output.
///
/// - Spec: ONNX Unsqueeze-25. Before -13 `axes` was an attribute.
/// - Shapes: `x` any `[*]`, `axes` integer `[A]`, known at conversion → `y`, rank plus A.
/// - Parity: exact.
/// - Errors: `.axis` for an axis outside the output or named twice.
public struct Unsqueeze: Reinterpretation, PlainOperator {
  public static let name: StaticString = "Unsqueeze"
  public static let code = OpCode.unsqueeze
  public static let versions = [1, 11, 13, 21, 23, 24, 25]

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    let axes = try inputs.requireInts(1)
    let rank = x.rank + axes.count
    var added = [Bool](repeating: false, count: rank)
    for axis in axes {
      guard axis >= -rank, axis < rank, !added[axis < 0 ? axis + rank : axis] else { throw .axis(axis, rank: rank) }
      added[axis < 0 ? axis + rank : axis] = true
    }
    var rest = x.dims[...]
    return [TensorType(x.element, added.map { $0 ? .fixed(1) : rest.removeFirst() })]
  }
}
