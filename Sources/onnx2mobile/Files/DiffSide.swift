import HostSystem
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor

/// A file as `diff` takes it: a graph with the weights as they are computed with.
struct DiffSide {
  let path: String
  let bytes: Int
  let graph: Graph
  /// nil of an ONNX model.
  let bundle: OpenedBundle?
  let stage: String
  /// How weights of a bundle are stored, where that is not how they are computed with.
  private(set) var stored: [ValueID: WeightPrecision] = [:]
  /// Where the model leaves extents open; a sentence.
  var open: String?

  /// The graph of a model as it was imported, or as the passes leave it; in the shapes of `beside`, where that is a bundle.
  init(model path: String, _ options: ImportOptions, optimized: Bool, beside other: DiffSide?) throws {
    var options = options
    if let model = other?.bundle?.model {
      let manifest = model.manifest
      options.stateInputs = Set(StateRequest.all(in: model).map(\.input))
      for port in manifest.inputs where options.inputShapes[port.name] == nil { options.inputShapes[port.name] = port.type.shape.dims }
      // An input that only one of them has is a difference, not a fault.
      if let signature = try? ModelSignature(path: path, limits: options.limits) {
        let names = signature.inputs.map(\.name) + signature.stored.filter(options.stateInputs.contains)
        options.inputShapes = options.inputShapes.filter { names.contains($0.key) }
      }
      let fixed = other?.bundle.flatMap { bundle in try? bundle.model.section(FixedInputs.self) }
      options.inputValues.merge(fixed?.inputValues ?? [:]) { own, _ in own }
    }
    let model = try ShownModel(path, options)
    self.path = path
    bundle = nil
    graph = try model.graph(optimized: optimized)
    bytes = model.imported.fileBytes + model.imported.external.byteCount
    stage = (optimized ? Dump.Stage.optimized : .imported).rawValue
    open = model.open
  }

  init(bundle path: String, limits: Limits?) throws {
    let opened = try OpenedBundle(path, limits: limits), model = opened.model
    guard var graph = Graph(model) else {
      throw Failure(
        .unsupported, "\(path): a constant lies there in no form that a node reads",
        help: "convert the model again, and compare that bundle")
    }
    let origins = model.names?.origins
    for index in model.graph.values.indices {
      let id = ValueID(index), names = origins?[index] ?? []
      guard index >= model.graph.inputCount else { continue }
      if let name = names.first { graph[id].name = name }
      graph[id].origins = names
    }
    for (port, id) in zip(model.manifest.outputs, graph.outputs) { graph[id].name = port.name }
    for slot in model.plan.slots where slot.precision != .float32 { stored[ValueID(slot.value)] = slot.precision }
    (self.path, self.graph, bundle) = (path, graph, opened)
    bytes = opened.fileBytes
    stage = Dump.Stage.planned.rawValue
  }

  var nodeNames: [String] { graph.nodes.map { bundle == nil ? $0.name : graph[$0.output].name } }

  /// The outputs of each of `inputs`.
  func run(_ inputs: [[Tensor]]) throws -> [[Tensor]] {
    if let bundle {
      let session = try bundle.session()
      return try inputs.map { inputs in try bundle.running(on: .drawnToVerify) { () throws(RunFault) in try session.run(inputs) } }
    }
    do throws(EvaluationError) {
      var outputs: [[Tensor]] = []
      for inputs in inputs { outputs.append(try Evaluator(graph).run(inputs)) }
      return outputs
    } catch { throw ConversionMessages.failure(error, file: path, values: .drawnToVerify) }
  }
}
