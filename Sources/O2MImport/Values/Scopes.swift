import O2MGraph

/// What a name of the model stands for while it is imported.
///
/// Lists, strings and optional values exist only here: the graph holds tensors, and a list is the values it is made of.
indirect enum Binding: Sendable {
  case tensor(ValueID)
  /// Strings, which the graph does not hold either: their value is always known.
  case text(StringTensor)
  case sequence([Binding])
  /// An optional value that is absent.
  case none
  /// What a node gives that could not be imported; the fault was noted there.
  case unknown

  var tensor: ValueID? { if case .tensor(let id) = self { id } else { nil } }

  var holdsText: Bool {
    switch self {
    case .text: true
    case .sequence(let items): items.contains { $0.holdsText }
    default: false
    }
  }

  var isUnknown: Bool {
    switch self {
    case .unknown: true
    case .sequence(let items): items.contains { $0.isUnknown }
    default: false
    }
  }
}

/// The names in force: those of the subgraph at hand, then of the graphs around it.
struct Scopes {
  private struct Frame {
    var bindings: [String: Binding] = [:]
    /// A function does not see the names of its caller.
    var isClosed = false
  }

  private var frames = [Frame()]

  var depth: Int { frames.count - 1 }

  subscript(name: String) -> Binding? {
    for frame in frames.reversed() {
      if let found = frame.bindings[name] { return found }
      if frame.isClosed { return nil }
    }
    return nil
  }

  mutating func bind(_ name: String, _ binding: Binding) { frames[frames.count - 1].bindings[name] = binding }
  mutating func open(closed: Bool = false) { frames.append(Frame(isClosed: closed)) }
  mutating func close() { frames.removeLast() }
}
