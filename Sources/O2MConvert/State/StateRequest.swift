import O2MGraph
import O2MImport
import O2MRuntime
import O2MTensor

/// What `--state IN=OUT` asks for: an input that takes an output of the run before.
public struct StateRequest: Equatable, Sendable {
  public var input: String
  public var output: String

  public init(input: String, output: String) {
    self.input = input
    self.output = output
  }

  /// Parses `IN=OUT`. Names may hold the sign themselves: the longest that are names of the model count, else what stands before the first.
  public init?(argument: String, inputs: [String], outputs: [String]) {
    var places: [String.Index] = []
    for place in argument.indices where argument[place] == "=" { places.append(place) }
    func sides(_ place: String.Index) -> (String, String) {
      (String(argument[..<place]), String(argument[argument.index(after: place)...]))
    }
    let known = places.last { inputs.contains(sides($0).0) && outputs.contains(sides($0).1) }
    guard let place = known ?? places.first else { return nil }
    (input, output) = sides(place)
    guard !input.isEmpty, !output.isEmpty else { return nil }
  }
}

extension StateRequest {
  /// Those that a bundle was made with.
  public static func all(in model: Model) -> [StateRequest] {
    let manifest = model.manifest
    return model.state.links.map { StateRequest(input: manifest.inputs[$0.input].name, output: manifest.outputs[$0.output].name) }
  }
}

/// Why a model cannot carry the state that was asked for.
public enum StateError: Error, Equatable, Sendable {
  case unknownInput(String, inputs: [String])
  case unknownOutput(String, outputs: [String])
  /// An input that is asked for twice.
  case repeated(input: String)
  /// The input is a constant, because it was given a value.
  case constant(input: String)
  case types(StateRequest, input: TensorType, output: TensorType)
  /// A run decides how long the output is.
  case counted(StateRequest)
  /// Both have one type at the typical extents and others at these.
  case extents(StateRequest, input: Shape, output: Shape)
}

extension StateLinks {
  /// The links that are asked for, checked against the model.
  ///
  /// - Parameters:
  ///   - constants: inputs that are none any more.
  ///   - others: the same graph at other extents of its inputs.
  ///   - counted: the same where a run decides other extents.
  init(_ requests: [StateRequest], of imported: ImportedModel, constants: [String], others: [Graph] = [], counted: [Graph] = [])
    throws(StateError)
  {
    let graph = imported.graph, inputs = graph.inputs.map { graph[$0].name }, outputs = graph.outputs.map { graph[$0].name }
    var links: [Link] = []
    for request in requests {
      guard let input = inputs.firstIndex(of: request.input) else {
        if constants.contains(request.input) { throw .constant(input: request.input) }
        throw .unknownInput(request.input, inputs: inputs)
      }
      guard let output = outputs.firstIndex(of: request.output) else { throw .unknownOutput(request.output, outputs: outputs) }
      guard !links.contains(where: { $0.input == input }) else { throw .repeated(input: request.input) }
      let types = (graph[graph.inputs[input]].type, graph[graph.outputs[output]].type)
      guard types.0 == types.1 else { throw .types(request, input: types.0, output: types.1) }
      for other in others {
        guard let shape = other.shape(other.inputs[input]), let next = other.shape(other.outputs[output]), shape != next else { continue }
        throw .extents(request, input: shape, output: next)
      }
      if counted.contains(where: { $0.shape($0.outputs[output]) != types.1.shape }) { throw .counted(request) }
      // What is zeros anyway is not stored.
      let stored = imported.initialState[request.input]?.bytes
      links.append(Link(input: input, output: output, initial: stored.flatMap { $0.contains { $0 != 0 } ? $0 : nil }))
    }
    self.init(links)
  }
}
