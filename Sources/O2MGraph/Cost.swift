import O2MOps
import O2MTensor

/// What a node costs.
///
/// - Units: `parameters` are elements of constants; `macs` are multiply-accumulates for one run; `outputBytes` are bytes written.
public struct Cost: Equatable, Sendable {
  public var parameters = 0
  public var macs = 0
  public var outputBytes = 0
}

extension Graph {
  /// The cost of `node`. A constant that several nodes read counts at each of them; totals count it once.
  public func cost(of node: Node) -> Cost {
    var cost = Cost()
    for case let input? in node.inputs { cost.parameters += constant(input).map { $0.element.isFloat ? $0.count : 0 } ?? 0 }
    cost.parameters += node.op.bodies.reduce(0) { $0 + $1.parameters }
    for output in node.outputs { cost.outputBytes += (shape(output)?.count ?? 0) * self[output].type.element.size }
    cost.macs = macs(of: node)
    return cost
  }

  /// The cost of all nodes; each constant counts once.
  public var totalCost: Cost {
    var total = Cost()
    for node in nodes {
      let cost = cost(of: node)
      total.macs = total.macs.clampedPlus(cost.macs)
      total.outputBytes += cost.outputBytes
      total.parameters += node.op.bodies.reduce(0) { $0 + $1.parameters }
    }
    total.parameters += constants.reduce(0) { $0 + ($1.type.element.isFloat ? $1.constant?.count ?? 0 : 0) }
    return total
  }

  private func macs(of node: Node) -> Int {
    guard let output = shape(node.output) else { return 0 }
    return node.op.macs(node.inputs.map { $0.flatMap { shape($0) } }, output: output)
  }
}

extension Body {
  /// Elements of its constants and of those in bodies inside of it.
  fileprivate var parameters: Int {
    let inner = graph.nodes.reduce(0) { sum, node in node.op.bodies.reduce(sum) { $0 + $1.parameters } }
    return constants.reduce(inner) { $0 + ($1.element.isFloat ? $1.count : 0) }
  }
}
