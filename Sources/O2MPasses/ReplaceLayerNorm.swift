import O2MGraph
import O2MOps
import O2MTensor

/// Names the layer normalisation that older exporters write out, and lets it add its bias.
///
///     before   m = ReduceMean(x)   d = x − m   v = ReduceMean(d²)   n = d / Sqrt(v + epsilon) · scale   y = n + bias
///     after    x ── LayerNormalization(scale) ── n                  x ── LayerNormalization(scale, bias) ── y
///
/// - Spec: ONNX LayerNormalization-17 over the last axis.
/// - Parity: 1e-6 of the largest magnitude: seven roundings less.
struct ReplaceLayerNorm: Pass {
  static let name: StaticString = "replace-layer-norm"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1] else { return .notApplicable }
    for (value, constant) in [(left, right), (right, left)] {
      guard let row = graph.constant(constant), row.element == .float32 else { continue }
      switch node.op {
      case .mul: return scaled(node, value, row, constant, in: graph)
      case .add: return shifted(node, value, row, constant, in: graph)
      default: return .notApplicable
      }
    }
    return .notApplicable
  }

  private func scaled(_ node: Node, _ quotient: ValueID, _ row: Tensor, _ scale: ValueID, in graph: Graph) -> Verdict {
    guard let division = graph.producer(of: quotient, as: Div.self), let root = graph.producer(of: division.input(1), as: Sqrt.self),
      let difference = graph.producer(of: division.input(0), as: Sub.self), let x = difference.input(0), let shape = graph.shape(x),
      let sum = root.input(0), let (variance, epsilon) = graph.sumWithNumber(sum)
    else { return .notApplicable }
    guard let mean = graph.producer(of: variance, as: ReduceMean.self), let square = mean.input(0), let power = graph.producer(of: square),
      let factors = Factors(power, in: graph), factors.scale == 1, factors.values == [difference.output, difference.output]
    else { return .notApplicable }
    guard let center = graph.producer(of: difference.input(1), as: ReduceMean.self), center.input(0) == x else { return .notApplicable }
    for reduction in [mean, center] {
      guard reduction.op.options.keepsAxes, let axes = try? reduction.op.options.axes(graph.facts(reduction.node.inputs), shape),
        axes == [shape.rank - 1]
      else { return .skip("the mean is not over the last axis alone") }
    }
    guard row.count == shape.dims.last, row.shape.dims.last == row.count else { return .skip("the scale or bias is not one row") }
    guard graph.readers(of: quotient) == 1 else { return .skip("the rows before scaling are read elsewhere") }
    return replace(node, [x], rows: [(row, scale)], LayerNormalization(epsilon: Float(epsilon)), in: graph)
  }

  private func shifted(_ node: Node, _ rows: ValueID, _ row: Tensor, _ bias: ValueID, in graph: Graph) -> Verdict {
    guard let norm = graph.producer(of: rows, as: LayerNormalization.self), norm.input(2) == nil else { return .notApplicable }
    guard let shape = graph.shape(rows), (try? shape.resolve(norm.op.axis)) == shape.rank - 1 else {
      return .skip("the mean is not over the last axis alone")
    }
    guard row.count == shape.dims.last, row.shape.dims.last == row.count else { return .skip("the scale or bias is not one row") }
    guard graph.readers(of: rows) == 1 else { return .skip("the rows before the bias are read elsewhere") }
    return replace(node, [norm.input(0), norm.input(1)], rows: [(row, bias)], norm.op, in: graph)
  }

  private func replace(
    _ node: Node, _ inputs: [ValueID?], rows: [(tensor: Tensor, id: ValueID)], _ op: LayerNormalization, in graph: Graph
  ) -> Verdict {
    guard let input = inputs[0], graph[node.output].type == graph[input].type else { return .skip("the constant widens the rows") }
    var patch = Patch(Self.name, in: graph)
    var operands = inputs
    for row in rows {
      let flat = row.tensor.shape.rank == 1
      operands.append(flat ? row.id : patch.constant(row.tensor.reshaped([row.tensor.count]), named: graph[row.id].name + ".row"))
    }
    patch.replace(node.output, with: patch.node(.layerNormalization(op), operands, named: node.name))
    return .apply(patch)
  }
}
