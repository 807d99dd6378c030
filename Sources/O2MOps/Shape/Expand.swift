import O2MTensor

/// The input repeated along axes of extent 1 until it has the shape that both broadcast to.
///
/// - Spec: ONNX Expand-13. `shape` may have ones where `x` is larger.
/// - Shapes: `x` any `[*]`, `shape` integer `[R]`, known at conversion → `y`.
/// - Parity: exact.
/// - Errors: `.broadcast` where they do not fit.
public struct Expand: Movement, PlainOperator {
  public static let name: StaticString = "Expand"
  public static let code = OpCode.expand
  public static let versions = [8, 13]
  public static let dataflow = Dataflow.moves([0])

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .repeated }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    let wanted = try inputs.requireInts(1)
    let rank = max(x.rank, wanted.count)
    var dims = [Dim](repeating: .fixed(1), count: rank - x.rank) + x.dims
    for (index, extent) in wanted.enumerated() {
      let axis = index + rank - wanted.count
      guard extent >= 0 else { throw .extent(input: 1, axis: index, expected: 0, found: extent) }
      switch dims[axis] {
      case .fixed(1): dims[axis] = .fixed(extent)
      case .fixed(let own): guard extent == 1 || extent == own else { throw .broadcast(axis: axis, left: own, right: extent) }
      case .symbol, .unknown: if extent != 1 { dims[axis] = .fixed(extent) }
      }
    }
    let type = TensorType(x.element, dims)
    if let shape = type.shape { _ = try checked(shape.dims) }
    return [type]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let shape = to[0].shape, lead = shape.rank - x.shape.rank
    let strides = (0..<shape.rank).map { $0 < lead || x.shape[$0 - lead] == 1 ? 0 : x.strides[$0 - lead] }
    return [StridedCopy(dims: shape.dims, sourceStrides: strides, targetStrides: to[0].strides)]
  }
}
