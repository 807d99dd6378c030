import O2MTensor

/// The input repeated as a whole along each axis: `y[i…] = x[i mod d…]`.
///
/// - Spec: ONNX Tile-13. -1 had another form.
/// - Shapes: `x` any `[D…]`, `repeats` integer `[rank]`, known at conversion → `y` `[D · repeats…]`.
/// - Parity: exact.
/// - Errors: `.elementCount` where `repeats` does not suit the rank; `.index` for a negative one; `.overflow`.
public struct Tile: Movement, PlainOperator {
  public static let name: StaticString = "Tile"
  public static let code = OpCode.tile
  public static let versions = [1, 6, 13]
  public static let dataflow = Dataflow.moves([0])

  public init() {}
  public init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(2...2) }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .repeated }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var type = try inputs.require(0).type
    let repeats = try inputs.requireInts(1)
    guard repeats.count == type.rank else { throw .elementCount(expected: type.rank, found: repeats.count) }
    for (axis, times) in repeats.enumerated() {
      guard times >= 0 else { throw .index(input: 1, found: times, limit: 0) }
      if let extent = type.dims[axis].value {
        let (product, overflow) = extent.multipliedReportingOverflow(by: times)
        guard !overflow else { throw .overflow }
        type.dims[axis] = .fixed(product)
      } else if times != 1 {
        type.dims[axis] = times == 0 ? .fixed(0) : .unknown
      }
    }
    if let shape = type.shape { _ = try checked(shape.dims) }
    return [type]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    // Every axis becomes two: which repetition, and where in it.
    var copy = StridedCopy(dims: [], sourceStrides: [], targetStrides: [])
    for (axis, times) in try inputs.requireInts(1).enumerated() {
      copy.dims += [times, x.shape[axis]]
      copy.sourceStrides += [0, x.strides[axis]]
      copy.targetStrides += [to[0].strides[axis] * x.shape[axis], to[0].strides[axis]]
    }
    return [copy]
  }
}
