import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension FlatModel {
  /// Lists what the outputs of `graph` need: inputs, constants in the order of their first reader, nodes in the order of the graph.
  ///
  /// A value that follows from shapes and constants alone becomes a constant, and the nodes that computed it are left out.
  ///
  /// - Errors: `.dynamic`, `.rank`, `.tooLarge`, `.element` with the value's name where a type is not one that a bundle can hold.
  public init(_ graph: Graph) throws(PlanError) {
    let needed = Self.needed(graph)
    var builder = FlatBuilder(graph: graph)
    for id in graph.inputs { try builder.add(id) }
    let inputCount = builder.values.count
    for node in needed { for case let input? in node.inputs { try builder.addConstant(input) } }
    for id in graph.outputs { try builder.addConstant(id) }
    let constantCount = builder.values.count - inputCount
    var nodes: [FlatGraph.Node] = []
    for node in needed {
      let inputs = node.inputs.map { $0.map { builder.index[$0.index] } }
      let first = builder.values.count
      for id in node.outputs { try builder.add(id) }
      nodes.append(FlatGraph.Node(node.op, inputs: inputs, outputs: first..<builder.values.count))
    }
    let flat = FlatGraph(
      values: builder.values, inputCount: inputCount, constantCount: constantCount, nodes: nodes,
      outputs: graph.outputs.map { builder.index[$0.index] })
    self.init(
      graph: flat, constants: builder.constants, origins: builder.ids.map { graph[$0].origins },
      inputNames: graph.inputs.map { graph[$0].name }, outputNames: graph.outputs.map { graph[$0].name })
    ids = builder.ids
    nodeNames = needed.map(\.name)
    computed = Set(flat.constants.filter { graph[builder.ids[$0]].constant == nil })
  }

  /// The index of a value of the graph that this was made from; nil for one that nothing needs.
  public func index(of id: ValueID) -> Int? { ids.firstIndex(of: id) }

  /// Wishes by value id as wishes by index.
  public func precisions(_ wanted: [ValueID: WeightPrecision]) -> [Int: WeightPrecision] {
    var result: [Int: WeightPrecision] = [:]
    for index in graph.constants where index < ids.count { result[index] = wanted[ids[index]] }
    return result
  }

  /// The nodes that the outputs need, in the order of the graph.
  private static func needed(_ graph: Graph) -> [Node] {
    var wanted = [Bool](repeating: false, count: graph.valueCount)
    for id in graph.outputs { wanted[id.index] = true }
    var nodes: [Node] = []
    for node in graph.nodes.reversed() where node.outputs.contains(where: { wanted[$0.index] && graph[$0].fact.value == nil }) {
      nodes.append(node)
      for case let input? in node.inputs { wanted[input.index] = true }
    }
    return nodes.reversed()
  }
}

private struct FlatBuilder {
  let graph: Graph
  var values: [TypedShape] = []
  var constants: [Tensor] = []
  var ids: [ValueID] = []
  /// The index of each value of the graph, -1 for those that have none.
  var index: [Int]

  init(graph: Graph) {
    self.graph = graph
    index = [Int](repeating: -1, count: graph.valueCount)
  }

  mutating func add(_ id: ValueID, limit: Int = Limits().arenaBytes) throws(PlanError) {
    let type = graph[id].type
    guard let shape = type.shape, let count = shape.checkedCount, count <= Int.max / 16 else { throw .dynamic(value: graph[id].name) }
    guard shape.rank <= BundleFormat.maximumRank else { throw .rank(value: graph[id].name, limit: BundleFormat.maximumRank) }
    let most = BundleFormat.maximumText
    if let name = ([graph[id].name] + graph[id].origins).first(where: { $0.utf8.count > most }) {
      throw .name(name, bytes: name.utf8.count, limit: most)
    }
    guard type.element.isHeld else { throw .element(value: graph[id].name, type.element) }
    let value = TypedShape(type.element, shape)
    // Extents of 0 count as 1, as when a bundle is read: strides are products of the others.
    let bytes = shape.dims.reduce(type.element.size) { $0.clampedTimes(max(1, $1)) }
    guard bytes <= limit else { throw .tooLarge(value: graph[id].name, bytes: bytes, limit: limit) }
    index[id.index] = values.count
    values.append(value)
    ids.append(id)
  }

  mutating func addConstant(_ id: ValueID) throws(PlanError) {
    guard index[id.index] < 0, let tensor = graph[id].fact.value else { return }
    try add(id, limit: Limits().constantBytes)
    constants.append(tensor)
  }
}
