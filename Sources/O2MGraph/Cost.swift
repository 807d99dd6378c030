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
    for output in node.outputs { cost.outputBytes += (shape(output)?.count ?? 0) * self[output].type.element.size }
    cost.macs = macs(of: node)
    return cost
  }

  /// The cost of all nodes; each constant counts once.
  public var totalCost: Cost {
    var total = Cost()
    for node in nodes {
      let cost = cost(of: node)
      total.macs += cost.macs
      total.outputBytes += cost.outputBytes
    }
    total.parameters = constants.reduce(0) { $0 + ($1.type.element.isFloat ? $1.constant?.count ?? 0 : 0) }
    return total
  }

  private func macs(of node: Node) -> Int {
    guard let output = shape(node.output) else { return 0 }
    return node.op.macs(node.inputs.map { $0.flatMap { shape($0) } }, output: output)
  }
}

extension Op {
  /// Multiply-accumulates of the direct form for operands of these extents; 0 where nothing is multiplied by weights or matrices.
  package func macs(_ inputs: [Shape?], output: Shape) -> Int {
    guard inputs.count >= 2, let a = inputs[0], let b = inputs[1] else { return 0 }
    switch self {
    case .conv: return output.count * b.dims.dropFirst().reduce(1, *)
    case .expandDepthwise:
      guard inputs.count > 3, let taps = inputs[3] else { return 0 }
      return a.count * b[0] + output.count * taps.dims.dropFirst().reduce(1, *)
    case .convTranspose: return a.count * b.dims.dropFirst().reduce(1, *)
    case .gemm(let op): return output.count * a[op.transA ? 0 : 1]
    case .matMul: return output.count * (a.dims.last ?? 1)
    case .fusedAttention(let op):
      let queries = output.count / op.columns, keys = b[1]
      return queries * keys * (op.depth + op.columns)
    case .lstm, .gru, .rnn:
      // Every row of W and R once for each step of each row of the batch.
      guard inputs.count > 2, let r = inputs[2] else { return 0 }
      return a[0] * a[1] * (b.count + r.count)
    default: return 0
    }
  }
}
