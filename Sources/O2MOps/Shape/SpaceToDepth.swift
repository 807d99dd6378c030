import O2MTensor

/// Blocks of pixels become channels: `y[n, (i·b + j)·C + c, h, w] = x[n, c, h·b + i, w·b + j]`, b the block size.
///
/// - Spec: ONNX SpaceToDepth-28, whose mode CRD the importer writes as other operators.
/// - Shapes: `x` any `[N, C, H, W]` → `y` `[N, C·b², H/b, W/b]`.
/// - Parity: exact.
/// - Errors: `.extent` where H or W is no multiple of b.
public struct SpaceToDepth: OnnxOperator, Movement {
  public static let name: StaticString = "SpaceToDepth"
  public static let code = OpCode.spaceToDepth
  public static let versions = [1, 13, 28]
  public static let dataflow = Dataflow.moves([0])

  public var block: Int

  public init(block: Int) { self.block = block }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    block = try node.blockSize()
    guard try node.string(.mode) ?? "DCR" == "DCR" else { throw .attribute(.mode, .unknownValue) }
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .other }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0).type.element, x = try inputs.shape(0)
    guard x.rank == 4 else { throw .rank(input: 0, expected: 4...4, found: x.rank) }
    for axis in 2...3 where x[axis] % block != 0 {
      throw .extent(input: 0, axis: axis, expected: (x[axis] / block + 1) * block, found: x[axis])
    }
    return [TensorType(element, try checked([x[0], x[1] * block * block, x[2] / block, x[3] / block]))]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let y = to[0], depth = y.strides[1] * x.shape[1]
    return [
      StridedCopy(
        dims: [x.shape[0], x.shape[1], y.shape[2], block, y.shape[3], block],
        sourceStrides: [x.strides[0], x.strides[1], x.strides[2] * block, x.strides[2], x.strides[3] * block, x.strides[3]],
        targetStrides: [y.strides[0], y.strides[1], y.strides[2], depth * block, y.strides[3], depth])
    ]
  }

  public func encode(to record: inout RecordWriter) { record.put(block) }
  public init(from record: inout RecordReader) throws(FormatFault) { block = try record.blockSize() }
}
