import O2MGraph
import O2MOps
import O2MTensor

/// Removes nodes whose outputs nobody reads.
///
///     before   x ── Relu ── y        x ── Shape ── (unread)
///     after    x ── Relu ── y
///
/// - Parity: exact.
struct EliminateDead: Pass {
  static let name: StaticString = "eliminate-dead"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.outputs.allSatisfy({ graph.readers(of: $0) == 0 }) else { return .notApplicable }
    var patch = Patch(Self.name, in: graph)
    patch.remove(node.id)
    return .apply(patch)
  }
}

/// Removes nodes that hand on their input: Identity, Dropout, and casts, reshapes, transposes, pads, slices and joins that change nothing.
///
///     before   x ── Identity ── y ── Relu ── z
///     after    x ── Relu ── z
///
/// - Spec: ONNX Dropout-13 in inference: the output is the input.
/// - Parity: exact.
struct EliminateIdentity: Pass {
  static let name: StaticString = "eliminate-identity"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard let input = node.inputs.first ?? nil else { return .notApplicable }
    // Two extents that are both unknown need not be the same.
    let same = graph[input].type == graph[node.output].type && !graph[input].type.dims.contains(.unknown)
    switch node.op.view(graph.facts(node.inputs)) {
    case .identity: if node.outputs.dropFirst().contains(where: { graph.readers(of: $0) > 0 }) { return .skip("the mask is read") }
    case .reshaped, .repeated: if !same { return .notApplicable }
    case .permuted(let order): if order != Array(order.indices) { return .notApplicable }
    case .joined: if node.inputs.count != 1 { return .notApplicable }
    // A slice or pad that keeps every extent can still move elements: a reversal, or a crop on one side and a pad on the other.
    case .cut(let cuts):
      if !same { return .notApplicable }
      guard let cuts, cuts.allSatisfy({ $0.step > 0 }) else { return .skip("it moves elements") }
    case .padded(let before, let after):
      if !same { return .notApplicable }
      guard (before + after).allSatisfy({ $0 == 0 }) else { return .skip("it moves elements") }
    case .split, .picked, .shuffled, .other: return .notApplicable
    case nil:
      guard case .conversion = node.op.role([]), graph[input].type == graph[node.output].type else { return .notApplicable }
    }
    guard graph.canReplace(node.output, with: input) else { return .skip("it joins an input or constant to a graph output") }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: input)
    return .apply(patch)
  }
}

/// Lets the readers of a node read an earlier one that computes the same, from the same values or from small constants that are equal.
///
///     before   x ── Relu ── a        x ── Relu ── b
///     after    x ── Relu ── a, read by both
///
/// - Parity: exact.
struct EliminateDuplicate: Pass {
  static let name: StaticString = "eliminate-duplicate"
  /// The most elements of constants that are compared: exporters repeat shapes and numbers, hardly ever weights.
  static let comparedCount = 64

  /// What a node computes, and from what; equal for two that compute the same.
  private struct Computation: Hashable {
    enum Operand: Hashable {
      case value(ValueID)
      case constant(ElementType, dims: [Int], bytes: [UInt8])
    }

    var code: OpCode
    var record: [UInt8]
    var inputs: [Operand?]
    var outputCount: Int
  }

  /// The first node of each kind that this round has come to.
  private var first: [Computation: NodeID] = [:]

  mutating func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.op.bodies.isEmpty, node.inputs.contains(where: { $0 != nil && graph.constant($0) == nil }) else { return .notApplicable }
    var record = RecordWriter()
    node.op.encode(to: &record)
    let computation = Computation(
      code: node.op.code, record: record.bytes, inputs: node.inputs.map { operand($0, in: graph) }, outputCount: node.outputs.count)
    guard let other = first[computation].flatMap({ graph.node($0) }) else {
      first[computation] = node.id
      return .notApplicable
    }
    guard zip(node.outputs, other.outputs).allSatisfy({ graph.canReplace($0, with: $1) }) else { return .skip("both are graph outputs") }
    var patch = Patch(Self.name, in: graph)
    for (old, new) in zip(node.outputs, other.outputs) { patch.replace(old, with: new) }
    return .apply(patch)
  }

  private func operand(_ id: ValueID?, in graph: Graph) -> Computation.Operand? {
    guard let id else { return nil }
    guard let constant = graph.constant(id), constant.count <= Self.comparedCount else { return .value(id) }
    return .constant(constant.element, dims: constant.shape.dims, bytes: constant.withBytes { Array($0) })
  }
}

/// Joins two transposes that follow each other, and drops them where together they change nothing.
///
///     before   x ── Transpose(p) ── Transpose(q) ── y
///     after    x ── Transpose(p∘q) ── y                  or nothing
///
/// - Parity: exact.
struct EliminateTransposePair: Rewrite {
  static let name: StaticString = "eliminate-transpose-pair"

  func rewrite(_ node: NodeOf<Transpose>, in graph: Graph) -> Verdict {
    guard let middle = node.input(0), let first = graph.producer(of: middle, as: Transpose.self), let input = first.input(0) else {
      return .notApplicable
    }
    let rank = graph[input].type.rank
    guard let p = try? first.op.order(rank: rank), let q = try? node.op.order(rank: rank) else { return .notApplicable }
    let joined = q.map { p[$0] }
    var patch = Patch(Self.name, in: graph)
    if joined == Array(0..<rank) {
      guard graph.canReplace(node.output, with: input) else { return .skip("it joins an input to a graph output") }
      patch.replace(node.output, with: input)
    } else {
      patch.replace(node.output, with: patch.node(.transpose(Transpose(perm: joined)), [input], named: node.name))
    }
    return .apply(patch)
  }
}

/// Turns a transpose that moves only axes of extent 1 into a Reshape, which costs nothing and joins others.
///
///     before   x [1, 48, 128] ── Transpose(1, 0, 2) ── y
///     after    x ── Reshape [48, 1, 128] ── y
///
/// - Parity: exact.
/// - After: fuse-attention, which ends in a transpose.
struct ReplaceUnitTranspose: Rewrite {
  static let name: StaticString = "replace-unit-transpose"

  func rewrite(_ node: NodeOf<Transpose>, in graph: Graph) -> Verdict {
    guard let input = node.input(0), let from = graph.shape(input), let to = graph.shape(node.output) else { return .notApplicable }
    guard let order = try? node.op.order(rank: from.rank) else { return .notApplicable }
    let moved = order.filter { from[$0] != 1 }
    guard moved == moved.sorted() else { return .notApplicable }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.reshape(input, to: to, named: node.name))
    return .apply(patch)
  }
}

/// Joins two reshapes that follow each other.
///
///     before   x ── Reshape ── Reshape ── y
///     after    x ── Reshape ── y
///
/// - Parity: exact.
struct EliminateReshapePair: Pass {
  static let name: StaticString = "eliminate-reshape-pair"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.op.isReshape, let middle = node.inputs[0], let first = graph.producer(of: middle), first.op.isReshape else {
      return .notApplicable
    }
    guard let input = first.inputs[0], let shape = graph.shape(node.output) else { return .skip("the output has no fixed shape") }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.reshape(input, to: shape, named: node.name))
    return .apply(patch)
  }
}

extension Op {
  /// Whether the operator only changes the shape.
  var isReshape: Bool { view([]) == .reshaped }
}

extension Patch {
  /// A Reshape to fixed extents, of which any may be 0.
  mutating func reshape(_ value: ValueID, to shape: Shape, named name: String) -> ValueID {
    let target = constant(.indices(shape.dims), named: name + ".shape")
    return node(.reshape(Reshape(allowsZero: shape.dims.contains(0))), [value, target], named: name)
  }
}
