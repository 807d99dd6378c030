import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// Why a graph cannot become a bundle.
public enum PlanError: Error, Equatable, Sendable {
  /// The extents of a value depend on what the model computes, or are symbols that nobody pinned.
  case dynamic(value: String)
  case rank(value: String, limit: Int)
  /// The name of a value, too long for a bundle.
  case name(String, bytes: Int, limit: Int)
  /// A value that is larger than a runtime takes.
  case tooLarge(value: String, bytes: Int, limit: Int)
  /// Weights that are more, as they are stored, than a bundle may unpack to.
  case weights(bytes: Int, limit: Int)
  /// A plan whose values together take more memory than a runtime gives.
  case arena(bytes: Int, limit: Int)
  /// An element type that no tensor can hold.
  case element(value: String, ElementType)
  case node(NodePlace, OpFault)
  /// The operator asks for a form of its operands that neither its kernel nor its reference takes.
  case operands(NodePlace)
  /// The graphs inside of a node read a value whose length a run decides; see `NodePlace` for its operator.
  case countedOperand(NodePlace, value: String)
  /// A constant that follows from open extents in a way that a device cannot repeat.
  case derivation(value: String)
  /// The most that a run may find of a value follows from open extents in such a way.
  case bound(value: String)
  /// A bundle just written does not read back: our own fault.
  case unreadable(RunFault)
}

/// A bundle that cannot be opened or run.
public struct RunError: Error, Equatable, Sendable {
  public var fault: RunFault
  /// nil where the fault is of no node.
  public var node: NodePlace?
  /// The inputs of the bundle, by name.
  public var inputs: [String] = []
  /// The symbols of their extents.
  public var symbols: [OpenShapes.Symbol] = []

  /// `model` is nil where the fault kept it from being opened.
  public init(_ fault: RunFault, in model: Model?) {
    self.fault = fault
    inputs = model?.manifest.inputs.map(\.name) ?? []
    symbols = model?.shapes?.symbols ?? []
    guard let model, let number = fault.node else { return }
    let names = model.names
    node = model.graph.place(of: number, named: nil) { names?[$0] }
  }
}

extension RunFault {
  /// The node of the graph that the fault is of.
  fileprivate var node: Int? {
    switch self {
    case .kernel(let node, _), .operands(let node), .run(let node, _), .shapes(.node(let node, _)): node
    case .open, .format, .memory, .threads, .misaligned, .cancelled, .noClasses, .noTask, .picture, .shapes, .state: nil
    }
  }
}

extension FlatGraph {
  /// A node with the names that `name` gives to values.
  func place(of node: Int, named name: String?, _ names: (Int) -> String?) -> NodePlace {
    func tensor(_ value: Int) -> NodePlace.Tensor { .init(name: names(value), number: value) }
    return NodePlace(
      name: name, number: node, op: nodes[node].op.code, inputs: nodes[node].inputs.map { $0.map(tensor) },
      output: nodes[node].outputs.first.map(tensor))
  }
}

extension FlatModel {
  func place(of node: Int) -> NodePlace {
    graph.place(of: node, named: node < nodeNames.count ? nodeNames[node] : nil) { origins[$0].first }
  }
}
