import O2MGraph
import O2MOps
import O2MTensor

/// Branches, loops and calls.
extension Importer {
  /// - Spec: ONNX If-25. A condition that is not known is a choice between two values that are both computed, where they have one type.
  mutating func importIf(_ node: SourceNode) throws(OpFault) {
    let condition = try operand(node, 0).tensor
    let mark = graph.valueCount
    if let condition, let results = try withoutNone(node, condition) { return try bind(node, results, newSince: mark) }
    if let condition, let value = graph[condition].fact.value {
      let isTrue = value.ints().first != 0
      decisions.append(condition)
      let branch = try subgraph(node, isTrue ? .then_branch : .else_branch)
      return try bind(node, try inline(branch, [], prefix: "\(path)\(node.name)/"), newSince: mark)
    }
    undecided.append((reference(node), condition))
    defer { undecided.removeLast() }
    if let condition, let results = try branch(node, condition) { return try bind(node, results, newSince: mark) }
    let chosen = try inline(subgraph(node, .then_branch), [], prefix: "\(path)\(node.name)/then/")
    let other = try inline(subgraph(node, .else_branch), [], prefix: "\(path)\(node.name)/else/")
    guard chosen.count == other.count else { throw .dataDependent(input: 0) }
    var results: [OnnxValue<ValueID>] = []
    for (index, (a, b)) in zip(chosen, other).enumerated() {
      if a.isUnknown || b.isUnknown {
        results.append(.unknown)
        continue
      }
      guard let a = a.tensor, let b = b.tensor else { throw .dataDependent(input: 0) }
      guard graph[a].type == graph[b].type else {
        let name = node.outputs.indices.contains(index) ? node.outputs[index] : ""
        differingSides = BranchTypes(output: name, then: graph[a].type, otherwise: graph[b].type)
        throw .dataDependent(input: 0)
      }
      results.append(.tensor(try emit(.where(Where()), [condition, a, b], after: node)))
    }
    try bind(node, results, newSince: mark)
  }

  /// What an If gives that asks whether there is anything, and gives nothing where there is not: the other branch gives that by itself.
  ///
  /// nil where it asks something else. It is what exporters write around NonMaxSuppression.
  private mutating func withoutNone(_ node: SourceNode, _ condition: ValueID) throws(OpFault) -> [OnnxValue<ValueID>]? {
    guard graph.hasCounts, let value = graph[condition].fact.value, let asksForNone = asksForNone(condition) else { return nil }
    let none = try subgraph(node, asksForNone ? .then_branch : .else_branch)
    guard none.nodes.allSatisfy({ $0.type == "Constant" }) else { return nil }
    let nothing = try inline(none, [], prefix: "\(path)\(node.name)/none/")
    let body = try subgraph(node, asksForNone ? .else_branch : .then_branch)
    let results = try inline(body, [], prefix: "\(path)\(node.name)/")
    guard nothing.count == results.count else { throw .dataDependent(input: 0) }
    let isNone = (value.ints().first != 0) == asksForNone
    for (nothing, result) in zip(nothing, results) {
      guard !result.isUnknown else { continue }
      guard let nothing = nothing.tensor, let result = result.tensor, let empty = graph.shape(nothing), let shape = graph.shape(result),
        empty.count == 0, empty.rank == shape.rank, graph[nothing].type.element == graph[result].type.element,
        zip(empty.dims, shape.dims).allSatisfy({ $0 == 0 || $0 == $1 }), !isNone || empty == shape
      else { throw .dataDependent(input: 0) }
    }
    return results
  }

  /// Whether a condition is true where a count is 0, or where it is not; nil where it is no such question.
  private func asksForNone(_ condition: ValueID) -> Bool? {
    guard let producer = graph.producer(of: condition) else { return nil }
    switch producer.op.code {
    case .cast, .identity, .squeeze, .reshape: return producer.inputs[0].flatMap { asksForNone($0) }
    case .not: return producer.inputs[0].flatMap { asksForNone($0) }.map { !$0 }
    case .equal, .greater:
      guard let zero = producer.inputs[1], let tensor = graph[zero].constant, tensor.count == 1, tensor.doubles()[0] == 0 else {
        return nil
      }
      return producer.op.code == .equal
    default: return nil
    }
  }

  /// - Spec: ONNX Loop-25: `trip_count` and `cond` end it, whichever comes first; both must be known at every turn.
  mutating func importLoop(_ node: SourceNode) throws(OpFault) {
    let mark = graph.valueCount
    for input in 0...1 where has(node, input) {
      guard let id = try operand(node, input).tensor, graph[id].fact.value == nil else { continue }
      undecided.append((reference(node), id))
      defer { undecided.removeLast() }
      return try bind(node, try boundedLoop(node), newSince: mark)
    }
    // How far the turns can be told beforehand shows when they are written out.
    var trial = self
    do throws(OpFault) {
      try trial.writeOutLoop(node)
      if trial.refusal.nodes.count == refusal.nodes.count {
        self = trial
        return
      }
    } catch { guard case .dataDependent = error else { throw error } }
    // What stands against the turns themselves says more than what stands against counting them.
    let isRefused = trial.refusal.nodes.count > refusal.nodes.count
    var other = self
    do throws(OpFault) {
      let results = try other.boundedLoop(node)
      if isRefused, other.refusal.nodes.count > refusal.nodes.count {
        self = trial
      } else {
        self = other
        try bind(node, results, newSince: mark)
      }
    } catch {
      guard isRefused else { throw error }
      self = trial
    }
  }

  /// The turns of a loop whose number is known, one after the other.
  private mutating func writeOutLoop(_ node: SourceNode) throws(OpFault) {
    let subgraph = try subgraph(node, .body)
    let limit = has(node, 0) ? try knownInt(try operand(node, 0).tensor, input: 0) : .max
    var goesOn = has(node, 1) ? try knownInt(try operand(node, 1).tensor, input: 1) != 0 : true
    let isConditional = has(node, 1)
    var carried: [OnnxValue<ValueID>] = []
    for index in node.inputs.indices.dropFirst(2) { carried.append(try operand(node, index)) }
    let count = carried.count
    guard subgraph.outputs.count > count else { throw .outputCount(expected: count + 1...Int.max, found: subgraph.outputs.count) }
    var scanned = [[OnnxValue<ValueID>]](repeating: [], count: subgraph.outputs.count - count - 1)
    let mark = graph.valueCount
    var turn = 0
    while goesOn, turn < limit {
      let prefix = "\(path)\(node.name)[\(turn)]/"
      let number = graph.addConstant(fresh(prefix + "number"), .scalar(Int64(turn)))
      let condition = graph.addConstant(fresh(prefix + "condition"), Tensor([], [Truth(true)]))
      let results = try inline(subgraph, [.tensor(number), .tensor(condition)] + carried, prefix: prefix)
      // Its fault is noted; what comes after it is unknown.
      if results[0].isUnknown, isConditional { return try bind(node, [OnnxValue<ValueID>](repeating: .unknown, count: node.outputs.count)) }
      if isConditional { goesOn = try knownInt(results[0].tensor, input: 1) != 0 }
      carried = Array(results[1..<1 + count])
      for (index, result) in results[(1 + count)...].enumerated() { scanned[index].append(result) }
      turn += 1
    }
    var stacked: [OnnxValue<ValueID>] = []
    let types = turn > 0 ? [] : types(ofTurnOf: subgraph, node, [TensorType(.int64, [] as Shape), TensorType(.bool, [] as Shape)], carried)
    for (index, items) in scanned.enumerated() {
      stacked.append(try items.isEmpty ? empty(node, count + index, types[1 + count + index], axis: 0) : stack(items, axis: 0, after: node))
    }
    try bind(node, carried + stacked, newSince: mark)
  }

  /// - Spec: ONNX Scan-25; Scan-8 has the batch in front of everything.
  mutating func importScan(_ node: SourceNode) throws(OpFault) {
    let subgraph = try subgraph(node, .body)
    let view = ProtoNode(node)
    guard let scans = try view.int(.num_scan_inputs) else { throw .attribute(.num_scan_inputs, .missing) }
    let mark = graph.valueCount
    let hasBatch = node.opset < 9
    if hasBatch, has(node, 0) { throw .unsupported(.bodies) }
    var ids: [ValueID] = []
    for index in node.inputs.indices.dropFirst(hasBatch ? 1 : 0) { ids.append(try tensor(node.inputs[index], input: index)) }
    guard scans >= 1, scans <= ids.count else { throw .attribute(.num_scan_inputs, .outOfRange) }
    var options = ScanOptions(states: ids.count - scans, scans: scans, outputs: subgraph.outputs.count - (ids.count - scans))
    guard options.outputs >= 0 else { throw .outputCount(expected: options.states...Int.max, found: subgraph.outputs.count) }
    if hasBatch {
      options.inputsReversed = try options.flags(view.ints(.directions), scans, .directions)
      return try bind(node, try scanBatch(node, subgraph, ids, options).map { .tensor($0) }, newSince: mark)
    }
    options.inputAxes = try options.axes(view.ints(.scan_input_axes), scans, .scan_input_axes)
    options.outputAxes = try options.axes(view.ints(.scan_output_axes), options.outputs, .scan_output_axes)
    options.inputsReversed = try options.flags(view.ints(.scan_input_directions), scans, .scan_input_directions)
    options.outputsReversed = try options.flags(view.ints(.scan_output_directions), options.outputs, .scan_output_directions)
    try bind(node, try scan(node, subgraph, ids.map { .tensor($0) }, options, prefix: path + node.name), newSince: mark)
  }

  private mutating func scan(
    _ node: SourceNode, _ subgraph: Subgraph, _ inputs: [OnnxValue<ValueID>], _ options: ScanOptions, prefix: String
  ) throws(OpFault) -> [OnnxValue<ValueID>] {
    var states = Array(inputs[..<options.states])
    let sequences = inputs[options.states...].compactMap(\.tensor)
    guard let first = sequences.first, sequences.count == options.scans else { throw .missingInput(options.states) }
    guard let shape = graph.shape(first) else { throw .dataDependent(input: options.states) }
    let length = shape[try shape.resolve(options.inputAxes[0])]
    var scanned = [[OnnxValue<ValueID>]](repeating: [], count: options.outputs)
    for turn in 0..<length {
      var slices: [OnnxValue<ValueID>] = []
      for (index, sequence) in sequences.enumerated() {
        let at = graph.addConstant(
          fresh("\(prefix)[\(turn)].index"), .scalar(Int64(options.inputsReversed[index] ? length - 1 - turn : turn)))
        slices.append(.tensor(try emit(.gather(Gather(axis: options.inputAxes[index])), [sequence, at], after: node)))
      }
      let results = try inline(subgraph, states + slices, prefix: "\(prefix)[\(turn)]/")
      states = Array(results[..<options.states])
      for (index, result) in results[options.states...].enumerated() { scanned[index].append(result) }
    }
    var stacked: [OnnxValue<ValueID>] = []
    var slices: [TensorType] = []
    for (sequence, axis) in zip(sequences, options.inputAxes) where length == 0 {
      guard var dims = graph.shape(sequence)?.dims else { throw .dataDependent(input: options.states) }
      dims.remove(at: try Shape(dims).resolve(axis))
      slices.append(TensorType(graph[sequence].type.element, Shape(dims)))
    }
    let types = length > 0 ? [] : types(ofTurnOf: subgraph, node, slices, states, statesFirst: true)
    for (index, items) in scanned.enumerated() {
      let ordered = options.outputsReversed[index] ? items.reversed() : items
      let axis = options.outputAxes[index], place = options.states + index
      stacked.append(try items.isEmpty ? empty(node, place, types[place], axis: axis) : stack(ordered, axis: axis, after: node))
    }
    return states + stacked
  }

  /// Scan-8: every batch item by itself.
  private mutating func scanBatch(_ node: SourceNode, _ subgraph: Subgraph, _ ids: [ValueID], _ options: ScanOptions) throws(OpFault)
    -> [ValueID]
  {
    guard let first = ids.first, let batch = graph.shape(first)?.dims.first else { throw .rank(input: 1, expected: 1...Int.max, found: 0) }
    var results = [[OnnxValue<ValueID>]](repeating: [], count: options.states + options.outputs)
    for item in 0..<batch {
      let at = graph.addConstant(fresh("\(path)\(node.name).item"), .scalar(Int64(item)))
      var slices: [OnnxValue<ValueID>] = []
      for id in ids { slices.append(.tensor(try emit(.gather(Gather(axis: 0)), [id, at], after: node))) }
      for (index, result) in try scan(node, subgraph, slices, options, prefix: "\(path)\(node.name)(\(item))").enumerated() {
        results[index].append(result)
      }
    }
    var stacked: [ValueID] = []
    for items in results {
      guard let id = try stack(items, axis: 0, after: node).tensor else { throw .unsupported(.bodies) }
      stacked.append(id)
    }
    return stacked
  }

  /// What a turn of `body` would give, by output, where there is none: as it follows from the arguments, else as the file notes it.
  ///
  /// - Parameter slices: what each turn gets anew, before or behind the states.
  private mutating func types(
    ofTurnOf body: Subgraph, _ node: SourceNode, _ slices: [TensorType], _ states: [OnnxValue<ValueID>], statesFirst: Bool = false
  ) -> [TensorType?] {
    // The turn is written out in a copy of the import, of which nothing stays.
    var trial = self
    trial.graph.evaluatesAll = false
    let arguments = slices.map { OnnxValue.tensor(trial.graph.addInput(trial.fresh("\(path)\(node.name).turn"), $0)) }
    let results = try? trial.inline(body, statesFirst ? states + arguments : arguments + states, prefix: "\(path)\(node.name)[0]/")
    written = trial.written
    return body.outputs.enumerated().map { index, output in
      if let id = results?[index].tensor, let shape = trial.graph.shape(id) { return TensorType(trial.graph[id].type.element, shape) }
      guard let element = output.note.element, let dims = output.note.dims else { return nil }
      return TensorType(element, dims.map { .fixed($0.dim.value ?? 0) })
    }
  }

  /// No items of `item` along a new axis, the node's output at `index`.
  private mutating func empty(_ node: SourceNode, _ index: Int, _ item: TensorType?, axis: Int) throws(OpFault) -> OnnxValue<ValueID> {
    guard let item, var dims = item.shape?.dims else {
      guard !node.outputs.indices.contains(index) || !current.needs(node.outputs[index]) else { throw .unsupported(.bodies) }
      return .unknown
    }
    dims.insert(0, at: try Shape(dims + [0]).resolve(axis))
    let tensor = Tensor(item.element, Shape(dims), storage: TensorStorage(byteCount: 0))
    return .tensor(graph.addConstant(fresh(path + node.name + ".empty"), tensor))
  }

  /// `items` along a new axis.
  mutating func stack(_ items: [OnnxValue<ValueID>], axis: Int, after node: SourceNode) throws(OpFault) -> OnnxValue<ValueID> {
    if items.contains(where: \.isUnknown) { return .unknown }
    guard !items.isEmpty else { throw .unsupported(.bodies) }
    var rows: [ValueID] = []
    for item in items {
      guard let id = item.tensor else { throw .unsupported(.sequence) }
      rows.append(try emit(.unsqueeze(Unsqueeze()), [id, indices([axis], after: node)], after: node))
    }
    return .tensor(try emit(.concat(Concat(axis: axis)), rows, after: node))
  }

  /// Writes out a function of the model.
  mutating func call(_ function: LocalFunction, _ node: SourceNode) throws(OpFault) {
    var arguments: [OnnxValue<ValueID>] = []
    for index in function.subgraph.inputs.indices { arguments.append(has(node, index) ? try operand(node, index) : .none) }
    let given = Set(node.attributes.map(\.name))
    let attributes = node.attributes + function.defaults.filter { !given.contains($0.name) }
    let mark = graph.valueCount
    try bind(
      node, try inline(function.subgraph.resolving(attributes), arguments, prefix: "\(path)\(node.name)/", closed: true), newSince: mark)
  }
}

/// The attributes of Scan, completed.
struct ScanOptions {
  var states: Int
  var scans: Int
  var outputs: Int
  var inputAxes: [Int]
  var outputAxes: [Int]
  var inputsReversed: [Bool]
  var outputsReversed: [Bool]

  init(states: Int, scans: Int, outputs: Int) {
    self.states = states
    self.scans = scans
    self.outputs = outputs
    inputAxes = [Int](repeating: 0, count: scans)
    outputAxes = [Int](repeating: 0, count: max(0, outputs))
    inputsReversed = [Bool](repeating: false, count: scans)
    outputsReversed = [Bool](repeating: false, count: max(0, outputs))
  }

  func axes(_ given: [Int]?, _ count: Int, _ name: AttributeName) throws(OpFault) -> [Int] {
    guard let given else { return [Int](repeating: 0, count: count) }
    guard given.count == count else { throw .attribute(name, .count(expected: count, found: given.count)) }
    return given
  }

  /// - Errors: `.attribute` of another count, or of values that are neither 0 nor 1.
  func flags(_ given: [Int]?, _ count: Int, _ name: AttributeName) throws(OpFault) -> [Bool] {
    let flags = try axes(given, count, name)
    guard flags.allSatisfy({ (0...1).contains($0) }) else { throw .attribute(name, .outOfRange) }
    return flags.map { $0 == 1 }
  }
}
