/// The numbers that stand for operators in bundles. They are never changed and never reused.
public enum OpCode: UInt16, CaseIterable, Sendable {
  case identity = 1
  case cast = 2
  case reshape = 3
  case flatten = 4
  case squeeze = 5
  case unsqueeze = 6
  case transpose = 7
  case concat = 8
  case split = 9
  case slice = 10
  case gather = 11
  case expand = 12
  case tile = 13
  case pad = 14
  case shape = 15
  case size = 16
  case constantOfShape = 17
  case range = 18
  case `where` = 19
  case depthToSpace = 20
  case spaceToDepth = 21
  case channelShuffle = 22
  case dropout = 23
  case resize = 24
  case add = 30
  case relu = 60
  case leakyRelu = 61
  case conv = 100
}

/// Work that is generic over the type of an operator.
public protocol OpTypeVisitor {
  associatedtype Output
  associatedtype Failure: Error
  mutating func visit<O: Operator>(_ type: O.Type, wrap: (O) -> Op) throws(Failure) -> Output
}

extension OpCode {
  public func accept<V: OpTypeVisitor>(_ visitor: inout V) throws(V.Failure) -> V.Output {
    switch self {
    case .identity: try visitor.visit(Identity.self, wrap: Op.identity)
    case .cast: try visitor.visit(Cast.self, wrap: Op.cast)
    case .reshape: try visitor.visit(Reshape.self, wrap: Op.reshape)
    case .flatten: try visitor.visit(Flatten.self, wrap: Op.flatten)
    case .squeeze: try visitor.visit(Squeeze.self, wrap: Op.squeeze)
    case .unsqueeze: try visitor.visit(Unsqueeze.self, wrap: Op.unsqueeze)
    case .transpose: try visitor.visit(Transpose.self, wrap: Op.transpose)
    case .concat: try visitor.visit(Concat.self, wrap: Op.concat)
    case .split: try visitor.visit(Split.self, wrap: Op.split)
    case .slice: try visitor.visit(Slice.self, wrap: Op.slice)
    case .gather: try visitor.visit(Gather.self, wrap: Op.gather)
    case .expand: try visitor.visit(Expand.self, wrap: Op.expand)
    case .tile: try visitor.visit(Tile.self, wrap: Op.tile)
    case .pad: try visitor.visit(Pad.self, wrap: Op.pad)
    case .shape: try visitor.visit(ShapeOf.self, wrap: Op.shape)
    case .size: try visitor.visit(SizeOf.self, wrap: Op.size)
    case .constantOfShape: try visitor.visit(ConstantOfShape.self, wrap: Op.constantOfShape)
    case .range: try visitor.visit(ArithmeticRange.self, wrap: Op.range)
    case .where: try visitor.visit(Where.self, wrap: Op.where)
    case .depthToSpace: try visitor.visit(DepthToSpace.self, wrap: Op.depthToSpace)
    case .spaceToDepth: try visitor.visit(SpaceToDepth.self, wrap: Op.spaceToDepth)
    case .channelShuffle: try visitor.visit(ChannelShuffle.self, wrap: Op.channelShuffle)
    case .dropout: try visitor.visit(Dropout.self, wrap: Op.dropout)
    case .resize: try visitor.visit(Resize.self, wrap: Op.resize)
    case .add: try visitor.visit(Add.self, wrap: Op.add)
    case .relu: try visitor.visit(Relu.self, wrap: Op.relu)
    case .leakyRelu: try visitor.visit(LeakyRelu.self, wrap: Op.leakyRelu)
    case .conv: try visitor.visit(Conv.self, wrap: Op.conv)
    }
  }
}
