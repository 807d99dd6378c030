import O2MOps
import O2MTensor

/// A rule of the graph that a rewrite broke.
public enum VerifyError: Error, Equatable, Sendable {
  case readsLater(node: String, value: String)
  case readersDisagree(value: String)
  case types(node: String, value: String, stored: TensorType, inferred: TensorType)
  case operands(node: String, OpFault)
  case danglingOutput(String)
}

extension Graph {
  /// Checks order, reader lists and types. It costs one inference per node.
  public func verify() throws(VerifyError) {
    var defined = [Bool](repeating: false, count: valueCount)
    for id in inputs { defined[id.index] = true }
    for value in values where value.constant != nil { defined[value.id.index] = true }
    var readerCounts = [Int](repeating: 0, count: valueCount)
    for node in nodes {
      for case let input? in node.inputs {
        guard defined[input.index] else { throw .readsLater(node: node.name, value: self[input].name) }
        readerCounts[input.index] += 1
      }
      let types: [TensorType]
      do throws(OpFault) { types = try node.op.infer(facts(node.inputs)) } catch { throw .operands(node: node.name, error) }
      for (output, type) in zip(node.outputs, types) {
        guard self[output].type == type else {
          throw .types(node: node.name, value: self[output].name, stored: self[output].type, inferred: type)
        }
        defined[output.index] = true
      }
    }
    for value in values where readerCounts[value.id.index] != readerLists[value.id.index].count {
      throw .readersDisagree(value: value.name)
    }
    for output in outputs where !defined[output.index] { throw .danglingOutput(self[output].name) }
  }
}
