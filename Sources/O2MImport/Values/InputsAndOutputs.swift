import O2MGraph
import O2MOps
import O2MTensor

/// The model's inputs and outputs.
extension Importer {
  mutating func addInputs() throws(ImportError) {
    try readInputValues()
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
    let shapes = try InputShapes(tensors, pins: pins(tensors), first: options.firstExtent, limits: graph.limits)
    (assumed, changed) = (shapes.assumed, shapes.changed)
    notes += assumed.map { .assumedBatch($0) } + changed.map { .changedExtent($0) }
    warnings += shapes.warnings
    var typeOf: [String: (note: TypeNote, shape: Shape)] = [:]
    for (input, shape) in zip(tensors, shapes.shapes) { typeOf[input.name] = (input.note, shape) }
    for (index, input) in main.inputs.enumerated() {
      let value = given(input.name, index)
      if input.note.element == .string {
        if let strings = try strings(value, input) {
          scopes.bind(input.name, .strings(strings))
          if options.inputValues[input.name] == nil { stringInputs.append(input.name) }
        } else {
          refusal.values.append(.stringInput(input.name))
          scopes.bind(input.name, .unknown)
        }
        continue
      }
      guard let (note, shape) = typeOf[input.name] else {
        guard options.knowledge == .all, let value else {
          refusal.values.append(.type(name: input.name, kind: input.note.kind.rawValue))
          scopes.bind(input.name, .unknown)
          continue
        }
        scopes.bind(input.name, bind(value, named: input.name))
        continue
      }
      guard let element = note.element ?? value?.tensor?.element else { throw .unknownElementType(input: input.name) }
      let type = TensorType(element, shape)
      let isFixed = options.inputValues[input.name] != nil
      if case .tensor(let tensor)? = value, isFixed || options.knowledge != .shapes, tensor.type != type {
        throw .givenType(input: input.name, given: tensor.type, expected: type)
      }
      if case .tensor(let tensor)? = value, isFixed || pinned.contains(input.name) {
        scopes.bind(input.name, .tensor(graph.addConstant(input.name, tensor)))
        continue
      }
      let id = graph.addInput(input.name, type)
      matched.append(value?.tensor)
      if options.knowledge == .all { graph[id].known = value?.tensor }
      scopes.bind(input.name, .tensor(id))
    }
  }

  /// The values that make inputs constants, each as its input takes it.
  private mutating func readInputValues() throws(ImportError) {
    if let unknown = options.inputValues.keys.sorted().first(where: { main.input(named: $0) == nil }) {
      throw .unknownInput(unknown, inputs: main.inputs.map(\.name))
    }
    for (index, input) in main.inputs.enumerated() {
      guard let value = options.inputValues[input.name] else { continue }
      do throws(InputValueFault) {
        fixed.append(FixedInput(index: index, name: input.name, value: try value.value(for: input.note)))
      } catch {
        throw .inputValue(input: input.name, error)
      }
    }
  }

  /// The strings of an input; nil where they are not given.
  private func strings(_ value: OnnxValue<Tensor>?, _ input: (name: String, note: TypeNote)) throws(ImportError) -> StringTensor? {
    guard options.knowledge != .shapes || options.inputValues[input.name] != nil, let value else { return nil }
    guard case .strings(let strings) = value, !input.note.contradicts(.string), !input.note.contradicts(strings.type.dims) else {
      throw .givenType(
        input: input.name, given: value.type ?? TensorType(.string, []), expected: input.note.type ?? TensorType(.string, []))
    }
    return strings
  }

  /// The value that was given for the input: by name, or by place where the values have no names of inputs.
  private func given(_ name: String, _ index: Int) -> OnnxValue<Tensor>? {
    if options.inputValues[name] != nil, let fixed = fixed.first(where: { $0.name == name }) { return fixed.value }
    if let place = givenPlaces[name] { return options.inputs[place].value }
    guard options.inputs.indices.contains(index) else { return nil }
    let other = options.inputs[index]
    return main.input(named: other.name) != nil ? nil : other.value
  }

  func given(_ name: String) -> OnnxValue<Tensor>? { main.input(named: name).flatMap { given(name, $0) } }

  /// The extents that pins and given values fix.
  private func pins(_ inputs: [(name: String, note: TypeNote)]) -> [String: [Int]] {
    var pins = options.inputShapes
    for (name, tensor) in main.storedState where pins[name] == nil { pins[name] = tensor.shape.dims }
    for input in inputs where pins[input.name] == nil {
      if case .tensor(let tensor)? = given(input.name) { pins[input.name] = tensor.shape.dims }
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

  /// The inputs that decide `id`, where every one of them is a setting rather than data: no floats, or few of them.
  func settings(behind id: ValueID) -> Set<String>? {
    var found: Set<String> = []
    var open = [id]
    var seen: Set<ValueID> = []
    while let next = open.popLast() {
      guard seen.insert(next).inserted, graph[next].fact.value == nil else { continue }
      if let producer = graph.producer(of: next) {
        open += producer.inputs.compactMap { $0 }
      } else {
        let type = graph[next].type
        guard main.input(named: graph[next].name) != nil else { return nil }
        guard !type.element.isFloat || type.shape.map({ $0.count <= Self.fewElements }) == true else { return nil }
        found.insert(graph[next].name)
      }
    }
    return found
  }

  private static var fewElements: Int { 16 }

  /// What inputs that are no data decide about `node` by `id`: a few integers or truth values, one float. nil where others have a say.
  func decision(_ node: NodeReference, behind id: ValueID?) -> Decision? {
    guard let id, let names = settings(behind: id), !names.isEmpty else { return nil }
    var inputs: [Decision.Input] = []
    for input in graph.inputs where names.contains(graph[input].name) {
      guard let shape = graph.shape(input), shape.count <= Self.fewElements else { return nil }
      guard !graph[input].type.element.isFloat || shape.rank == 0 else { return nil }
      inputs.append(Decision.Input(name: graph[input].name, type: graph[input].type, example: partner(of: input, in: id)))
    }
    return Decision(node: node, inputs: inputs)
  }

  /// The number that `input` is compared with on the way to `id`; nil where there is none.
  private func partner(of input: ValueID, in id: ValueID) -> Int? {
    var open = [id]
    var seen: Set<ValueID> = []
    while let next = open.popLast() {
      guard seen.insert(next).inserted, let producer = graph.producer(of: next) else { continue }
      let operands = producer.inputs.compactMap(\.self)
      if case .equal = producer.op, operands.contains(input),
        let value = operands.compactMap({ graph[$0].fact.value }).first, value.count == 1
      {
        return value.ints().first
      }
      open += operands
    }
    return nil
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
    // Nothing but labels that are strings.
    if outputs.isEmpty, refusal.error == nil, let first = main.outputs.first { refusal.values.append(.stringOutput(first.name)) }
    if options.knowledge != .all, graph.outputs.isEmpty, refusal.error == nil, let first = outputs.first {
      refusal.values.append(.emptyOutput(first.name))
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

extension Importer {
  /// `error`, or where the model works with other shapes, that those at hand are the reason for it.
  func blamingShapes(for error: ImportError) -> ImportError {
    guard error.kind == .invalid else { return error }
    if !changed.isEmpty {
      var options = options
      for dim in changed {
        guard var shape = options.inputShapes[dim.input] ?? given(dim.input)?.tensor?.shape.dims else { continue }
        shape[dim.axis] = dim.noted
        options.inputShapes[dim.input] = shape
      }
      guard let other = self.error(with: options) else { return .changedExtents(changed, error) }
      // What is not built is missing in every shape, and data of another shape than the file's is not data for this model.
      if other.kind != .invalid { return other }
    }
    if !assumed.isEmpty {
      var options = options
      // A window, a recurrence or a reshape asks for more than one; how many, only the user knows.
      for extent in [2, 16, 128, 1024] {
        options.firstExtent = extent
        if self.error(with: options) == nil { return .firstExtents(assumed, error) }
      }
    }
    return error
  }

  /// Why the model cannot be imported with other options; nil where it can.
  private func error(with options: ImportOptions) -> ImportError? {
    var importer = Importer(file: file, main: main, options: options, pinned: pinned)
    do throws(ImportError) { try importer.run() } catch { return error }
    return nil
  }
}
