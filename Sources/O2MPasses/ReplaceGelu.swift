import O2MGraph
import O2MOps
import O2MTensor

/// Names the Gaussian error linear unit, whichever way the exporter has spelt it.
///
///     before   y = x · 1/2 · (1 + Erf(x / √2))     or     y = x · 1/2 · (1 + Tanh(√(2/π) · (x + 0.044715 · x³)))
///     after    x ── Gelu ── y
///
/// The factors come in any order; x³ is a power or a product.
///
/// - Spec: ONNX Gelu-20.
/// - Parity: six roundings less, of which 1 + erf cancels for negative x: 1e-7 absolute for |x| up to 1. The constants are the float32
///   next to those of Gelu.
struct ReplaceGelu: Rewrite {
  static let name: StaticString = "replace-gelu"

  func rewrite(_ node: NodeOf<Mul>, in graph: Graph) -> Verdict {
    guard let product = Factors(node.node, in: graph), product.values.count == 2, product.scale != 1 else { return .notApplicable }
    for (x, gate) in [(product.values[0], product.values[1]), (product.values[1], product.values[0])] {
      guard let (inner, one) = graph.sumWithNumber(gate), one == 1, let function = graph.producer(of: inner) else { continue }
      let byTanh: Bool
      switch function.op {
      case .erf:
        guard let (u, scale) = argument(function, in: graph), u == x else { continue }
        guard isClose(scale, 0.5.squareRoot()) else { return .skip("a constant is not Gelu's") }
        byTanh = false
      case .tanh:
        guard let (u, scale) = argument(function, in: graph), let cubic = cubicSummand(u, besides: x, in: graph) else { continue }
        guard isClose(scale, (2 / Double.pi).squareRoot()), isClose(cubic, 0.044715) else { return .skip("a constant is not Gelu's") }
        byTanh = true
      default: continue
      }
      guard isClose(product.scale, 0.5) else { return .skip("a constant is not Gelu's") }
      guard graph.readers(of: gate) == 1 else { return .skip("the gate is read elsewhere") }
      guard graph[x].type == graph[node.output].type else { return .skip("a constant widens the shape") }
      var patch = Patch(Self.name, in: graph)
      patch.replace(node.output, with: patch.node(.gelu(Gelu(byTanh: byTanh)), [x], named: node.name))
      return .apply(patch)
    }
    return .notApplicable
  }

  /// What the function is taken of: a value times a number.
  private func argument(_ function: Node, in graph: Graph) -> (ValueID, Double)? {
    guard let input = function.inputs[0] else { return nil }
    let factors = Factors(of: input, in: graph)
    return factors.values.count == 1 ? (factors.values[0], factors.scale) : nil
  }

  /// The c of `x + c · x³`.
  private func cubicSummand(_ id: ValueID, besides x: ValueID, in graph: Graph) -> Double? {
    guard let sum = graph.producer(of: id, as: Add.self), let left = sum.input(0), let right = sum.input(1) else { return nil }
    guard let cube = left == x ? right : right == x ? left : nil, let node = graph.producer(of: cube) else { return nil }
    guard let factors = Factors(node, in: graph), factors.values == [x, x, x] else { return nil }
    return factors.scale
  }
}
