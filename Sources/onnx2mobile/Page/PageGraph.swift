import O2MGraph
import O2MOps
import O2MTensor

extension PageData {
  /// Adds a graph of the model as it was imported or as the passes left it.
  mutating func add(_ graph: Graph, named name: String, weights known: inout WeightIndex) {
    var stage = Stage(name: name), index = [Int](repeating: -1, count: graph.valueCount)
    func place(_ id: ValueID) -> Int {
      if index[id.index] < 0 {
        index[id.index] = stage.values.count
        stage.values.append(value(id, of: graph, &known))
      }
      return index[id.index]
    }
    stage.inputs = graph.inputs.map(place)
    for node in graph.nodes {
      let cost = graph.cost(of: node)
      let inputs = node.inputs.map { $0.map(place) ?? -1 }, outputs = node.outputs.map(place)
      stage.nodes.append(
        Node(
          node.name, node.op, inputs: inputs, outputs: outputs, macs: cost.macs, parameters: cost.parameters,
          bytes: (inputs.filter { $0 >= 0 } + outputs).reduce(0) { $0 + (stage.values[$1].bytes ?? 0) }))
    }
    stage.outputs = graph.outputs.map(place)
    stages.append(stage)
  }

  private mutating func value(_ id: ValueID, of graph: Graph, _ known: inout WeightIndex) -> Value {
    let value = graph[id]
    var entry = Value(name: value.name, type: "\(value.type.element.name)", shape: value.type.dims.map(\.value))
    if value.origins != [value.name] { entry.origins = value.origins }
    entry.bytes = value.type.shape.map { $0.count * value.type.element.size }
    if let constant = value.constant { entry.weight = known.place(of: constant, in: &weights) }
    return entry
  }
}

/// Which weights are summed up already: stages share most of their tensors.
struct WeightIndex {
  private var places: [ObjectIdentifier: Int] = [:]
  /// What was seen: its memory may not become another tensor's.
  private var kept: [TensorStorage] = []

  mutating func place(of tensor: Tensor, in weights: inout [WeightSummary]) -> Int? {
    guard tensor.element != .string else { return nil }
    let key = ObjectIdentifier(tensor.storage)
    if let place = places[key] { return place }
    places[key] = weights.count
    kept.append(tensor.storage)
    weights.append(WeightSummary(tensor))
    return weights.count - 1
  }
}
