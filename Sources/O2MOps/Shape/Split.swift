import O2MTensor

/// The input cut along `axis` into one piece per output.
///
/// Without lengths the pieces are equal, and only the last one may be shorter.
///
/// - Spec: ONNX Split-18. Before -13 the lengths were an attribute; before -18 equal pieces had to be exactly equal.
/// - Shapes: `x` any `[*]`, `split` integer `[outputs]` optional, known at conversion → pieces of `x` along `axis`.
/// - Parity: exact.
/// - Errors: `.elementCount` where the lengths do not add up to the extent or do not suit the number of outputs.
public struct Split: OnnxOperator, Movement {
  public static let name: StaticString = "Split"
  public static let code = OpCode.split
  public static let versions = [1, 2, 11, 13, 18]
  public static let dataflow = Dataflow.moves([0])

  public var axis: Int
  /// The number of outputs.
  public var pieces: Int
  /// Whether equal pieces must be exactly equal, as before version 18.
  public var exact: Bool

  public init(axis: Int = 0, pieces: Int) {
    self.axis = axis
    self.pieces = pieces
    exact = false
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...2, outputs: 1...Int.max)
    axis = try node.int(.axis, default: 0)
    pieces = node.outputCount
    exact = node.opset < 18
    if let stated = try node.int(.num_outputs), stated != pieces { throw .attribute(.num_outputs, .count(expected: pieces, found: stated)) }
  }

  /// The extents of the pieces along the axis, which has `extent` elements.
  private func lengths(_ inputs: [InputFact?], extent: Int) throws(OpFault) -> [Int] {
    if let lengths = try inputs.knownInts(1) {
      guard lengths.count == pieces else { throw .elementCount(expected: pieces, found: lengths.count) }
      var sum = 0
      for length in lengths {
        guard length >= 0, length <= extent - sum else { throw .elementCount(expected: extent, found: max(length, 0)) }
        sum += length
      }
      guard sum == extent else { throw .elementCount(expected: extent, found: sum) }
      return lengths
    }
    let chunk = (extent + pieces - 1) / pieces
    let last = extent - chunk * (pieces - 1)
    guard exact ? last == chunk : last >= 0 else { throw .elementCount(expected: chunk * pieces, found: extent) }
    return [Int](repeating: chunk, count: pieces - 1) + [last]
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    let extent = (try? inputs.shape(0)).flatMap { x in x.axis(axis).map { x[$0] } }
    return .split(axis: axis, lengths: extent.flatMap { try? lengths(inputs, extent: $0) })
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    let axis = try x.resolve(axis)
    guard let extent = x.dims[axis].value else { throw .dataDependent(input: 0) }
    return try lengths(inputs, extent: extent).map { length in
      var type = x
      type.dims[axis] = .fixed(length)
      return type
    }
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let axis = try x.shape.resolve(axis)
    var copies: [StridedCopy] = []
    var offset = 0
    for (index, output) in to.enumerated() {
      var copy = StridedCopy(dims: output.shape.dims, sourceStrides: x.strides, targetStrides: output.strides)
      copy.origin = x.strides[axis] * offset
      copy.output = index
      copies.append(copy)
      offset += output.shape[axis]
    }
    return copies
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(pieces)
    record.put(exact)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    pieces = try record.int(in: 1...65536)
    exact = try record.flag()
  }
}
