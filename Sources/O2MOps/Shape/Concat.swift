import O2MTensor

/// The inputs one after the other along `axis`.
///
/// - Spec: ONNX Concat-13. Before -11 `axis` was not negative.
/// - Shapes: any number of inputs, one element type, equal but for `axis`; extents of 0 are allowed → `y`, their sum along `axis`.
/// - Parity: exact.
/// - Errors: `.rank`, `.extent`, `.elementTypes` naming the input that does not fit the first.
public struct Concat: OnnxOperator, Movement {
  public static let name: StaticString = "Concat"
  public static let code = OpCode.concat
  public static let versions = [1, 4, 11, 13]
  public static let dataflow = Dataflow.movesAll

  public var axis: Int

  public init(axis: Int) { self.axis = axis }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...Int.max)
    guard let axis = try node.int(.axis) else { throw .attribute(.axis, .missing) }
    self.axis = axis
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .joined(axis: axis) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var result = try inputs.require(0).type
    let axis = try result.resolve(axis)
    for index in 1..<max(1, inputs.count) {
      let next = try inputs.require(index).type
      guard next.element == result.element else { throw .elementTypes(input: index, found: next.element, expected: result.element) }
      guard next.rank == result.rank else { throw .rank(input: index, expected: result.rank...result.rank, found: next.rank) }
      for k in 0..<result.rank {
        switch (result.dims[k], next.dims[k]) {
        case (.fixed(let a), .fixed(let b)) where k == axis:
          let (sum, overflow) = a.addingReportingOverflow(b)
          guard !overflow else { throw .overflow }
          result.dims[k] = .fixed(sum)
        case (.fixed(let a), .fixed(let b)):
          guard a == b else { throw .extent(input: index, axis: k, expected: a, found: b) }
        default:
          if k == axis {
            result.dims[k] = .unknown
          } else if result.dims[k].value == nil, next.dims[k] != .unknown {
            result.dims[k] = next.dims[k]
          }
        }
      }
    }
    if let shape = result.shape { _ = try checked(shape.dims) }
    return [result]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    let axis = try to[0].shape.resolve(axis)
    var copies: [StridedCopy] = []
    var offset = 0
    for (index, input) in from.enumerated() {
      guard let input else { throw .missingInput(index) }
      var copy = input.copy(to: to[0], at: offset, along: axis)
      copy.input = index
      copies.append(copy)
      offset += input.shape[axis]
    }
    return copies
  }

  public func encode(to record: inout RecordWriter) { record.put(axis) }
  public init(from record: inout RecordReader) throws(FormatFault) { axis = try record.int() }
}
