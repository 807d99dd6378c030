import O2MTensor

/// The same elements without some axes of extent 1.
///
/// - Spec: ONNX Squeeze-25. Before -13 `axes` was an attribute.
/// - Shapes: `x` any `[*]`, `axes` integer `[A]`, known at conversion; absent, every axis of extent 1 → `y`, rank less A.
/// - Parity: exact.
/// - Errors: `.extent` for an axis that is not 1; `.axis` for one that is not there.
public struct Squeeze: Reinterpretation, PlainOperator {
  public static let name: StaticString = "Squeeze"
  public static let code = OpCode.squeeze
  public static let versions = [1, 11, 13, 21, 23, 24, 25]

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...2) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard let axes = try inputs.knownInts(1) else {
      return [TensorType(x.element, try x.knownShape().dims.filter { $0 != 1 }.map { .fixed($0) })]
    }
    var dropped = [Bool](repeating: false, count: x.rank)
    for axis in axes {
      let resolved = try x.resolve(axis)
      if let extent = x.dims[resolved].value, extent != 1 { throw .extent(input: 0, axis: resolved, expected: 1, found: extent) }
      dropped[resolved] = true
    }
    return [TensorType(x.element, x.dims.indices.filter { !dropped[$0] }.map { x.dims[$0] })]
  }
}
