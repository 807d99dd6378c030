import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// Nodes that infer the types which a node's results have at their longest, where a run decides how long they are.
///
///     Shorten(x, n)      Identity(x)
///     TopK(x, k)         Identity(x), Cast(x)
///     other(x, a)        other(x, a′)      a′: numbers in the place of those that a run finds, the same at all extents
///
/// These are the lengths of `CountTrial.most`, without the extents that it knows.
struct LongestResults {
  enum Operand {
    /// A value of which the type counts.
    case value(ValueID)
    /// A value of which the elements count too.
    case known(ValueID)
    case number(Tensor)
  }

  struct Result {
    var op: Op
    var operands: [Operand?]
    var outputs: [ValueID]
  }

  private(set) var nodes: [Result] = []

  /// - Parameter node: of the typical graph, whose lengths depend on data.
  /// - Errors: `.bound` where the longest results at one set of extents are no rule for another.
  init(_ node: Node, _ sizes: SizedGraphs) throws(PlanError) {
    guard let first = node.inputs.first ?? nil else { throw .bound(value: sizes.typical[node.output].name) }
    switch node.op {
    case .shorten: nodes = [Result(op: .identity(Identity()), operands: [.value(first)], outputs: [node.output])]
    case .topK:
      for id in node.outputs {
        let op = id == node.output ? Op.identity(Identity()) : .cast(Cast(to: sizes.typical[id].type.element))
        nodes.append(Result(op: op, operands: [.value(first)], outputs: [id]))
      }
    default:
      let graphs = [sizes.typical] + sizes.others.indices.filter { sizes.longest[$0] == $0 + 1 }.map { sizes.others[$0] }
      var operands: [Operand?] = []
      for (index, input) in node.inputs.enumerated() {
        guard let input else {
          operands.append(nil)
          continue
        }
        let numbers = graphs.map { Self.number(node, index, $0) }
        guard let number = numbers[0] else {
          operands.append(sizes.typical[input].fact.value == nil ? .value(input) : .known(input))
          continue
        }
        guard numbers.allSatisfy({ $0.map { $0.type == number.type && $0.bytes == number.bytes } ?? false }) else {
          throw .bound(value: sizes.typical[node.output].name)
        }
        operands.append(.number(number))
      }
      nodes = [Result(op: node.op, operands: operands, outputs: node.outputs)]
    }
  }

  /// What stands in the place of an operand that only a run knows; nil for any other.
  private static func number(_ node: Node, _ index: Int, _ graph: Graph) -> Tensor? {
    guard let id = node.inputs[index], graph[id].fact.value == nil, let tensor = graph.tried(node)?[index]?.value else { return nil }
    switch node.op {
    case .slice where index == 2:
      // To the end, whatever the extent is.
      return Tensor(tensor.element, tensor.shape, rounding: tensor.ints().map { _ in Double(Int32.max) })
    case .reshape where !tensor.ints().isEmpty:
      // All elements along one axis.
      return Tensor(tensor.element, tensor.shape, rounding: tensor.ints().enumerated().map { $0.offset == 0 ? -1 : Double($0.element) })
    default: return tensor
    }
  }
}
