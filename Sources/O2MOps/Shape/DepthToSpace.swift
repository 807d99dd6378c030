import O2MTensor

/// Channels become blocks of pixels: with b the block size,
///
///     DCR   y[n, c, h·b + i, w·b + j] = x[n, (i·b + j)·C/b² + c, h, w]
///     CRD   y[n, c, h·b + i, w·b + j] = x[n, (c·b + i)·b + j, h, w]
///
/// - Spec: ONNX DepthToSpace-28. `mode` is of -11.
/// - Shapes: `x` any `[N, C, H, W]` → `y` `[N, C/b², H·b, W·b]`.
/// - Parity: exact.
/// - Errors: `.extent` where C is no multiple of b².
public struct DepthToSpace: OnnxOperator, Movement {
  public static let name: StaticString = "DepthToSpace"
  public static let code = OpCode.depthToSpace
  public static let versions = [1, 11, 13, 28]
  public static let dataflow = Dataflow.moves([0])

  public var block: Int
  /// Column, row, depth: the channel index has the new channel outermost.
  public var isCRD: Bool

  public init(block: Int, isCRD: Bool = false) {
    self.block = block
    self.isCRD = isCRD
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    block = try node.blockSize()
    switch try node.string(.mode) {
    case nil, "DCR": isCRD = false
    case "CRD": isCRD = true
    default: throw .attribute(.mode, .unknownValue)
    }
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .other }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0).type.element, x = try inputs.shape(0)
    guard x.rank == 4 else { throw .rank(input: 0, expected: 4...4, found: x.rank) }
    let depth = block * block
    guard x[1] % depth == 0 else { throw .extent(input: 0, axis: 1, expected: (x[1] / depth + 1) * depth, found: x[1]) }
    return [TensorType(element, try checked([x[0], x[1] / depth, x[2] * block, x[3] * block]))]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let y = to[0], c = y.shape[1], depth = x.strides[1]
    return [
      StridedCopy(
        dims: [x.shape[0], c, x.shape[2], block, x.shape[3], block],
        sourceStrides: isCRD
          ? [x.strides[0], depth * block * block, x.strides[2], depth * block, x.strides[3], depth]
          : [x.strides[0], depth, x.strides[2], depth * c * block, x.strides[3], depth * c],
        targetStrides: [y.strides[0], y.strides[1], y.strides[2] * block, y.strides[2], y.strides[3] * block, y.strides[3]])
    ]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(block)
    record.put(isCRD)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    block = try record.blockSize()
    isCRD = try record.flag()
  }
}

extension NodeSource {
  func blockSize() throws(OpFault) -> Int {
    guard let block = try int(.blocksize) else { throw .attribute(.blocksize, .missing) }
    guard (1...65535).contains(block) else { throw .attribute(.blocksize, .outOfRange) }
    return block
  }
}

extension RecordReader {
  mutating func blockSize() throws(FormatFault) -> Int {
    try int(in: 1...65535)
  }
}
