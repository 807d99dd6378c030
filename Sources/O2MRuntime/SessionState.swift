import O2MOps
import O2MTensor

// The inputs that a session carries from run to run.

/// The elements of one state, for the time in which a session has no place for them.
struct HeldState {
  var input: Int
  var bytes: [UInt8]
}

extension Session {
  /// Makes the state what it is before the first run: zeros, or what the bundle says.
  public func resetState() { if Included.has(.state) { for link in model.state.links { reset(link) } } }

  private func reset(_ link: StateLinks.Link) {
    let target = input(link.input)
    if let initial = link.initial, initial.count == target.count {
      target.copyBytes(from: initial)
    } else {
      for index in target.indices { target[index] = 0 }
    }
  }

  /// Copies each output that is state to its input.
  ///
  /// The inputs have memory of their own that no step writes, so that a run that fails leaves them as they were, and pointers to them stay
  /// good. An output that lies in one of them is kept beside it first: two states may take each other's input, as a row of delays does.
  func carry(_ setup: SessionSetup) {
    guard Included.has(.state), !model.state.links.isEmpty else { return }
    for kept in setup.kept {
      let place = setup.memory[model.plan.outputs[kept.output]]
      (setup.arena + kept.offset).copyMemory(from: setup.arena + place.offset, byteCount: place.count)
    }
    for link in model.state.links { input(link.input).copyMemory(from: output(link.output)) }
  }

  /// The states that have the same types in `graph` as now.
  func heldState(of graph: FlatGraph) -> [HeldState] {
    guard Included.has(.state) else { return [] }
    var held: [HeldState] = []
    for link in model.state.links where graph.values[link.input] == inputType(link.input) {
      held.append(HeldState(input: link.input, bytes: [UInt8](input(link.input))))
    }
    return held
  }

  /// Writes what was held; the other states are as before the first run.
  func setState(_ held: [HeldState]) {
    guard Included.has(.state) else { return }
    for link in model.state.links {
      if let state = held.first(where: { $0.input == link.input }) {
        input(link.input).copyBytes(from: state.bytes)
      } else {
        reset(link)
      }
    }
  }
}

extension Model {
  /// The shapes of all inputs where some are not given, as those of states need not be: an open extent is that of the other inputs with its
  /// symbol, else the typical one.
  public func shapes(following given: [Shape?]) -> [Shape] {
    var bound = (shapes?.symbols ?? []).map { $0.typical }
    for (input, shape) in given.enumerated() {
      guard let shape, let axes = shapes?.axes[input], shape.rank == axes.count else { continue }
      for (axis, symbol) in axes.enumerated() { if let symbol { bound[symbol] = shape[axis] } }
    }
    var all: [Shape] = []
    for (input, shape) in given.enumerated() {
      var dims = graph.values[input].shape.dims
      for axis in dims.indices { if let symbol = shapes?.axes[input][axis] { dims[axis] = bound[symbol] } }
      all.append(shape ?? Shape(dims))
    }
    return all
  }
}

extension StateLinks {
  /// Each input must have the type of its output.
  func check(_ graph: FlatGraph) throws(ShapeFault) {
    for link in links where graph.values[link.input] != graph.values[graph.outputs[link.output]] {
      throw .state(input: link.input, output: link.output)
    }
  }
}
