import O2MTensor

/// Slices picked by index along `axis`: `y[a…, i…, b…] = x[a…, indices[i…], b…]`.
///
/// - Spec: ONNX Gather-13. Negative indices count from the end; before -11 there were none.
/// - Shapes: `x` any `[A…, K, B…]`, `indices` integer `[I…]` → `y` `[A…, I…, B…]`.
/// - Parity: exact.
/// - Errors: `.index` for an index outside `-K ..< K`.
public struct Gather: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "Gather"
  public static let code = OpCode.gather
  public static let versions = [1, 11, 13]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0])

  public var axis: Int

  public init(axis: Int = 0) { self.axis = axis }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axis = try node.int(.axis, default: 0)
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    guard inputs.count > 1, let x = inputs[0]?.type.shape, let indices = inputs[1]?.value, indices.count == 1, indices.shape.rank <= 1,
      let axis = x.axis(axis), let index = try? indices.positions(extent: x[axis])[0]
    else { return .other }
    return .picked(axis: axis, index: index, keepsAxis: indices.shape.rank == 1)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 1 ? inputs.indices(of: 0, axis: axis) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type, indices = try inputs.require(1, elements: .integers)
    let axis = try x.resolve(axis)
    if let extent = x.dims[axis].value, let value = indices.value { _ = try value.positions(extent: extent) }
    return [TensorType(x.element, Array(x.dims[..<axis]) + indices.type.dims + Array(x.dims[(axis + 1)...]))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), indices = try inputs.tensor(1)
    let axis = try x.shape.resolve(axis)
    let shape = try infer(inputs.facts)[0].knownShape()
    let positions = try indices.positions(extent: x.shape[axis])
    return [x.gathered(shape, source: x.shape.offsets(slices: positions, along: axis))]
  }

  public func encode(to record: inout RecordWriter) { record.put(axis) }
  public init(from record: inout RecordReader) throws(FormatFault) { axis = try record.int() }
}
