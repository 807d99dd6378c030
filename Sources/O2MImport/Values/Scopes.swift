import O2MGraph

/// What the names of the model stand for, those of the subgraph at hand, then of the graphs around it.
struct Scopes {
  private struct Frame {
    var bindings: [String: OnnxValue<ValueID>] = [:]
    /// A function does not see the names of its caller.
    var isClosed = false
  }

  private var frames = [Frame()]

  var depth: Int { frames.count - 1 }

  subscript(name: String) -> OnnxValue<ValueID>? {
    for frame in frames.reversed() {
      if let found = frame.bindings[name] { return found }
      if frame.isClosed { return nil }
    }
    return nil
  }

  mutating func bind(_ name: String, _ binding: OnnxValue<ValueID>) { frames[frames.count - 1].bindings[name] = binding }
  mutating func open(closed: Bool = false) { frames.append(Frame(isClosed: closed)) }
  mutating func close() { frames.removeLast() }
}
