import O2MTensor

extension MutationCollector {
  /// Inputs that become constants, constants that become inputs, and shapes that all inputs get at once.
  mutating func visit(graph: WireMessage, _ path: [Int], _ place: Mutation.Place) {
    let first = graph.messages("node").first?.string("op_type") ?? ""
    for shape in Extremes.shapes {
      note(Mutation.Place(type: first, field: "dims of every input"), Self.text(shape), path) { $0.setInputs(shape) }
    }
    let constants = Set(graph.messages("initializer").map { $0.string("name") })
    for input in graph.messages("input") {
      let name = input.string("name"), type = input.messages("type").first?.messages("tensor_type").first
      guard !constants.contains(name), let type, let number = type.numbers("elem_type").first,
        let element = UInt8(exactly: number).flatMap(ElementType.init(rawValue:)), let shape = type.messages("shape").first
      else { continue }
      let dims = shape.messages("dim").map { $0.numbers("dim_value").first ?? 2 }
      guard let count = dims.product, count <= 1 << 12 else { continue }
      let here = graph.reader(of: name).entering("input that is a constant")
      for value in Extremes.values(element) {
        guard let tensor = Extremes.tensor(element, dims, value) else { break }
        note(here, "\(value)", path) { $0.replaceInput(name, with: tensor) }
      }
    }
    for constant in graph.messages("initializer") {
      let name = constant.string("name")
      guard let element = constant.numbers("data_type").first else { continue }
      note(graph.reader(of: name).entering("constant that is an input"), "", path) { $0.makeInput(name, element, constant.numbers("dims")) }
    }
  }
}

extension WireMessage {
  /// The place of a value of this graph: the node that reads it.
  fileprivate func reader(of name: String) -> Mutation.Place {
    Mutation.Place(type: messages("node").first { $0.strings("input").contains(name) }?.string("op_type") ?? "")
  }

  private func places(of field: String, named name: String) -> [Int] {
    fields.indices.filter { index in
      guard fields[index].number == type.number(of: field), case .message(let message) = fields[index].value else { return false }
      return message.string("name") == name
    }
  }

  fileprivate mutating func replaceInput(_ name: String, with tensor: Tensor) {
    for index in places(of: "input", named: name).reversed() { fields.remove(at: index) }
    var constant = WireMessage(type.message(in: "initializer"))
    constant.append("name", name)
    constant.setContent(tensor)
    append("initializer", .message(constant))
  }

  fileprivate mutating func makeInput(_ name: String, _ element: Int, _ dims: [Int]) {
    for index in places(of: "initializer", named: name).reversed() { fields.remove(at: index) }
    guard places(of: "input", named: name).isEmpty else { return }
    var info = WireMessage(type.message(in: "input"))
    info.append("name", name)
    var note = WireMessage(info.type.message(in: "type"))
    var tensor = WireMessage(note.type.message(in: "tensor_type"))
    tensor.append("elem_type", element)
    var shape = WireMessage(tensor.type.message(in: "shape"))
    shape.setDims(dims)
    tensor.append("shape", .message(shape))
    note.append("tensor_type", .message(tensor))
    info.append("type", .message(note))
    append("input", .message(info))
  }

  /// Gives every input of tensors the shape `dims`.
  fileprivate mutating func setInputs(_ dims: [Int]) {
    for index in fields.indices where fields[index].number == type.number(of: "input") {
      guard case .message(var info) = fields[index].value, case .message(var note)? = info["type"].first,
        case .message(var tensor)? = note["tensor_type"].first
      else { continue }
      var shape = WireMessage(tensor.type.message(in: "shape"))
      shape.setDims(dims)
      tensor.set("shape", .message(shape))
      note.set("tensor_type", .message(tensor))
      info.set("type", .message(note))
      fields[index].value = .message(info)
    }
  }
}
