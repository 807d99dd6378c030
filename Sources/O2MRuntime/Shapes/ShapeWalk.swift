import O2MOps
import O2MTensor

/// Infers the types of a graph's values from those of its inputs, node by node, and computes the nodes that are marked.
///
/// Every type that is set has all extents, at most as many as a bundle may have, and no more bytes than the limit: then no product of
/// extents overflows, as `RecordReader.typedShape` ensures for types that a file states.
struct ShapeWalk {
  private(set) var types: [TypedShape]
  private(set) var values: [Tensor?]
  /// The types of values of which only a run knows how long they are, at their longest: nil for others, which then are as they were. Empty
  /// where there are none.
  var longest: [TypedShape?] = []
  private let graph: FlatGraph
  private let limit: Int

  /// - Parameters:
  ///   - values: what is known of inputs and constants; it begins with the inputs.
  ///   - types: the types of all values, of which those of inputs and constants hold.
  init(_ graph: FlatGraph, types: [TypedShape], values: [Tensor?], limit: Int) {
    self.graph = graph
    self.types = types
    self.values = values + [Tensor?](repeating: nil, count: graph.values.count - values.count)
    self.limit = limit
  }

  /// Looks at a node. `isComputed`: whether its results are wanted, and not only their types.
  mutating func visit(_ node: FlatGraph.Node, isComputed: Bool) throws(WalkFault) {
    var facts: [InputFact?] = []
    facts.reserveCapacity(node.inputs.count)
    for input in node.inputs {
      if let input { facts.append(InputFact(TensorType(types[input]), value: values[input])) } else { facts.append(nil) }
    }
    let inferred: [TensorType]
    do throws(OpFault) { inferred = try node.op.infer(facts) } catch {
      guard case .dataDependent = error, !longest.isEmpty else { throw .operands(error) }
      inferred = node.outputs.map { TensorType(longest[$0] ?? types[$0]) }
    }
    guard node.outputs.count <= inferred.count else {
      throw .operands(.outputCount(expected: 0...inferred.count, found: node.outputs.count))
    }
    for (index, output) in node.outputs.enumerated() { try set(output, inferred[index]) }
    guard isComputed else { return }
    let results: [Tensor]
    do throws(OpFault) {
      if let known = try node.op.known(facts) {
        results = known
      } else {
        var operands: [Tensor?] = []
        for (index, input) in node.inputs.enumerated() {
          let value = input.flatMap { values[$0] }
          if input != nil, value == nil { throw .dataDependent(input: index) }
          operands.append(value)
        }
        results = try node.op.reference(operands)
      }
    } catch { throw .operands(error) }
    for (index, output) in node.outputs.enumerated() {
      guard index < results.count, results[index].element == types[output].element, results[index].shape == types[output].shape else {
        throw .operands(.dataDependent(input: 0))
      }
      values[output] = results[index]
    }
  }

  private mutating func set(_ value: Int, _ type: TensorType) throws(WalkFault) {
    guard type.element.isHeld, let shape = type.shape, shape.rank <= BundleFormat.maximumRank else {
      throw .operands(.dataDependent(input: 0))
    }
    guard let volume = shape.volume else { throw .operands(.overflow) }
    guard volume <= limit / type.element.size else {
      let (bytes, overflow) = volume.multipliedReportingOverflow(by: type.element.size)
      throw .bytes(overflow ? .max : bytes)
    }
    types[value] = TypedShape(type.element, shape)
  }
}

/// Why shapes cannot be followed through a node.
enum WalkFault: Error {
  case operands(OpFault)
  case bytes(Int)
}
