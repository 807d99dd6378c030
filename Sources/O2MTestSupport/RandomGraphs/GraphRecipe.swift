import O2MGraph
import O2MImport
import O2MOps
import O2MTensor

/// What a graph is made of, step by step, with inputs to run it on: a generator writes it, a minimizer cuts it, a file can hold it.
///
/// Everything goes by name. A step reads inputs, constants and outputs of earlier steps; outputs may be anything but constants.
package struct GraphRecipe: Sendable {
  package typealias Named = NamedTensor

  package struct Step: Sendable {
    package var code: OpCode
    package var attributes: [AttributeName: Attributes.Value]
    /// nil where an optional input is absent.
    package var inputs: [String?]
    package var outputs: [String]
  }

  /// The version of ONNX whose operators the steps are.
  package static let opset = 26

  package var seed: UInt64
  package var inputs: [Named] = []
  package var constants: [Named] = []
  package var steps: [Step] = []
  package var outputs: [String] = []

  /// The operators, each once, in the order of their codes.
  package var codes: [OpCode] { Set(steps.map(\.code)).sorted { $0.rawValue < $1.rawValue } }

  package var inputTensors: [Tensor] { inputs.map(\.tensor) }

  /// - Errors: `.operands` where an operator refuses what it is given.
  package func graph() throws(GraphError) -> Graph {
    var graph = Graph(name: "seed-\(seed)"), ids: [String: ValueID] = [:]
    for input in inputs { ids[input.name] = graph.addInput(input.name, input.tensor.type) }
    for constant in constants { ids[constant.name] = graph.addConstant(constant.name, constant.tensor) }
    for step in steps {
      let op: Op
      do throws(OpFault) { op = try step.op() } catch { throw .operands(node: step.outputs[0], error) }
      let operands = step.inputs.map { $0.flatMap { ids[$0] } }
      for (name, id) in zip(step.outputs, try graph.addNode(op, operands, name: step.outputs[0], outputs: step.outputs)) { ids[name] = id }
    }
    for name in outputs { if let id = ids[name] { graph.addOutput(id) } }
    return graph
  }

  /// The model as a file of ONNX.
  package var model: [UInt8] {
    var writer = ModelWriter(opset: Self.opset)
    writer.irVersion = 11
    for input in inputs { writer.input(input.name, input.tensor.element, input.tensor.shape.dims.map { .fixed($0) }) }
    for constant in constants { writer.initializer(constant.name, constant.tensor) }
    for step in steps {
      let attributes = step.attributes.sorted { $0.key.rawValue < $1.key.rawValue }
      writer.node(
        step.code.name.description, step.inputs.map { $0 ?? "" }, step.outputs, name: step.outputs[0],
        attributes.map { ($0.key.rawValue, $0.value.written) })
    }
    let types = (try? graph()).map { graph in graph.outputs.map { graph[$0].type } } ?? []
    for (name, type) in zip(outputs, types) { writer.output(name, type.element, type.dims.map { $0.value.map { .fixed($0) } ?? .open }) }
    return writer.bytes
  }
}

extension GraphRecipe.Step {
  package func op() throws(OpFault) -> Op {
    try Op(code, Attributes(attributes, inputs: inputs.map { $0 != nil }, outputs: outputs.count, opset: GraphRecipe.opset))
  }
}

extension Attributes.Value {
  fileprivate var written: ModelWriter.Attribute {
    switch self {
    case .float(let value): .float(value)
    case .int(let value): .int(value)
    case .string(let value): .string(value)
    case .floats(let values): .floats(values)
    case .ints(let values): .ints(values)
    case .strings(let values): .strings(values)
    case .tensor(let value): .tensor(value)
    }
  }
}
