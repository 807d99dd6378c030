import O2MTensor

/// A new axis that marks an index: `y[i…, d, j…] = d == indices[i…, j…] ? on : off`.
///
/// Negative indices count from the end; those outside `-depth ..< depth` mark nothing. Fractions are cut off.
///
/// - Spec: ONNX OneHot-28; before -11 there are no negative indices.
/// - Shapes: `indices` number `[I…]`, `depth` number with one element, known at conversion, `values` any `[2]`, off and on → `y` of the
///   type of `values`, `depth` inserted at `axis`.
/// - Parity: exact.
/// - Errors: `.axis` outside the rank of `y`; `.index(input: 1, ...)` for a negative depth; `.elementCount` for `values`.
public struct OneHot: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "OneHot"
  public static let code = OpCode.oneHot
  public static let versions = [9, 11, 28]
  public static let elements = ElementClass.numbers
  public static let dataflow = Dataflow.moves([2])

  public var axis: Int

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    axis = try node.int(.axis, default: -1)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    guard index == 0, inputs.count > 1, let depth = inputs[1]?.value, depth.count == 1, depth.ints()[0] > 0 else { return nil }
    return 0...depth.ints()[0] - 1
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let indices = try inputs.require(0, elements: Self.elements).type, values = try inputs.require(2).type
    try inputs.requireShape(2, [.fixed(2)])
    guard let depth = try inputs.require(1, elements: .numbers).value else { throw .dataDependent(input: 1) }
    guard depth.count == 1 else { throw .elementCount(expected: 1, found: depth.count) }
    let extent = depth.ints()[0]
    guard extent >= 0 else { throw .index(input: 1, found: extent, limit: 0) }
    var type = TensorType(values.element, indices.dims + [.fixed(extent)])
    let axis = try type.resolve(axis)
    type.dims = Array(indices.dims[..<axis]) + [.fixed(extent)] + Array(indices.dims[axis...])
    if let shape = type.shape { _ = try checked(shape.dims) }
    return [type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let shape = try infer(inputs.facts)[0].knownShape()
    let lines = shape.lines(along: try shape.resolve(axis)), depth = lines.extent
    let indices = try inputs.tensor(0).ints()
    var source = [Int](repeating: 0, count: shape.count)
    for outer in 0..<lines.outer {
      for inner in 0..<lines.inner {
        let index = indices[outer * lines.inner + inner]
        guard index >= -depth, index < depth else { continue }
        source[(outer * depth + (index < 0 ? index + depth : index)) * lines.inner + inner] = 1
      }
    }
    return [try inputs.tensor(2).gathered(shape, source: source)]
  }

  public func encode(to record: inout RecordWriter) { record.put(axis) }
  public init(from record: inout RecordReader) throws(FormatFault) { axis = try record.int() }
}
