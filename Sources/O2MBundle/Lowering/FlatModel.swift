import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// A graph as the bundle holds it, with what the graph section does not: the constants and the names.
public struct FlatModel: Sendable {
  public var graph: FlatGraph
  /// The value of each constant, in the order of `graph.constants`.
  public var constants: [Tensor]
  /// For every value the original tensors that it equals; empty where there is none.
  public var origins: [[String]]
  public var inputNames: [String]
  public var outputNames: [String]
  /// The values of the graph that this was made from, by index; empty where it was built in code.
  public internal(set) var ids: [ValueID] = []
  public internal(set) var nodeNames: [String] = []
  /// The constants, by value index, that nodes of that graph compute: their values are known, but they are no weights of its own.
  var computed: Set<Int> = []
  /// The input shapes that a plan must serve beside its own, and how what follows from them is found; none where they are fixed.
  public internal(set) var shapes: OpenShapes?
  var sizes: [Size] = []
  /// The values whose extents a run decides.
  public internal(set) var counted = CountedValues([])
  var sizedNodes: [Bool] = []

  public init(graph: FlatGraph, constants: [Tensor], origins: [[String]] = [], inputNames: [String], outputNames: [String]) {
    self.graph = graph
    self.constants = constants
    self.origins = origins.isEmpty ? graph.values.map { _ in [] } : origins
    self.inputNames = inputNames
    self.outputNames = outputNames
  }

  /// A body of a node.
  init(_ body: Body) {
    self.init(
      graph: body.graph, constants: body.constants, inputNames: body.graph.values.prefix(body.graph.inputCount).map { _ in "" },
      outputNames: body.graph.outputs.map { _ in "" })
  }

  /// The tensor of a constant, nil for any other value.
  public func constant(_ value: Int) -> Tensor? { graph.isConstant(value) ? constants[value - graph.inputCount] : nil }

  /// The types of a node's operands.
  func types(_ node: FlatGraph.Node) -> [TensorType?] {
    node.inputs.map { $0.map { TensorType(graph.values[$0]) } }
  }

  func shape(_ value: Int) -> Shape { graph.values[value].shape }
}
