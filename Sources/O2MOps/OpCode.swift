/// The numbers that stand for operators in bundles. They are never changed and never reused.
public enum OpCode: UInt16, CaseIterable, Sendable {
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
    case .add: try visitor.visit(Add.self, wrap: Op.add)
    case .relu: try visitor.visit(Relu.self, wrap: Op.relu)
    case .leakyRelu: try visitor.visit(LeakyRelu.self, wrap: Op.leakyRelu)
    case .conv: try visitor.visit(Conv.self, wrap: Op.conv)
    }
  }
}
