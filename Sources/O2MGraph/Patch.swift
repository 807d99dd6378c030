import O2MOps
import O2MTensor

/// A change to a graph that a rewrite proposes: new constants, new nodes, and the values that they replace.
///
/// Ids of new values are given out at once, so that they can be used as inputs of later nodes of the same patch. Nothing changes
/// until the driver applies the patch.
public struct Patch: Sendable {
  package struct NewNode: Sendable {
    package var op: Op
    package var inputs: [ValueID?]
    package var name: String
    package var outputs: Range<Int>
  }

  package enum Addition: Sendable {
    case constant(name: String, Tensor)
    case node(NewNode)
  }

  public let name: StaticString
  /// The values from here to `nextValue` are new.
  package let firstValue: Int
  package private(set) var nextValue: Int
  package var additions: [Addition] = []
  package var replacements: [(old: ValueID, new: ValueID)] = []
  var removals: [NodeID] = []

  public init(_ name: StaticString, in graph: Graph) {
    self.name = name
    firstValue = graph.valueCount
    nextValue = firstValue
  }

  /// A new constant; its name derives from the one it replaces.
  public mutating func constant(_ tensor: Tensor, named name: String) -> ValueID {
    additions.append(.constant(name: name, tensor))
    nextValue += 1
    return ValueID(nextValue - 1)
  }

  /// A new node; the result is its first output, the others follow it.
  public mutating func node(_ op: Op, _ inputs: [ValueID?], named name: String, outputs: Int = 1) -> ValueID {
    additions.append(.node(NewNode(op: op, inputs: inputs, name: name, outputs: nextValue..<nextValue + outputs)))
    nextValue += outputs
    return ValueID(nextValue - outputs)
  }

  /// Removes a node that nobody reads.
  public mutating func remove(_ node: NodeID) { removals.append(node) }

  /// Every reader of `old` reads `new` instead; where `old` is a graph output, `new` becomes it and takes its name.
  public mutating func replace(_ old: ValueID, with new: ValueID) { replacements.append((old, new)) }
}

extension Patch {
  /// Whether the patch changes nothing.
  public var isEmpty: Bool { additions.isEmpty && replacements.isEmpty && removals.isEmpty }
}

/// Why a patch could not be applied: a mistake in a pass, never in a model.
public enum PatchError: Error, Equatable, Sendable {
  case operands(node: String, OpFault)
  case typeChanged(value: String, from: TensorType, to: TensorType)
  case cycle(value: String)
  case replacesInput(String)
}

extension Graph {
  /// Whether readers of `old` can be moved to the existing value `new`: a graph output must stay a value of its own, so it cannot
  /// become a graph input, a constant, or another output.
  public func canReplace(_ old: ValueID, with new: ValueID) -> Bool {
    !isOutput(old) || !(isInput(new) || isOutput(new) || self[new].constant != nil)
  }

  /// Applies `patch`, infers the types of what is new, and removes the nodes that nobody reads any more.
  public mutating func apply(_ patch: Patch) throws(PatchError) {
    // What is new stands before everything that is replaced.
    let replaced = patch.replacements.compactMap { self[$0.old].producer }
    let successor = replaced.compactMap { id in order.label(id).map { (label: $0, id: id) } }.min { $0.label < $1.label }?.id
    for addition in patch.additions {
      switch addition {
      case .constant(let name, let tensor):
        _ = addValue(name, tensor.type, constant: tensor)
        do throws(OpFault) { try fold(tensor.storage.bytes.count) } catch { throw .operands(node: name, error) }
      case .node(let node):
        let names = node.outputs.indices.map { $0 == node.outputs.lowerBound ? node.name : "\(node.name).\($0 - node.outputs.lowerBound)" }
        do throws(GraphError) { _ = try insert(node.op, node.inputs, name: node.name, outputs: names, before: successor) } catch {
          if case .operands(let name, let fault) = error { throw .operands(node: name, fault) }
          throw .cycle(value: node.name)
        }
      }
    }
    var candidates: [ValueID] = []
    for (old, new) in patch.replacements {
      try replace(old, with: new)
      candidates.append(old)
    }
    for id in patch.removals { candidates += self[id].outputs }
    removeUnread(from: candidates)
  }

  private mutating func replace(_ old: ValueID, with new: ValueID) throws(PatchError) {
    guard !isInput(old) else { throw .replacesInput(self[old].name) }
    guard self[old].type == self[new].type else {
      throw .typeChanged(value: self[old].name, from: self[old].type, to: self[new].type)
    }
    for (node, input) in readerLists.move(old, to: new) { nodesByID[node.index]?.inputs[input] = new }
    let origins = self[old].origins
    values[new.index].merged.add(origins)
    if isOutput(old) {
      let name = self[old].name
      self[old].name = self[new].name
      self[new].name = name
      for place in values[old.index].outputPlaces { outputs[place] = new }
      values[new.index].outputPlaces += values[old.index].outputPlaces
      values[old.index].outputPlaces = []
    } else if !isInput(new), !isOutput(new), self[new].constant == nil, self[new].origins.count == self[old].origins.count {
      // A new value that stands for exactly what the old one was keeps its name.
      let name = self[old].name
      self[old].name = self[new].name
      self[new].name = name
    }
  }

  /// Removes the producers of `candidates` whose outputs nobody reads, and then what only they read.
  public mutating func removeUnread(from candidates: [ValueID]) {
    var stack = candidates
    while let id = stack.popLast() {
      guard let producer = self[id].producer, let node = nodesByID[producer.index] else { continue }
      guard node.outputs.allSatisfy({ readers(of: $0) == 0 }) else { continue }
      nodesByID[producer.index] = nil
      order.remove(producer)
      readerLists.removeNode(producer, inputs: node.inputs.count)
      for case let input? in node.inputs { stack.append(input) }
    }
  }
}
