import COnnxProto
import O2MGraph
import O2MOps
import O2MTensor

/// What an import is told beyond the file.
public struct ImportOptions: Sendable {
  /// What the values in `inputs` may decide.
  public enum Knowledge: Sendable {
    /// Nothing but the shapes of the inputs.
    case shapes
    /// Also inputs that hold integers, truth values or a few numbers, where a shape or a branch depends on them: those become constants.
    case pinned
    /// Everything: each node is evaluated as it is added, so that branches, loops and shapes may depend on data. The graph then is what the
    /// model does with these inputs.
    case all
  }

  /// Extents by input name; they pin what the file leaves open.
  public var inputShapes: [String: [Int]] = [:]
  /// Values by input name: these inputs become constants and leave the signature.
  public var inputValues: [String: InputValue] = [:]
  /// Inputs that are state: they stay inputs, even where the file stores what they are before the first run.
  public var stateInputs: Set<String> = []
  /// What an open first extent becomes.
  var firstExtent = 1
  /// Values of the inputs, in their order or by name.
  public var inputs: [(name: String, value: OnnxValue<Tensor>)] = []
  public var knowledge = Knowledge.shapes
  /// How long results are taken to be whose lengths depend on data; nil refuses them. See `CountedImport`.
  public var counts: CountTrial?
  /// What the model may ask for.
  public var limits = ResourceLimits()

  public init(inputShapes: [String: [Int]] = [:]) { self.inputShapes = inputShapes }
}

/// An input that the caller made a constant.
public struct FixedInput: Sendable {
  /// Its place among the model's inputs.
  public var index: Int
  public var name: String
  public var value: OnnxValue<Tensor>
}

/// A model as a typed graph, and what is worth telling about it.
public struct ImportedModel: Sendable {
  public var graph: Graph
  public var notes: [ImportNote]
  /// Where the file is wrong and the import went on.
  public var warnings: [ImportWarning]
  public var irVersion: Int
  /// Of the default domain; 0 where the model imports none.
  public var opset: Int
  public var producer: String
  public var fileBytes: Int
  /// The files that external data is in.
  public var external: ExternalFiles
  /// The inputs whose given value became a constant, because it holds strings or a shape or a branch depends on it.
  public var pinned: [String]
  /// The inputs that `ImportOptions.inputValues` made constants, in the model's order.
  public var fixed: [FixedInput]
  /// What the file stores for inputs of `ImportOptions.stateInputs`, by name.
  public var initialState: [String: Tensor]
  /// For each of the graph's inputs the value that was given for it; nil where none was.
  public var given: [Tensor?]
  /// Values that were known, and decided which branch was taken or how often a loop runs.
  public var decisions: [ValueID]
  /// The model's outputs; the leaves are indices of the graph's.
  public var outputs: [(name: String, value: OnnxValue<Int>)]

  /// The model's outputs, given those of the graph.
  public func values(of results: [Tensor]) -> [(name: String, value: OnnxValue<Tensor>)] {
    outputs.map { ($0.name, $0.value.map { index, _ in results[index] }) }
  }

  /// The outputs where the import could compute them already.
  public var known: [Tensor]? {
    let tensors = graph.outputs.compactMap { graph[$0].fact.value }
    return tensors.count == graph.outputs.count ? tensors : nil
  }
}

/// Imports the ONNX model at `path`.
///
/// Constants are used where they lie in the decoded file, which stays in memory until the last of them is dropped.
///
/// - Parameter inputShapes: extents by input name; they pin what the file leaves open.
/// - Spec: ONNX 1.23: IR 3 to 14, opsets 1 to 28. Functions of the model, branches and loops are written out; a branch or a loop that
///   depends on data is refused by name.
/// - Errors: `ImportError`; what breaks a rule and unsupported operators are collected before anything is thrown.
public func importModel(path: String, inputShapes: [String: [Int]] = [:]) throws(ImportError) -> ImportedModel {
  try importModel(path: path, options: ImportOptions(inputShapes: inputShapes))
}

/// Imports the ONNX model at `path` with what `options` say of its inputs.
///
/// - Parameter inspecting: gets the bytes of the file, those that are imported, once.
public func importModel(
  path: String, options: ImportOptions, inspecting: (UnsafeRawBufferPointer) -> Void = { _ in }
) throws(ImportError) -> ImportedModel {
  try importModel(ModelFile(path: path, limits: options.limits, inspecting: inspecting), options)
}

/// The same for a model whose file is decoded already.
package func importModel(_ file: ModelFile, _ options: ImportOptions = ImportOptions()) throws(ImportError) -> ImportedModel {
  guard let graph = file.message.pointee.graph?.pointee else { throw .noGraph }
  let main = try Subgraph(graph, in: file, opsets: file.opsets, kept: options.stateInputs)
  guard file.opset > 0 || !main.uses(domain: "") else { throw .noOpset }
  var pinned: Set<String> = []
  while true {
    var importer = Importer(file: file, main: main, options: options, pinned: pinned)
    do throws(ImportError) { try importer.run() } catch {
      guard importer.wanted.isEmpty else {
        pinned.formUnion(importer.wanted)
        continue
      }
      throw importer.blamingShapes(for: error)
    }
    let message = file.message.pointee
    return ImportedModel(
      graph: importer.graph, notes: importer.notes, warnings: importer.warnings, irVersion: Int(message.ir_version), opset: file.opset,
      producer: [string(message.producer_name), string(message.producer_version)].filter { !$0.isEmpty }.joined(separator: " "),
      fileBytes: file.byteCount, external: file.external.files, pinned: (importer.stringInputs + pinned).sorted(),
      fixed: importer.fixed, initialState: main.storedState, given: importer.matched, decisions: importer.decisions,
      outputs: importer.outputs)
  }
}

/// The names of a model's inputs and outputs and what they are, without an import.
public struct ModelSignature: Sendable {
  public let inputs: [(name: String, kind: ValueKind)]
  public let outputs: [(name: String, kind: ValueKind)]
  /// Those of the file's inputs that a stored tensor makes constants, unless they are state.
  public let stored: [String]

  public init(path: String, limits: ResourceLimits = ResourceLimits()) throws(ImportError) {
    let file = try ModelFile(path: path, limits: limits)
    guard let graph = file.message.pointee.graph?.pointee else { throw .noGraph }
    let main = try Subgraph(graph, in: file, opsets: file.opsets)
    inputs = main.inputs.map { ($0.name, $0.note.kind) }
    let constants = Set(main.initializers.map(\.name))
    stored = CArray(graph.input, graph.n_input).map { string($0.pointee.name) }.filter(constants.contains)
    outputs = main.outputs.map { ($0.name, $0.note.kind) }
  }
}
