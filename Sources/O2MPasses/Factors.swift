import O2MGraph
import O2MOps
import O2MTensor

/// A value as a product of other values and one number: `y = scale · Π factors`.
///
/// Exporters spell the same product in any order and association; this is what is left of the differences.
struct Factors {
  var scale = 1.0
  var values: [ValueID] = []
  /// How many nodes were taken apart, those of powers each time.
  private var steps = 0

  /// A pattern has fewer steps; powers of powers would have any number.
  private static let mostSteps = 32

  /// The factors of what `node` computes; nil where it is neither a product nor a quotient by a constant number.
  ///
  /// Products inside are taken apart where nobody else reads them, powers of 2 and 3 are written out.
  init?(_ node: Node, in graph: Graph) {
    guard add(node, in: graph) else { return nil }
  }

  /// The factors of `value`, which is its own only one where it is no product.
  init(of value: ValueID, in graph: Graph) {
    add(value, in: graph, isOuter: true)
  }

  private mutating func add(_ node: Node, in graph: Graph) -> Bool {
    steps += 1
    guard steps <= Self.mostSteps, node.inputs.count == 2, let left = node.inputs[0], let right = node.inputs[1] else { return false }
    guard case .arithmetic(let arithmetic) = node.op.role([]) else { return false }
    switch arithmetic {
    case .multiply:
      add(left, in: graph)
      add(right, in: graph)
    case .divide:
      guard let divisor = graph.number(right), divisor != 0 else { return false }
      add(left, in: graph)
      scale /= divisor
    case .power:
      guard let exponent = graph.number(right), exponent == 2 || exponent == 3 else { return false }
      for _ in 0..<Int(exponent) { add(left, in: graph) }
    case .add, .subtract: return false
    }
    return true
  }

  private mutating func add(_ value: ValueID, in graph: Graph, isOuter: Bool = false) {
    if let number = graph.number(value) {
      scale *= number
      return
    }
    let before = self
    if isOuter || graph.readers(of: value) == 1, let node = graph.producer(of: value), add(node, in: graph) { return }
    (scale, values) = (before.scale, before.values)
    values.append(value)
  }
}

extension Graph {
  /// The number that a constant of one element holds.
  func number(_ id: ValueID?) -> Double? {
    guard let constant = constant(id), constant.count == 1, constant.element.isFloat else { return nil }
    return constant.doubles()[0]
  }

  /// What `id` adds a number to, and the number.
  func sumWithNumber(_ id: ValueID) -> (value: ValueID, number: Double)? {
    guard let sum = producer(of: id, as: Add.self), let left = sum.input(0), let right = sum.input(1) else { return nil }
    if let number = number(right) { return (left, number) }
    return number(left).map { (right, $0) }
  }
}

/// Whether a constant that went through float32, and perhaps a product of two, is `expected`.
func isClose(_ number: Double, _ expected: Double) -> Bool { (number - expected).magnitude <= 1e-6 * expected.magnitude }
