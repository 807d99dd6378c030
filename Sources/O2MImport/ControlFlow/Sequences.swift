import O2MGraph
import O2MOps
import O2MTensor

/// Sequences and optional values.
extension Importer {
  /// The values of the sequence that is the node's input at `index`.
  func items(_ node: SourceNode, _ index: Int) throws(OpFault) -> [OnnxValue<ValueID>] {
    guard case .sequence(let items) = try operand(node, index) else { throw .unsupported(.sequence) }
    return items
  }

  /// A position in a sequence of `count`, from the node's input at `input`; the end where there is none. It may be counted from the back.
  private mutating func position(_ node: SourceNode, _ input: Int, count: Int, end: Int) throws(OpFault) -> Int {
    guard has(node, input) else { return end }
    let given = try knownInt(try operand(node, input).tensor, input: input)
    let position = given < 0 ? given + count : given
    guard position >= 0, position <= end else { throw .index(input: input, found: given, limit: count) }
    return position
  }

  mutating func importSequenceInsert(_ node: SourceNode) throws(OpFault) {
    var list = try items(node, 0)
    list.insert(try operand(node, 1), at: try position(node, 2, count: list.count, end: list.count))
    try bind(node, [.sequence(list)])
  }

  mutating func importSequenceErase(_ node: SourceNode) throws(OpFault) {
    var list = try items(node, 0)
    list.remove(at: try position(node, 1, count: list.count, end: list.count - 1))
    try bind(node, [.sequence(list)])
  }

  mutating func importSequenceAt(_ node: SourceNode) throws(OpFault) {
    let list = try items(node, 0)
    try bind(node, [list[try position(node, 1, count: list.count, end: list.count - 1)]])
  }

  /// - Spec: ONNX SequenceMap-17: the first input is a sequence; each of the others is one of the same length, or a value for every turn.
  mutating func importSequenceMap(_ node: SourceNode) throws(OpFault) {
    let subgraph = try subgraph(node, .body), count = try items(node, 0).count
    let operands = try operands(node)
    var lists = [[OnnxValue<ValueID>]](repeating: [], count: subgraph.outputs.count)
    for turn in 0..<count {
      var arguments: [OnnxValue<ValueID>] = []
      for operand in operands {
        guard case .sequence(let items) = operand else {
          arguments.append(operand)
          continue
        }
        guard items.count == count else { throw .elementCount(expected: count, found: items.count) }
        arguments.append(items[turn])
      }
      for (index, result) in try inline(subgraph, arguments, prefix: "\(path)\(node.name)[\(turn)]/").enumerated() {
        lists[index].append(result)
      }
    }
    try bind(node, lists.map { .sequence($0) })
  }

  /// - Spec: ONNX SplitToSequence-11. Without sizes every part has one row, and `keepdims` 0 drops the axis.
  mutating func importSplitToSequence(_ node: SourceNode) throws(OpFault) {
    let view = ProtoNode(node)
    let x = try tensor(node.inputs.first ?? "", input: 0)
    guard let shape = graph.shape(x) else { throw .dataDependent(input: 0) }
    let axis = try shape.resolve(try view.int(.axis, default: 0))
    let keeps = try view.flag(.keepdims, default: true)
    var sizes = [Int](repeating: 1, count: shape[axis])
    if has(node, 1) {
      guard let given = fact(node.inputs[1])?.value else { throw .dataDependent(input: 1) }
      sizes = given.ints().map([InputFact?].bounded)
      if given.shape.rank == 0, let size = sizes.first {
        guard size > 0 else { throw .index(input: 1, found: size, limit: shape[axis]) }
        sizes = stride(from: 0, to: shape[axis], by: size).map { Swift.min(size, shape[axis] - $0) }
      }
    }
    if let negative = sizes.first(where: { $0 < 0 }) { throw .index(input: 1, found: negative, limit: shape[axis]) }
    guard sizes.reduce(0, +) == shape[axis] else { throw .elementCount(expected: shape[axis], found: sizes.reduce(0, +)) }
    try spend(sizes.count)
    var parts: [OnnxValue<ValueID>] = []
    var start = 0
    for size in sizes {
      let bounds = [[start], [start + size], [axis]].map { indices($0, after: node) }
      var part = try emit(.slice(Slice()), [x] + bounds, after: node)
      if !has(node, 1), !keeps { part = try emit(.squeeze(Squeeze()), [part, indices([axis], after: node)], after: node) }
      parts.append(.tensor(part))
      start += size
    }
    try bind(node, [.sequence(parts)])
  }

  mutating func importConcatFromSequence(_ node: SourceNode) throws(OpFault) {
    let view = ProtoNode(node)
    guard let axis = try view.int(.axis) else { throw .attribute(.axis, .missing) }
    let list = try items(node, 0), mark = graph.valueCount
    if try view.flag(.new_axis, default: false) {
      return try bind(node, [try stack(list, axis: axis, after: node)], newSince: mark)
    }
    let ids = list.compactMap(\.tensor)
    guard ids.count == list.count, !ids.isEmpty else { throw .unsupported(.sequence) }
    try bind(node, [.tensor(try emit(.concat(Concat(axis: axis)), ids, after: node))], newSince: mark)
  }

  mutating func importOptionalHasElement(_ node: SourceNode) throws(OpFault) {
    var isThere = has(node, 0)
    if isThere, case .none = try operand(node, 0) { isThere = false }
    try bind(node, [.tensor(addConstant(node, Tensor([], [Truth(isThere)])))])
  }

  mutating func importOptionalGetElement(_ node: SourceNode) throws(OpFault) {
    let value = try operand(node, 0)
    if case .none = value { throw .missingInput(0) }
    try bind(node, [value])
  }
}
