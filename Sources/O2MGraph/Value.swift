import O2MOps
import O2MTensor

/// Names a value of one graph; ids are given in order and stay valid through rewrites.
public struct ValueID: Hashable, Comparable, Sendable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
}

/// Names a node of one graph.
public struct NodeID: Hashable, Comparable, Sendable {
  public let index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// A tensor of the graph: an input, a constant, or the output of a node.
public struct Value: Sendable {
  public let id: ValueID
  public var name: String
  public var type: TensorType
  /// The names of the tensors of the imported model that this value must equal.
  public var origins: [String] {
    get { merged.names }
    set { merged = Origins(newValue) }
  }
  /// The weight, where the value is one.
  public var constant: Tensor?
  /// The value where it follows from shapes and constants alone, though a node still computes it.
  public var known: Tensor?
  public var producer: NodeID?
  /// Whether it is one of the graph's inputs.
  public internal(set) var isInput = false
  /// Whether its type is what the file says, because it depends on what operands hold: a run must give it.
  public internal(set) var isNoted = false
  /// Where it stands among the graph's outputs.
  var outputPlaces: [Int] = []
  var merged: Origins

  init(id: ValueID, name: String, type: TensorType, origins: [String], constant: Tensor?, producer: NodeID?) {
    self.id = id
    self.name = name
    self.type = type
    self.constant = constant
    self.producer = producer
    merged = Origins(origins)
  }

  /// What inference knows of the value.
  public var fact: InputFact { InputFact(type, value: constant ?? known) }
}

/// Names, each once, in the order in which they were added.
struct Origins: Sendable {
  private(set) var names: [String]
  /// The same names where they are many, so that one more is not compared with all of them.
  private var known: Set<String>?

  init(_ names: [String]) { self.names = names }

  mutating func add(_ others: [String]) {
    if known == nil, names.count + others.count > Self.fewNames { known = Set(names) }
    for name in others where known?.insert(name).inserted ?? !names.contains(name) { names.append(name) }
  }

  private static let fewNames = 16
}

/// One operator applied to values.
public struct Node: Sendable {
  public let id: NodeID
  public var name: String
  public var op: Op
  /// nil where an optional input is absent.
  public var inputs: [ValueID?]
  public var outputs: [ValueID]

  public var output: ValueID { outputs[0] }

  /// The node with its operator as `type`; nil where it is another.
  public func `as`<O: Operator>(_ type: O.Type) -> NodeOf<O>? {
    var visitor = CastOp<O>()
    guard let op = self.op.accept(&visitor) else { return nil }
    return NodeOf(node: self, op: op)
  }
}

/// A node whose operator is known to be an `O`.
public struct NodeOf<O: Operator>: Sendable {
  public let node: Node
  public let op: O

  public var id: NodeID { node.id }
  public var name: String { node.name }
  public var output: ValueID { node.output }
  public var outputs: [ValueID] { node.outputs }

  /// The input at `index`; nil where it is absent.
  public func input(_ index: Int) -> ValueID? { index < node.inputs.count ? node.inputs[index] : nil }
}

private struct CastOp<O: Operator>: OpVisitor {
  func visit<P: BackedOperator>(_ op: P) throws(Never) -> O? { op as? O }
}
