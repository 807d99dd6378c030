import COnnxProto
import O2MGraph
import O2MOps
import O2MTensor

/// One import under way: its state, and the order of its steps.
struct Importer {
  let file: ModelFile
  /// The model's own graph.
  let main: Subgraph
  let options: ImportOptions
  let catalogue: Catalogue
  /// The inputs whose value is to be a constant.
  let pinned: Set<String>
  var graph: Graph
  var notes: [ImportNote] = []
  var warnings: [ImportWarning] = []
  var scopes = Scopes()
  /// What stands before the names of a subgraph's nodes and values: the nodes that it is inside of.
  var path = ""
  /// The graph at hand: the model's own, or the one that is being written out.
  var current: Subgraph
  /// The branches at hand that may never run: each If whose condition is not known, and that condition.
  var undecided: [(node: NodeReference, condition: ValueID?)] = []
  /// What the sides of an If give that was just refused for it.
  var differingSides: BranchTypes?
  /// What was known and decided how the graph is built: a branch, a loop's turns.
  var decisions: [ValueID] = []
  /// Whether a node that cannot be imported was met where it may run.
  var meetsUnsupported = false
  var outputs: [(name: String, value: OnnxValue<Int>)] = []
  /// Inputs that a shape or a branch depends on and whose value is given: another import can take them as constants.
  var wanted: Set<String> = []
  /// Where each name stands among the values that were given.
  let givenPlaces: [String: Int]
  /// The inputs that hold strings.
  var stringInputs: [String] = []
  /// For each of the graph's inputs the value that was given; nil where none was.
  var matched: [Tensor?] = []
  /// The inputs that became constants because the caller gives their value, in the model's order.
  var fixed: [FixedInput] = []
  var assumed: [OpenDim] = []
  var changed: [ChangedDim] = []
  /// Every value name in use.
  private var names: Set<String> = []
  /// The last number that was tried behind a name that is in use.
  private var lastNumbers: [String: Int] = [:]
  /// What the file says of each value, in one place or in two.
  private var typeNotes: [String: [TypeNote]] = [:]
  /// The values whose noted type was found to be wrong.
  private var contradicted: Set<String> = []
  /// What stands against the model so far.
  var refusal = Refusal()
  /// Nodes that were written out, among them those that leave nothing in the graph.
  var written = 0
  /// Whether the model asked for more than it is given: nothing is written out any more.
  var isExhausted = false

  init(file: ModelFile, main: Subgraph, options: ImportOptions, pinned: Set<String>) {
    self.file = file
    self.main = main
    current = main
    self.options = options
    self.pinned = pinned
    givenPlaces = Dictionary(options.inputs.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    graph = Graph(name: main.name)
    graph.evaluatesAll = options.knowledge == .all
    graph.limits = options.limits
    graph.counts = options.counts
    graph.limits.sourceBytes = file.byteCount + file.external.byteCount
    catalogue = Catalogue(file)
  }

  mutating func run() throws(ImportError) {
    if let fault = catalogue.fault { throw fault }
    noteIgnoredParts()
    try requireOperatorsAndOutputs()
    refusal.unsupported = catalogue.unsupported(in: main)
    let ordering = Ordering(
      main.nodes, sources: main.inputs.map(\.name) + main.initializers.map(\.name), outputs: main.outputs.map(\.name))
    guard ordering.violations.isEmpty else {
      refusal.graph = ordering.violations
      throw refusal.error ?? .graph(refusal.graph)
    }
    names = Set(main.inputs.map(\.name) + main.initializers.map(\.name) + main.nodes.flatMap(\.outputs))
    // Names first: a shape that is not given must not hide the operators that cannot be imported.
    do throws(ImportError) { try addInputs() } catch { throw refusal.error ?? error }
    for (name, value) in main.initializers { scopes.bind(name, bind(constant: value, named: name)) }
    readTypeNotes()
    for index in ordering.order { add(main.nodes[index], isLive: main.isLive[index]) }
    addOutputs()
    // Those in branches and loops that never run stand in nobody's way.
    if !meetsUnsupported { refusal.unsupported = [] }
    if let error = refusal.error { throw error }
  }

  private mutating func noteIgnoredParts() {
    if file.message.pointee.n_training_info > 0 { notes.append(.ignoredTraining) }
    let count = file.message.pointee.graph?.pointee.n_quantization_annotation ?? 0
    if count > 0 { notes.append(.ignoredQuantizationNotes(count: count)) }
  }

  /// Damage that leaves a graph without operators or outputs.
  private func requireOperatorsAndOutputs() throws(ImportError) {
    var violations: [GraphViolation] = []
    let nameless = main.nodes.filter { $0.type.isEmpty }
    if let first = nameless.first { violations.append(.noOperator(firstNode: first.name, count: nameless.count)) }
    if main.outputs.isEmpty { violations.append(.noOutputs) }
    guard violations.isEmpty else { throw .graph(violations) }
  }

  private mutating func readTypeNotes() {
    let infos = main.notes + main.outputs
    for (name, note) in infos where note.kind == .tensor { typeNotes[name, default: []].append(note) }
    for (name, _) in infos {
      // Inputs and constants that are noted once more.
      if let binding = scopes[name] { check(name, binding) }
    }
  }

  /// The types that the file says the outputs of a node have; nil where it does not say all of them in full.
  func noted(_ node: SourceNode) -> [TensorType]? {
    guard graph.counts != nil, scopes.depth == 0 else { return nil }
    var types: [TensorType] = []
    for name in node.outputs {
      guard let note = typeNotes[name]?.first(where: { $0.element != nil && $0.dims != nil }), let element = note.element,
        let shape = TensorType(element, (note.dims ?? []).map(\.dim)).shape, element != .string, shape.checkedCount != nil
      else { return nil }
      types.append(TensorType(element, shape))
    }
    return types
  }

  /// Notes where the file contradicts what was inferred: a wrong shape misleads nobody, with another element type no runtime loads the
  /// model.
  mutating func check(_ name: String, _ binding: OnnxValue<ValueID>) {
    let type: TensorType
    switch binding {
    case .tensor(let id): type = graph[id].type
    case .strings(let strings): type = strings.type
    default: return
    }
    guard scopes.depth == 0, let notes = typeNotes[name] else { return }
    if let note = notes.first(where: { $0.contradicts(type.element) }) {
      let violation = GraphViolation.contradiction(value: name, noted: note.type, notedElement: note.element, inferred: type)
      if contradicted.insert(name).inserted { refusal.graph.append(violation) }
    } else if changed.isEmpty, let noted = notes.first(where: { $0.contradicts(type.dims) })?.dims {
      let noted = TensorType(type.element, noted.map(\.dim)), isOutput = main.isOutput(name)
      let warning = ImportWarning.shape(value: name, isOutput: isOutput, noted: noted, inferred: type)
      if contradicted.insert(name).inserted { warnings.append(warning) }
    }
  }
}

extension Importer {
  /// What is known of the value `name`; nil where there is none.
  func fact(_ name: String) -> InputFact? { scopes[name]?.tensor.map { graph[$0].fact } }

  /// `name`, or a longer one where the file uses that.
  mutating func fresh(_ name: String) -> String {
    if names.insert(name).inserted { return name }
    var number = lastNumbers[name] ?? 1
    var candidate: String
    repeat {
      number += 1
      candidate = name + "'" + (number == 2 ? "" : "\(number)")
    } while !names.insert(candidate).inserted
    lastNumbers[name] = number
    return candidate
  }

  /// A new constant; returns its name, which is fresh.
  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    let unique = fresh(path + name)
    scopes.bind(unique, .tensor(graph.addConstant(unique, tensor)))
    return unique
  }

  /// The name in the graph of a value that a subgraph calls `name`. The model's own names are kept; a subgraph may be written out many
  /// times.
  mutating func display(_ name: String) -> String { scopes.depth == 0 ? name : fresh(path + name) }
}
