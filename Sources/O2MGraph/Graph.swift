import O2MOps
import O2MTensor

/// A typed, acyclic graph of operators in topological order.
///
/// A value type: a copy is a snapshot. Tensors are shared between copies, so snapshots are cheap.
public struct Graph: Sendable {
  public var name: String
  /// The names of symbolic extents, by the index that `Dim.symbol` holds.
  public var symbols: [String] = []
  public internal(set) var inputs: [ValueID] = []
  public internal(set) var outputs: [ValueID] = []
  /// Whether every node is evaluated as it is added, wherever its inputs are known, however large they are.
  public var evaluatesAll = false
  /// What the model may ask for.
  public var limits = ResourceLimits()
  /// How long results are taken to be whose lengths depend on data; nil where such are refused.
  public var counts: CountTrial?
  /// Whether a type follows from `counts`.
  public internal(set) var hasCounts = false
  /// Bytes of the constants that were computed so far.
  var foldedBytes = 0
  var values: [Value] = []
  var nodesByID: [Node?] = []
  var order = NodeOrder()
  var readerLists = ReaderLists()

  public init(name: String = "") { self.name = name }

  /// The nodes, each after those that it reads.
  public var nodes: [Node] { order.map { self[$0] } }
  public var nodeCount: Int { order.count }
  /// How many ids have been given; the next value's id.
  public var valueCount: Int { values.count }

  public subscript(id: ValueID) -> Value {
    get { values[id.index] }
    set { values[id.index] = newValue }
  }

  public subscript(id: NodeID) -> Node {
    guard let node = nodesByID[id.index] else { preconditionFailure("node \(id.index) was removed") }
    return node
  }

  /// The node, unless a rewrite removed it.
  public func node(_ id: NodeID) -> Node? { nodesByID[id.index] }

  /// The constants that a node or an output reads, in the order of their ids.
  public var constants: [Value] { values.filter { $0.constant != nil && readers(of: $0.id) > 0 } }

  public func producer(of id: ValueID) -> Node? { values[id.index].producer.map { self[$0] } }

  /// The node that computes `id`, where its operator is an `O`.
  public func producer<O: Operator>(of id: ValueID?, as type: O.Type) -> NodeOf<O>? {
    guard let id else { return nil }
    return producer(of: id)?.as(type)
  }

  /// How many readers `id` has; a node that reads it twice counts twice, and a graph output is a reader.
  public func readers(of id: ValueID) -> Int { readerLists.count(id) + values[id.index].outputPlaces.count }

  /// The nodes that read `id`, in the order in which they were connected.
  public func readingNodes(of id: ValueID) -> [Node] { readerLists.inputs(id).map { self[$0.node] } }

  /// The first inputs of nodes that read `id`, in the same order.
  public func readingInputs(of id: ValueID, atMost count: Int) -> [(node: Node, input: Int)] {
    readerLists.inputs(id, atMost: count).map { (self[$0.node], $0.input) }
  }

  /// The only node that reads `id`; nil where there are several or where it is a graph output.
  public func onlyReader(of id: ValueID) -> Node? {
    readers(of: id) == 1 ? readerLists.inputs(id, atMost: 1).first.map { self[$0.node] } : nil
  }

  /// Whether `a` runs before `b`.
  public func isBefore(_ a: NodeID, _ b: NodeID) -> Bool {
    guard let a = order.label(a), let b = order.label(b) else { return false }
    return a < b
  }

  public func isOutput(_ id: ValueID) -> Bool { !values[id.index].outputPlaces.isEmpty }
  public func isInput(_ id: ValueID) -> Bool { values[id.index].isInput }

  /// The constant that `id` is; nil for what is computed.
  public func constant(_ id: ValueID?) -> Tensor? { id.flatMap { values[$0.index].constant } }

  public func shape(_ id: ValueID) -> Shape? { values[id.index].type.shape }

  public func facts(_ ids: [ValueID?]) -> [InputFact?] { ids.map { $0.map { values[$0.index].fact } } }
}

/// What is wrong with a graph that is being built.
public enum GraphError: Error, Equatable, Sendable {
  /// The operands of `node` do not fit together.
  case operands(node: String, OpFault)
  case duplicateName(String)
  case unknownValue(ValueID)
}

extension Graph {
  mutating func addValue(
    _ name: String, _ type: TensorType, origins: [String] = [], constant: Tensor? = nil, producer: NodeID? = nil
  ) -> ValueID {
    let id = ValueID(values.count)
    values.append(Value(id: id, name: name, type: type, origins: origins, constant: constant, producer: producer))
    readerLists.addValue()
    return id
  }

  /// A new graph input; its name is also its origin.
  public mutating func addInput(_ name: String, _ type: TensorType) -> ValueID {
    let id = addValue(name, type, origins: [name])
    values[id.index].isInput = true
    inputs.append(id)
    return id
  }

  public mutating func addConstant(_ name: String, _ tensor: Tensor) -> ValueID {
    addValue(name, tensor.type, origins: [name], constant: tensor)
  }

  public mutating func addOutput(_ id: ValueID) {
    values[id.index].outputPlaces.append(outputs.count)
    outputs.append(id)
  }

  /// The same graph with other outputs.
  public func giving(_ ids: [ValueID]) -> Graph {
    var graph = self
    for id in outputs { graph.values[id.index].outputPlaces = [] }
    graph.outputs = []
    for id in ids { graph.addOutput(id) }
    return graph
  }

  /// Appends a node; infers the types of its outputs, and their values where those follow from what is known.
  ///
  /// - Parameter noted: the types that the file says its outputs have, which serve where they depend on what operands hold and have no
  ///   bound.
  /// - Errors: `.operands` where the operator refuses its operands.
  @discardableResult
  public mutating func addNode(
    _ op: Op, _ inputs: [ValueID?], name: String, outputs names: [String], noted: [TensorType]? = nil
  ) throws(GraphError) -> [ValueID] {
    do throws(OpFault) { try limits.check(.nodes, order.count + 1) } catch { throw .operands(node: name, error) }
    let outputs = try insert(op, inputs, name: name, outputs: names, before: nil, noted: noted)
    for id in outputs { values[id.index].origins = [values[id.index].name] }
    return outputs
  }

  mutating func insert(
    _ op: Op, _ inputs: [ValueID?], name: String, outputs names: [String], before successor: NodeID?, noted: [TensorType]? = nil
  ) throws(GraphError) -> [ValueID] {
    let facts = facts(inputs)
    let types: [TensorType]
    let known: [Tensor]?
    var source = TypeSource.operands
    do throws(OpFault) {
      types = try inferred(op, facts, noted: noted, &source)
      if source != .operands { hasCounts = true }
      for case let shape? in types.map(\.shape) {
        guard let volume = shape.volume else { throw .overflow }
        try limits.check(.tensorElements, volume)
      }
      known = try knownResults(op, facts, types)
      if !evaluatesAll { for tensor in known ?? [] { try fold(tensor.storage.bytes.count) } }
    } catch { throw .operands(node: name, error) }
    let id = NodeID(nodesByID.count)
    var outputs: [ValueID] = []
    for (index, type) in types.enumerated() where index < names.count {
      let output = addValue(names[index], type, producer: id)
      values[output.index].known = known?[index]
      values[output.index].isNoted = source == .note
      outputs.append(output)
    }
    nodesByID.append(Node(id: id, name: name, op: op, inputs: inputs, outputs: outputs))
    order.insert(id, before: successor)
    readerLists.addNode(id, inputs)
    return outputs
  }

  /// Counts bytes of a constant that is computed.
  mutating func fold(_ bytes: Int) throws(OpFault) {
    foldedBytes += bytes
    try limits.check(.foldedBytes, foldedBytes)
  }

  /// Results above this many elements are left to run time; what shapes are made of is far below it.
  static let knownLimit = 4096

  /// The outputs where they follow from types or from small known inputs.
  private func knownResults(_ op: Op, _ facts: [InputFact?], _ types: [TensorType]) throws(OpFault) -> [Tensor]? {
    if case .eyeLike = op {
      // It is computed from a shape alone, which may be of any size.
      try limits.check(.memoryBytes, memoryBytes([], types))
      try limits.check(.foldedBytes, foldedBytes.clampedPlus((types[0].shape?.count ?? 0) * types[0].element.size))
    }
    if let results = try op.known(facts) { return results }
    guard !facts.isEmpty else { return nil }
    var small = types.allSatisfy { ($0.shape?.count ?? .max) <= Self.knownLimit && !$0.element.isFloat }
    // Float chains that end in sizes (Resize scales, Cast, Floor) are small too; weights are not.
    small = small || types.allSatisfy { ($0.shape?.count ?? .max) <= 16 }
    guard small || evaluatesAll, facts.allSatisfy({ $0 == nil || $0?.value != nil }) else { return nil }
    try limits.check(.operations, operations(op, facts.map { $0?.type.shape }, types.map(\.shape)))
    if evaluatesAll { try limits.check(.memoryBytes, memoryBytes(facts.map { $0?.type }, types)) }
    return try op.reference(facts.map { $0?.value })
  }
}

extension Graph {
  /// Gives a constant other elements of the same type.
  public mutating func setConstant(_ id: ValueID, _ tensor: Tensor) {
    precondition(values[id.index].constant != nil && tensor.type == values[id.index].type)
    values[id.index].constant = tensor
  }
}
