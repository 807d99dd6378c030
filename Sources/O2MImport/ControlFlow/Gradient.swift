import O2MGraph
import O2MOps
import O2MTensor

/// The derivatives of one value by others, as nodes that compute them backwards from it.
///
/// - Spec: ONNX ai.onnx.preview.training Gradient-1. `xs` and `zs` are taken as independent of each other; where the node's inputs are
///   other values than those, what lies between them and `y` is computed once more from the inputs.
/// - Shapes: inputs as `xs`, then `zs` → the derivative by each of `xs`, of its type. Where `y` has several elements, of their sum.
/// - Errors: `.unsupported(.gradient)` at every node on the way that has no rule here.
extension Importer {
  mutating func importGradient(_ node: SourceNode) throws(OpFault) {
    let view = ProtoNode(node)
    guard let xs = try view.strings(.xs), !xs.isEmpty else { throw .attribute(.xs, .missing) }
    guard let y = try view.string(.y) else { throw .attribute(.y, .missing) }
    let names = xs + (try view.strings(.zs) ?? [])
    guard node.inputs.count == names.count else { throw .inputCount(expected: names.count...names.count, found: node.inputs.count) }
    var leaves: [ValueID: ValueID] = [:]
    for (index, name) in names.enumerated() { leaves[try tensor(name, input: index)] = try tensor(node.inputs[index], input: index) }
    let target = try tensor(y, input: 0)
    let mark = graph.valueCount
    let moved = try recompute(leaves, node)
    guard let adjoints = try adjoints(of: moved[target] ?? target, by: Set(leaves.values), node) else {
      return try bind(node, [OnnxValue<ValueID>](repeating: .unknown, count: node.outputs.count))
    }
    var results: [OnnxValue<ValueID>] = []
    for (index, _) in xs.enumerated() {
      let x = try tensor(node.inputs[index], input: index)
      if let adjoint = adjoints[x] { results.append(.tensor(adjoint)) } else { results.append(.tensor(try filled(0, like: x, node))) }
    }
    try bind(node, results, newSince: mark)
  }

  /// Computes everything that depends on a replaced value once more; the new values by the old ones.
  private mutating func recompute(_ leaves: [ValueID: ValueID], _ source: SourceNode) throws(OpFault) -> [ValueID: ValueID] {
    var moved = leaves.filter { $0.key != $0.value }
    guard !moved.isEmpty else { return [:] }
    for node in graph.nodes
    where node.inputs.contains(where: { $0.map { moved[$0] != nil } ?? false }) && !node.outputs.contains(where: { leaves[$0] != nil }) {
      let inputs = node.inputs.map { $0.map { moved[$0] ?? $0 } }
      let names = node.outputs.map { fresh(graph[$0].name) }
      do throws(GraphError) {
        for (old, new) in zip(node.outputs, try graph.addNode(node.op, inputs, name: fresh(node.name), outputs: names)) { moved[old] = new }
      } catch {
        guard case .operands(_, let fault) = error else { preconditionFailure("the names are fresh: \(error)") }
        throw fault
      }
    }
    return moved
  }

  /// The derivative of the sum of `y` by each value on the way to `leaves`; nil where a node on the way has no rule, which is noted.
  private mutating func adjoints(of y: ValueID, by leaves: Set<ValueID>, _ source: SourceNode) throws(OpFault) -> [ValueID: ValueID]? {
    var dependent = leaves
    var way: [Node] = []
    for node in graph.nodes
    where node.inputs.contains(where: { $0.map(dependent.contains) ?? false }) && !node.outputs.contains(where: leaves.contains) {
      dependent.formUnion(node.outputs)
      way.append(node)
    }
    var adjoints = [y: try filled(1, like: y, source)]
    var isComplete = true
    for node in way.reversed() {
      guard let adjoint = node.outputs.first.flatMap({ adjoints[$0] }) else { continue }
      var tape = Tape(importer: self, source: source, node: node, adjoint: adjoint)
      let parts = node.outputs.count == 1 ? try tape.derivatives() : nil
      self = tape.importer
      guard let parts else {
        let reference = NodeReference(name: node.name, type: "\(node.op.name)", domain: "", opset: file.opset)
        refusal.nodes.append(RefusedNode(node: reference, fault: .unsupported(.gradient)))
        isComplete = false
        continue
      }
      for case (let input?, let part) in zip(node.inputs, parts) where dependent.contains(input) {
        adjoints[input] = if let before = adjoints[input] { try emit(.add(Add()), [before, part], after: source) } else { part }
      }
    }
    return isComplete ? adjoints : nil
  }

  /// A constant of the type of `id`.
  fileprivate mutating func filled(_ value: Double, like id: ValueID, _ source: SourceNode) throws(OpFault) -> ValueID {
    let type = graph[id].type
    guard let shape = type.shape else { throw .dataDependent(input: 0) }
    guard type.element.isFloat else { throw .elementType(input: 0, found: type.element) }
    let tensor = Tensor(type.element, shape, rounding: [Double](repeating: value, count: shape.count))
    return graph.addConstant(fresh("\(path)\(source.name).seed"), tensor)
  }
}

/// One step backwards: the derivatives by a node's inputs, given the one by its output.
private struct Tape {
  var importer: Importer
  let source: SourceNode
  let node: Node
  let adjoint: ValueID

  private var y: ValueID { node.outputs[0] }

  /// One value for each input, in order; nil where the operator has no rule.
  mutating func derivatives() throws(OpFault) -> [ValueID]? {
    let inputs = node.inputs.compactMap { $0 }
    guard inputs.count == node.inputs.count, let a = inputs.first else { return nil }
    let b = inputs.count > 1 ? inputs[1] : a
    switch node.op {
    case .identity: return [adjoint]
    case .add: return [try reduced(adjoint, a), try reduced(adjoint, b)]
    case .sub: return [try reduced(adjoint, a), try reduced(negative(adjoint), b)]
    case .mul: return [try reduced(times(adjoint, b), a), try reduced(times(adjoint, a), b)]
    case .div:
      let part = try over(adjoint, b)
      return [try reduced(part, a), try reduced(negative(times(part, y)), b)]
    case .sum:
      var parts: [ValueID] = []
      for input in inputs { parts.append(try reduced(adjoint, input)) }
      return parts
    case .neg: return [try negative(adjoint)]
    case .exp: return [try times(adjoint, y)]
    case .log: return [try over(adjoint, a)]
    case .sqrt: return [try over(adjoint, try step(.add(Add()), y, y))]
    case .reciprocal: return [try negative(times(adjoint, try times(y, y)))]
    case .sin: return [try times(adjoint, try step(.cos(Cos()), a))]
    case .cos: return [try negative(times(adjoint, try step(.sin(Sin()), a)))]
    case .abs: return [try times(adjoint, try step(.sign(Sign()), a))]
    case .sigmoid: return [try times(adjoint, try times(y, try step(.sub(Sub()), try constant(1), y)))]
    case .tanh: return [try times(adjoint, try step(.sub(Sub()), try constant(1), try times(y, y)))]
    case .softplus: return [try times(adjoint, try step(.sigmoid(Sigmoid()), a))]
    case .relu: return [try times(adjoint, try step(.sign(Sign()), y))]
    case .pow:
      return [try reduced(times(adjoint, try slope(a, b)), a), try reduced(times(adjoint, try times(y, try step(.log(Log()), a))), b)]
    case .matMul: return try product(a, b)
    case .transpose(let op):
      var inverse = [Int](repeating: 0, count: op.perm.count)
      for (index, axis) in op.perm.enumerated() { inverse[axis] = index }
      return [try step(.transpose(Transpose(perm: op.perm.isEmpty ? [] : inverse)), adjoint)]
    case .reshape, .flatten, .squeeze, .unsqueeze: return [try shaped(adjoint, like: a)] + inputs.dropFirst()
    case .reduceSum(let op): return [try spread(a, op.options) { _ in 1 }] + inputs.dropFirst()
    case .reduceMean(let op): return [try spread(a, op.options) { 1 / Double(max(1, $0)) }] + inputs.dropFirst()
    default: return nil
    }
  }

  /// The adjoint of a reduction of `x` along all that went into one element, each with its share.
  private mutating func spread(_ x: ValueID, _ options: ReduceOptions, share: (Int) -> Double) throws(OpFault) -> ValueID {
    guard let shape = importer.graph.shape(x) else { throw .dataDependent(input: 0) }
    let axes = try options.axes(importer.graph.facts(node.inputs), shape)
    let kept = Shape(shape.dims.indices.map { axes.contains($0) ? 1 : shape[$0] })
    let column = try step(.reshape(Reshape(allowsZero: true)), adjoint, importer.indices(kept.dims, after: source))
    let whole = try step(.expand(Expand()), column, importer.indices(shape.dims, after: source))
    let part = share(axes.reduce(1) { $0 * shape[$1] })
    return part == 1 ? whole : try times(whole, try constant(part))
  }

  /// `b · a^(b − 1)`.
  private mutating func slope(_ a: ValueID, _ b: ValueID) throws(OpFault) -> ValueID {
    try times(b, try step(.pow(Pow()), a, try step(.sub(Sub()), b, try constant(1, like: b))))
  }

  /// `a · b` of matrices: the derivatives are `adjoint · bᵀ` and `aᵀ · adjoint`.
  private mutating func product(_ a: ValueID, _ b: ValueID) throws(OpFault) -> [ValueID]? {
    guard let left = importer.graph.shape(a), let right = importer.graph.shape(b), left.rank >= 2, right.rank >= 2 else { return nil }
    let byA = try step(.matMul(MatMul()), adjoint, try transposed(b, right.rank))
    let byB = try step(.matMul(MatMul()), try transposed(a, left.rank), adjoint)
    return [try reduced(byA, a), try reduced(byB, b)]
  }

  private mutating func transposed(_ id: ValueID, _ rank: Int) throws(OpFault) -> ValueID {
    try step(.transpose(Transpose(perm: Array(0..<rank - 2) + [rank - 1, rank - 2])), id)
  }

  /// The sum of `value` over what `input` was spread along.
  private mutating func reduced(_ value: ValueID, _ input: ValueID) throws(OpFault) -> ValueID {
    guard let from = importer.graph.shape(value), let to = importer.graph.shape(input) else { throw .dataDependent(input: 0) }
    guard from != to else { return value }
    let own = to.padded(to: from.rank)
    let axes = from.dims.indices.filter { own[$0] != from[$0] || $0 < from.rank - to.rank }
    let sum = try step(.reduceSum(ReduceSum(options: ReduceOptions())), value, importer.indices(axes, after: source))
    return try shaped(sum, like: input)
  }

  private mutating func shaped(_ value: ValueID, like input: ValueID) throws(OpFault) -> ValueID {
    guard let shape = importer.graph.shape(input) else { throw .dataDependent(input: 0) }
    return try step(.reshape(Reshape(allowsZero: true)), value, importer.indices(shape.dims, after: source))
  }

  private mutating func constant(_ value: Double, like id: ValueID? = nil) throws(OpFault) -> ValueID {
    let element = importer.graph[id ?? y].type.element
    return importer.graph.addConstant(importer.fresh("\(source.name).constant"), Tensor(element, [], rounding: [value]))
  }

  private mutating func times(_ a: ValueID, _ b: ValueID) throws(OpFault) -> ValueID { try step(.mul(Mul()), a, b) }
  private mutating func over(_ a: ValueID, _ b: ValueID) throws(OpFault) -> ValueID { try step(.div(Div()), a, b) }
  private mutating func negative(_ a: ValueID) throws(OpFault) -> ValueID { try step(.neg(Neg()), a) }

  private mutating func step(_ op: Op, _ inputs: ValueID...) throws(OpFault) -> ValueID { try importer.emit(op, inputs, after: source) }
}
