import O2MTensor

/// The closed set of operators: a new one is a case here, a line in `accept`, and the same in `OpCode`.
public enum Op: Sendable {
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
    case .add(let op): try visitor.visit(op)
    case .relu(let op): try visitor.visit(op)
    case .leakyRelu(let op): try visitor.visit(op)
    case .conv(let op): try visitor.visit(op)
    }
  }

  public var code: OpCode {
    switch self {
    case .add: .add
    case .relu: .relu
    case .leakyRelu: .leakyRelu
    case .conv: .conv
    }
  }
}
