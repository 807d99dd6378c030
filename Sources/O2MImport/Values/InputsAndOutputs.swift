import O2MGraph
import O2MOps
import O2MTensor

/// The model's inputs and outputs.
extension Importer {
  mutating func addInputs() throws(ImportError) {
    var tensors: [(name: String, note: TypeNote)] = []
    for (index, input) in main.inputs.enumerated() where input.note.element != .string {
      let value = given(input.name, index)
      if case .tensor(let tensor)? = value, input.note.kind != .sequence {
        // An optional tensor that is there is a tensor.
        tensors.append((input.name, input.note.kind == .tensor ? input.note : TypeNote(tensor.type)))
      } else if input.note.kind == .tensor {
        tensors.append(input)
      }
    }
    let shapes = try InputShapes(tensors, pins: pins(tensors))
    notes += shapes.notes
    var shapeOf: [String: Shape] = [:]
    for (input, shape) in zip(tensors, shapes.shapes) { shapeOf[input.name] = shape }
    for (index, input) in main.inputs.enumerated() {
      let value = given(input.name, index)
      if input.note.element == .string {
        if let strings = try strings(value, input) {
          scopes.bind(input.name, .strings(strings))
          stringInputs.append(input.name)
        } else {
          refusal.values.append(.stringInput(input.name))
          scopes.bind(input.name, .unknown)
        }
        continue
      }
      guard let shape = shapeOf[input.name], let note = tensors.first(where: { $0.name == input.name })?.note else {
        guard options.knowledge == .all, let value else {
          refusal.values.append(.type(name: input.name, kind: input.note.kind.rawValue))
          scopes.bind(input.name, .unknown)
          continue
        }
        scopes.bind(input.name, bind(value, named: input.name))
        continue
      }
      guard let element = note.element else { throw .unknownElementType(input: input.name) }
      let type = TensorType(element, shape)
      if case .tensor(let tensor)? = value, options.knowledge != .shapes, tensor.type != type {
        throw .givenType(input: input.name, given: tensor.type, expected: type)
      }
      if case .tensor(let tensor)? = value, pinned.contains(input.name) {
        scopes.bind(input.name, .tensor(graph.addConstant(input.name, tensor)))
        continue
      }
      let id = graph.addInput(input.name, type)
      matched.append(value?.tensor)
      if options.knowledge == .all { graph[id].known = value?.tensor }
      scopes.bind(input.name, .tensor(id))
    }
  }

  /// The strings of an input; nil where they are not given.
  private func strings(_ value: OnnxValue<Tensor>?, _ input: (name: String, note: TypeNote)) throws(ImportError) -> StringTensor? {
    guard options.knowledge != .shapes, let value else { return nil }
    guard case .strings(let strings) = value, !input.note.contradicts(strings.type) else {
      throw .givenType(
        input: input.name, given: value.type ?? TensorType(.string, []), expected: input.note.type ?? TensorType(.string, []))
    }
    return strings
  }

  /// The value that was given for the input: by name, or by place where the values have no names of inputs.
  private func given(_ name: String, _ index: Int) -> OnnxValue<Tensor>? {
    if let named = options.inputs.first(where: { $0.name == name }) { return named.value }
    guard options.inputs.indices.contains(index) else { return nil }
    let other = options.inputs[index]
    return main.inputs.contains { $0.name == other.name } ? nil : other.value
  }

  /// The extents that pins and given values fix.
  private func pins(_ inputs: [(name: String, note: TypeNote)]) -> [String: [Int]] {
    var pins = options.inputShapes
    for (index, input) in main.inputs.enumerated() where pins[input.name] == nil && inputs.contains(where: { $0.name == input.name }) {
      if case .tensor(let tensor)? = given(input.name, index) { pins[input.name] = tensor.shape.dims }
    }
    return pins
  }

  /// `value` with each of its tensors an input of the graph.
  private mutating func bind(_ value: OnnxValue<Tensor>, named name: String) -> OnnxValue<ValueID> {
    value.map(named: name) { tensor, name in
      let id = graph.addInput(name, tensor.type)
      matched.append(tensor)
      graph[id].known = tensor
      return id
    }
  }

  /// The inputs that decide `id`, where the value of every one of them was given and is small enough to be a setting rather than data.
  func settings(behind id: ValueID) -> Set<String>? {
    var found: Set<String> = []
    var open = [id]
    var seen: Set<ValueID> = []
    while let next = open.popLast() {
      guard seen.insert(next).inserted, graph[next].fact.value == nil else { continue }
      if let producer = graph.producer(of: next) {
        open += producer.inputs.compactMap { $0 }
      } else {
        let name = graph[next].name
        guard let index = main.inputs.firstIndex(where: { $0.name == name }), case .tensor(let tensor)? = given(name, index) else {
          return nil
        }
        guard !tensor.element.isFloat || tensor.count <= 16 else { return nil }
        found.insert(name)
      }
    }
    return found
  }

  /// Notes outputs that hold strings where a graph is wanted: none holds them.
  mutating func addOutputs() {
    for output in main.outputs {
      guard let binding = scopes[output.name], !binding.isUnknown else { continue }
      guard options.knowledge == .all || !binding.holdsStrings else {
        refusal.values.append(.stringOutput(output.name))
        continue
      }
      let value = binding.map(named: output.name) { id, name in
        graph.addOutput(named(id, name))
        return graph.outputs.count - 1
      }
      outputs.append((output.name, value))
    }
  }

  /// `id`, or a copy of it that has the output's name.
  private mutating func named(_ id: ValueID, _ name: String) -> ValueID {
    guard graph[id].name != name else { return id }
    let copies = try? graph.addNode(.identity(Identity()), [id], name: fresh("Identity_\(name)"), outputs: [name])
    guard let copy = copies?.first else { preconditionFailure("Identity takes every value") }
    return copy
  }
}
