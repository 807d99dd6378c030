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
    let places = places
    var readerCounts = [Int](repeating: 0, count: valueCount)
    for id in order {
      let node = self[id]
      try verify(node, places)
      for case let input? in node.inputs { readerCounts[input.index] += 1 }
    }
    for value in values where readerCounts[value.id.index] != readerLists[value.id.index].count {
      throw .readersDisagree(value: value.name)
    }
    try verifyOutputs(places)
  }

  /// Checks what `patch`, which was applied last, can have broken: the nodes that it added, those that now read another value, and the
  /// reader lists of what it added and moved. It costs one inference per such node.
  public func verify(_ patch: Patch) throws(VerifyError) {
    let places = places
    let added = patch.firstValue..<min(patch.nextValue, valueCount)
    var touched = Set(added.compactMap { values[$0].producer })
    for (_, new) in patch.replacements { touched.formUnion(readerLists[new.index]) }
    for id in touched.sorted(by: { places[$0.index] < places[$1.index] }) {
      // One that was replaced in turn is gone.
      guard let node = node(id) else { continue }
      try verify(node, places)
      for case let input? in node.inputs where !readerLists[input.index].contains(id) { throw .readersDisagree(value: self[input].name) }
    }
    for id in added.map(ValueID.init) + patch.replacements.flatMap({ [$0.old, $0.new] }) {
      let reads = Set(readerLists[id.index]).reduce(0) { sum, reader in sum + (node(reader)?.inputs.count { $0 == id } ?? 0) }
      guard reads == readerLists[id.index].count else { throw .readersDisagree(value: self[id].name) }
    }
    try verifyOutputs(places)
  }

  /// Where each node stands in the order; behind everything where it was removed.
  private var places: [Int] {
    var places = [Int](repeating: .max, count: nodesByID.count)
    for (place, id) in order.enumerated() { places[id.index] = place }
    return places
  }

  private func verify(_ node: Node, _ places: [Int]) throws(VerifyError) {
    let place = places[node.id.index]
    for case let input? in node.inputs where !isDefined(input, before: place, places) {
      throw .readsLater(node: node.name, value: self[input].name)
    }
    let types: [TensorType]
    do throws(OpFault) { types = try node.op.infer(facts(node.inputs)) } catch { throw .operands(node: node.name, error) }
    for (output, type) in zip(node.outputs, types) where values[output.index].type != type {
      throw .types(node: node.name, value: self[output].name, stored: self[output].type, inferred: type)
    }
  }

  private func verifyOutputs(_ places: [Int]) throws(VerifyError) {
    for output in outputs where !isDefined(output, before: .max, places) { throw .danglingOutput(self[output].name) }
  }

  private func isDefined(_ id: ValueID, before place: Int, _ places: [Int]) -> Bool {
    if let producer = values[id.index].producer { return places[producer.index] < place }
    return values[id.index].constant != nil || inputs.contains(id)
  }
}
