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
    var readerCounts = [Int](repeating: 0, count: valueCount)
    for id in order {
      let node = self[id]
      try verify(node)
      for case let input? in node.inputs { readerCounts[input.index] += 1 }
    }
    for value in values where readerCounts[value.id.index] != readerLists.count(value.id) {
      throw .readersDisagree(value: value.name)
    }
    for output in outputs { try verifyOutput(output) }
  }

  /// Checks what `patch`, which was applied last, can have broken: the nodes that it added, and those that now read another value.
  ///
  /// It costs a few inferences, however many nodes were moved and however much they read: of many readers the last ones are looked at, and
  /// nodes of many inputs are left to the check of the whole graph.
  public func verify(_ patch: Patch) throws(VerifyError) {
    var touched = Set((patch.firstValue..<min(patch.nextValue, valueCount)).compactMap { values[$0].producer })
    for (_, new) in patch.replacements { touched.formUnion(readerLists.lastNodes(new, Self.checkedReaders)) }
    // One that was replaced in turn is gone.
    let places = touched.compactMap { id in order.label(id).map { (label: $0, id: id) } }.sorted { $0.label < $1.label }
    for (_, id) in places where self[id].inputs.count <= Self.checkedInputs { try verify(self[id]) }
    for (_, new) in patch.replacements where isOutput(new) { try verifyOutput(new) }
  }

  private static var checkedReaders: Int { 16 }
  private static var checkedInputs: Int { 64 }

  private func verify(_ node: Node) throws(VerifyError) {
    let place = order.label(node.id)
    for (index, input) in node.inputs.enumerated() {
      guard let input else { continue }
      guard isDefined(input, before: place) else { throw .readsLater(node: node.name, value: self[input].name) }
      guard readerLists.value(node.id, input: index) == input else { throw .readersDisagree(value: self[input].name) }
    }
    let types: [TensorType]
    do throws(OpFault) { types = try inferred(node) } catch { throw .operands(node: node.name, error) }
    for (output, type) in zip(node.outputs, types) where values[output.index].type != type {
      throw .types(node: node.name, value: self[output].name, stored: self[output].type, inferred: type)
    }
  }

  private func verifyOutput(_ output: ValueID) throws(VerifyError) {
    guard isDefined(output, before: nil) else { throw .danglingOutput(self[output].name) }
  }

  /// Whether the value is there before the node with this label runs; nil: when all have run.
  private func isDefined(_ id: ValueID, before place: Int?) -> Bool {
    guard let producer = values[id.index].producer else { return values[id.index].constant != nil || isInput(id) }
    return order.label(producer).map { $0 < place ?? .max } ?? false
  }
}
