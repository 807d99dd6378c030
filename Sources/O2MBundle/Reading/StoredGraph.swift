import CO2MPlatform
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension Graph {
  /// What a bundle computes, for the references: its nodes, and its constants in ONNX's order with the values that kernels see.
  ///
  /// nil where a constant lies in the file in no form that a node of it reads.
  public init?(_ model: Model) {
    self.init()
    if !model.counted.isEmpty { counts = .most }
    let flat = model.graph
    var ids: [ValueID] = []
    for index in 0..<flat.inputCount { ids.append(addInput(model.manifest.inputs[index].name, TensorType(flat.values[index]))) }
    var readers: [Int: (node: FlatGraph.Node, input: Int)] = [:]
    for node in flat.nodes {
      for case (let input, let value?) in node.inputs.enumerated() where flat.isConstant(value) && readers[value] == nil {
        readers[value] = (node, input)
      }
    }
    let stored = Dictionary(
      model.plan.slots.filter(\.isStored).map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
    for value in flat.constants {
      guard let slot = stored[value], let constant = StoredConstant(slot, of: model, readBy: readers[value]) else { return nil }
      ids.append(addConstant("constant \(value)", constant.values))
    }
    for (index, node) in flat.nodes.enumerated() {
      do throws(GraphError) {
        ids += try addNode(
          node.op, node.inputs.map { $0.map { ids[$0] } }, name: "node \(index)", outputs: node.outputs.map { "value \($0)" })
      } catch { return nil }
    }
    for output in flat.outputs { addOutput(ids[output]) }
  }
}

extension Plan.Slot {
  fileprivate var isStored: Bool {
    switch place {
    case .weights, .derived: true
    case .arena, .alias: false
    }
  }
}
