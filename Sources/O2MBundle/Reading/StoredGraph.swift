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
    guard let constants = model.constants(flat, model.plan, model.operand) else { return nil }
    for (index, tensor) in constants.enumerated() { ids.append(addConstant("constant \(flat.inputCount + index)", tensor)) }
    let plans = model.bodyPlans
    var next = 0
    for (index, node) in flat.nodes.enumerated() {
      guard let op = model.withConstants(node.op, plans, &next) else { return nil }
      do throws(GraphError) {
        ids += try addNode(
          op, node.inputs.map { $0.map { ids[$0] } }, name: "node \(index)", outputs: node.outputs.map { "value \($0)" })
      } catch { return nil }
    }
    for output in flat.outputs { addOutput(ids[output]) }
  }
}

extension Model {
  /// The constants of the graph or of a body, in order; nil where one lies in no form that a node reads.
  fileprivate func constants(_ graph: FlatGraph, _ plan: Plan, _ operand: (Plan.Slot) -> Operand) -> [Tensor]? {
    var readers: [Int: (node: FlatGraph.Node, input: Int)] = [:]
    for node in graph.nodes {
      for case (let input, let value?) in node.inputs.enumerated() where graph.isConstant(value) && readers[value] == nil {
        readers[value] = (node, input)
      }
    }
    let stored = Dictionary(plan.slots.filter(\.isStored).map { ($0.value, $0) }, uniquingKeysWith: { first, _ in first })
    var tensors: [Tensor] = []
    for value in graph.constants {
      guard let slot = stored[value], let constant = StoredConstant(slot, of: graph, operand(slot), readBy: readers[value]) else {
        return nil
      }
      tensors.append(constant.values)
    }
    return tensors
  }

  /// An operator whose bodies have their constants. `next` counts the plans of bodies.
  fileprivate func withConstants(_ op: Op, _ plans: [Plan], _ next: inout Int) -> Op? {
    var bodies = op.bodies
    guard !bodies.isEmpty else { return op }
    for index in bodies.indices {
      let graph = bodies[index].graph
      next += 1
      guard next <= plans.count,
        let constants = constants(graph, plans[next - 1], { $0.operand(graph, weights: weightBytes.baseAddress, rank: 0) })
      else { return nil }
      bodies[index].constants = constants
      for node in graph.nodes.indices {
        guard let op = withConstants(graph.nodes[node].op, plans, &next) else { return nil }
        bodies[index].graph.nodes[node].op = op
      }
    }
    var result = op
    result.bodies = bodies
    return result
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
