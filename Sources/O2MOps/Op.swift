import O2MTensor

/// The closed set of operators: a new one is a case here, a line in `accept`, and the same in `OpCode`.
public enum Op: Sendable {
  case identity(Identity)
  case cast(Cast)
  case reshape(Reshape)
  case flatten(Flatten)
  case squeeze(Squeeze)
  case unsqueeze(Unsqueeze)
  case transpose(Transpose)
  case concat(Concat)
  case split(Split)
  case slice(Slice)
  case gather(Gather)
  case expand(Expand)
  case tile(Tile)
  case pad(Pad)
  case shape(ShapeOf)
  case size(SizeOf)
  case constantOfShape(ConstantOfShape)
  case range(ArithmeticRange)
  case `where`(Where)
  case depthToSpace(DepthToSpace)
  case spaceToDepth(SpaceToDepth)
  case channelShuffle(ChannelShuffle)
  case dropout(Dropout)
  case resize(Resize)
  case add(Add)
  case relu(Relu)
  case leakyRelu(LeakyRelu)
  case conv(Conv)
}

/// Work that is generic over an operator's value.
public protocol OpVisitor {
  associatedtype Output
  associatedtype Failure: Error
  mutating func visit<O: Operator>(_ op: O) throws(Failure) -> Output
}

extension Op {
  public func accept<V: OpVisitor>(_ visitor: inout V) throws(V.Failure) -> V.Output {
    switch self {
    case .identity(let op): try visitor.visit(op)
    case .cast(let op): try visitor.visit(op)
    case .reshape(let op): try visitor.visit(op)
    case .flatten(let op): try visitor.visit(op)
    case .squeeze(let op): try visitor.visit(op)
    case .unsqueeze(let op): try visitor.visit(op)
    case .transpose(let op): try visitor.visit(op)
    case .concat(let op): try visitor.visit(op)
    case .split(let op): try visitor.visit(op)
    case .slice(let op): try visitor.visit(op)
    case .gather(let op): try visitor.visit(op)
    case .expand(let op): try visitor.visit(op)
    case .tile(let op): try visitor.visit(op)
    case .pad(let op): try visitor.visit(op)
    case .shape(let op): try visitor.visit(op)
    case .size(let op): try visitor.visit(op)
    case .constantOfShape(let op): try visitor.visit(op)
    case .range(let op): try visitor.visit(op)
    case .where(let op): try visitor.visit(op)
    case .depthToSpace(let op): try visitor.visit(op)
    case .spaceToDepth(let op): try visitor.visit(op)
    case .channelShuffle(let op): try visitor.visit(op)
    case .dropout(let op): try visitor.visit(op)
    case .resize(let op): try visitor.visit(op)
    case .add(let op): try visitor.visit(op)
    case .relu(let op): try visitor.visit(op)
    case .leakyRelu(let op): try visitor.visit(op)
    case .conv(let op): try visitor.visit(op)
    }
  }

  public var code: OpCode {
    switch self {
    case .identity: .identity
    case .cast: .cast
    case .reshape: .reshape
    case .flatten: .flatten
    case .squeeze: .squeeze
    case .unsqueeze: .unsqueeze
    case .transpose: .transpose
    case .concat: .concat
    case .split: .split
    case .slice: .slice
    case .gather: .gather
    case .expand: .expand
    case .tile: .tile
    case .pad: .pad
    case .shape: .shape
    case .size: .size
    case .constantOfShape: .constantOfShape
    case .range: .range
    case .where: .where
    case .depthToSpace: .depthToSpace
    case .spaceToDepth: .spaceToDepth
    case .channelShuffle: .channelShuffle
    case .dropout: .dropout
    case .resize: .resize
    case .add: .add
    case .relu: .relu
    case .leakyRelu: .leakyRelu
    case .conv: .conv
    }
  }
}
