import O2MGraph
import O2MImport
import O2MOps
import O2MTensor

/// A part of a model with what its inputs hold, as it is written to a file of its own.
struct ModelPiece: ReducibleGraph {
  struct Step: ReducibleStep {
    var type: String
    var domain: String
    var attributes: [(name: String, value: ModelWriter.Attribute)]
    /// "" where an optional operand is absent.
    var operands: [String]
    var results: [String]

    var inputs: [String?] { operands.map { $0.isEmpty ? nil : $0 } }
    var outputs: [String] { results.filter { !$0.isEmpty } }
  }

  let irVersion: Int
  let opsets: [(domain: String, version: Int)]
  /// Of all values, as far as they are tensors.
  var types: [String: TensorType] = [:]
  var inputs: [NamedTensor] = []
  var constants: [NamedTensor] = []
  var steps: [Step] = []
  var outputs: [String] = []

  init(of outline: ModelOutline) {
    // Weights need not be inputs from 4 on.
    irVersion = max(4, outline.irVersion)
    opsets = outline.opsets
  }

  var inputTensors: [Tensor] { inputs.map(\.tensor) }

  /// The model as a file of ONNX.
  var bytes: [UInt8] {
    var writer = ModelWriter()
    writer.irVersion = irVersion
    let domains = Set(steps.map(\.domain) + [""])
    writer.opsets = opsets.filter { domains.contains($0.domain) }
    for input in inputs { writer.input(input.name, input.tensor.element, input.tensor.shape.dims.map { .fixed($0) }) }
    for constant in constants { writer.initializer(constant.name, constant.tensor) }
    for step in steps { writer.node(step.type, step.operands, step.results, name: step.outputs[0], domain: step.domain, step.attributes) }
    for name in outputs {
      guard let type = types[name] else { continue }
      writer.output(name, type.element, type.dims.map { $0.value.map { .fixed($0) } ?? .open })
    }
    return writer.bytes
  }

  /// The graph that the importer makes of the file; nil where it refuses it, or takes other inputs.
  var imported: Graph? {
    guard outputs.allSatisfy({ types[$0] != nil }), let graph = try? importModel(ModelFile(bytes)).graph else { return nil }
    return graph.inputs.map { graph[$0].type } == inputs.map(\.tensor.type) ? graph : nil
  }

  /// What it computes; nil where it cannot run.
  var values: ReducibleValues? {
    guard let graph = imported, let trace = try? Evaluator(graph).trace(inputTensors) else { return nil }
    var values = ReducibleValues()
    for (name, id) in graph.valuesByName {
      values.tensors[name] = trace[id] ?? graph[id].fact.value
      if graph[id].fact.value != nil { values.constants.insert(name) }
    }
    return values
  }

  /// The same piece with names that say nothing of the model.
  var renamed: ModelPiece {
    var names: [String: String] = ["": ""], piece = self
    for (index, input) in inputs.enumerated() { names[input.name] = "x\(index)" }
    for (index, constant) in constants.enumerated() { names[constant.name] = "c\(index)" }
    for (index, name) in steps.flatMap(\.outputs).enumerated() { names[name] = "y\(index)" }
    func new(_ name: String) -> String { names[name] ?? "" }
    piece.inputs = inputs.map { NamedTensor(name: new($0.name), tensor: $0.tensor) }
    piece.constants = constants.map { NamedTensor(name: new($0.name), tensor: $0.tensor) }
    for index in steps.indices {
      piece.steps[index].operands = steps[index].operands.map(new)
      piece.steps[index].results = steps[index].results.map(new)
    }
    piece.outputs = outputs.map(new)
    piece.types = Dictionary(types.compactMap { name, type in names[name].map { ($0, type) } }) { first, _ in first }
    return piece
  }
}

extension Graph {
  /// The values of an imported graph by the names that the file has for them.
  var valuesByName: [String: ValueID] {
    var values: [String: ValueID] = [:]
    for index in 0..<valueCount {
      let id = ValueID(index)
      for name in self[id].origins + [self[id].name] where values[name] == nil { values[name] = id }
    }
    return values
  }
}
