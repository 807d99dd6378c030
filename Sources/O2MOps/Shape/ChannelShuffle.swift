import O2MTensor

/// The channels of g groups dealt out in turn: `y[n, j·g + i, …] = x[n, i·k + j, …]`, k the channels of a group.
///
/// Passes make it from ShuffleNet's Reshape, Transpose, Reshape.
///
/// - Spec: ShuffleNet (arXiv 1707.01083), section 3.1.
/// - Shapes: `x` any `[N, g·k, D…]` → `y`, same shape.
/// - Parity: exact.
/// - Errors: `.extent` where the channels are no multiple of the groups.
public struct ChannelShuffle: InternalOperator, Movement {
  public static let name: StaticString = "ChannelShuffle"
  public static let code = OpCode.channelShuffle
  public static let dataflow = Dataflow.moves([0])

  public var groups: Int

  public init(groups: Int) { self.groups = groups }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .shuffled(groups: groups) }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: x.rank) }
    guard let channels = x.dims[1].value else { throw .dataDependent(input: 0) }
    guard channels % groups == 0 else { throw .extent(input: 0, axis: 1, expected: (channels / groups + 1) * groups, found: channels) }
    return [x]
  }

  public func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy] {
    guard let x = from[0] else { throw .missingInput(0) }
    let y = to[0], share = x.shape[1] / groups
    return [
      StridedCopy(
        dims: [x.shape[0], share, groups] + x.shape.dims[2...],
        sourceStrides: [x.strides[0], x.strides[1], x.strides[1] * share] + x.strides[2...],
        targetStrides: [y.strides[0], y.strides[1] * groups, y.strides[1]] + y.strides[2...])
    ]
  }

  public func encode(to record: inout RecordWriter) { record.put(groups) }

  public init(from record: inout RecordReader) throws(FormatFault) {
    groups = try record.int(in: RecordReader.counts)
  }
}
