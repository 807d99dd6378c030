import O2MOps
import O2MTensor

/// Why a model was not imported. Data only: the command line has the words.
///
/// A `…Fault` in it is a fact about the file in numbers, without the names of files or nodes; this, an `…Error`, is what an operation of
/// the host throws and holds the fault with its place.
public enum ImportError: Error, Equatable, Sendable {
  // The file.
  case cannotOpen(Int32)  // errno
  case cannotRead(Int32)  // errno, 0: the file became shorter while it was read
  case notRegularFile
  case empty
  case tooLarge(bytes: Int, limit: Int)
  /// The file or one of its inputs asks for more than it is given.
  case limit(ResourceLimit, input: String?, found: Int, limit: Int)
  /// The first bytes are not those of the message that was expected.
  case notProtobuf
  case wire(WireFault, offset: Int)
  /// Well-formed, but libprotobuf-c refuses it.
  case undecodable

  // The model.
  case irVersion(Int64)  // supported: ModelFile.irVersions
  case noOpset
  case opset(Int64)  // supported: ModelFile.opsets
  case noGraph

  // Tensors and types.
  /// A test data file that holds a sequence or an optional value instead of a tensor.
  case sequenceOrOptional
  case tensor(name: String, TensorFault)
  case value(UnsupportedValue)

  // Inputs.
  case unknownInput(String, inputs: [String])
  case unknownRank(input: String)
  case unknownElementType(input: String)
  /// A value that was given for an input of another type.
  case givenType(input: String, given: TensorType, expected: TensorType)
  case pinnedRank(input: String, pinned: Int, rank: Int)
  /// The graph works with the extents that the file fixes, not with those that were given.
  indirect case changedExtents([ChangedDim], ImportError)
  /// The graph does not work with 1 for these open first extents; it does with others.
  indirect case firstExtents([OpenDim], ImportError)
  case inputValue(input: String, InputValueFault)
  /// Two inputs share the symbol and were given two sizes.
  case pinnedSymbol(symbol: String, input: String, axis: Int, pinned: Int, before: Int)
  case openDims([OpenDim])

  // The graph: everything that was found, not only the first.
  case graph([GraphViolation])
  case unsupported([UnsupportedOperator])
  case node(NodeReference, OpFault)
  /// Reasons of several kinds, or several nodes.
  case refused(Refusal)
}

/// Everything that stands against a model.
public struct Refusal: Equatable, Sendable {
  public var unsupported: [UnsupportedOperator]
  public var values: [UnsupportedValue]
  public var nodes: [RefusedNode]
  public var graph: [GraphViolation]
  public var attributes: [RefusedAttribute]

  public init(
    unsupported: [UnsupportedOperator] = [], values: [UnsupportedValue] = [], nodes: [RefusedNode] = [], graph: [GraphViolation] = [],
    attributes: [RefusedAttribute] = []
  ) {
    self.unsupported = unsupported
    self.values = values
    self.nodes = nodes
    self.graph = graph
    self.attributes = attributes
  }

  /// All of it in one error, the plainest that can hold it; nil where nothing was found.
  var error: ImportError? {
    guard attributes.isEmpty else { return .refused(self) }
    return switch (values.count, nodes.count, unsupported.isEmpty, graph.isEmpty) {
    case (0, 0, true, true): nil
    case (1, 0, true, true): .value(values[0])
    case (0, 1, true, true) where nodes[0].decision == nil && nodes[0].sides == nil: .node(nodes[0].node, nodes[0].fault)
    case (0, 0, false, true): .unsupported(unsupported)
    case (0, 0, true, false): .graph(graph)
    default: .refused(self)
    }
  }

  /// Whether the model contradicts itself; else it is sound, and asks for what is not built.
  public var isContradiction: Bool {
    !graph.isEmpty || nodes.contains { !$0.isUnsupported } || attributes.contains { $0.refusal != .notSupported }
  }
}

/// A value of the model that no graph can hold.
public enum UnsupportedValue: Equatable, Sendable {
  /// No tensor, where only tensors will do; `kind` is the field number in ONNX's TypeProto: 4 sequence, 5 map, 7 opaque, 8 sparse tensor,
  /// 9 optional.
  case type(name: String, kind: Int)
  /// An input that holds strings, whose value is not given.
  case stringInput(String)
  /// An output that holds strings, where the outputs are to be a graph's.
  case stringOutput(String)
  /// An output that is a sequence of nothing, where no other holds a tensor.
  case emptyOutput(String)
}

/// A node that cannot be imported, and why.
public struct RefusedNode: Equatable, Sendable {
  public var node: NodeReference
  public var fault: OpFault
  /// What the fault hangs on; nil where no input that could be a setting decides.
  public var decision: Decision?
  /// What the two sides of an If give, where that is why it cannot be one node.
  public var sides: BranchTypes?

  public init(node: NodeReference, fault: OpFault, decision: Decision? = nil, sides: BranchTypes? = nil) {
    self.node = node
    self.fault = fault
    self.decision = decision
    self.sides = sides
  }

  /// Whether the model is sound but asks for what is not built. What a branch that may never run holds says nothing against a model.
  public var isUnsupported: Bool { decision != nil || fault.isUnsupported }
}

/// An output of an If that has one type where the condition holds, and another where it does not.
public struct BranchTypes: Equatable, Sendable {
  public var output: String
  public var then: TensorType
  public var otherwise: TensorType

  public init(output: String, then: TensorType, otherwise: TensorType) {
    self.output = output
    self.then = then
    self.otherwise = otherwise
  }
}

/// An attribute of a node that its operator does not have.
public struct RefusedAttribute: Equatable, Sendable {
  public var node: NodeReference
  public var name: String
  public var refusal: AttributeRefusal

  public init(node: NodeReference, name: String, refusal: AttributeRefusal) {
    self.node = node
    self.name = name
    self.refusal = refusal
  }
}

/// What small inputs decide about a graph: the form of a node, or which branch of one runs.
public struct Decision: Equatable, Sendable {
  public struct Input: Equatable, Sendable {
    public var name: String
    public var type: TensorType
    /// A value that the graph compares the input with.
    public var example: Int?

    public init(name: String, type: TensorType, example: Int? = nil) {
      self.name = name
      self.type = type
      self.example = example
    }
  }

  public var node: NodeReference
  public var inputs: [Input]

  public init(node: NodeReference, inputs: [Input]) {
    self.node = node
    self.inputs = inputs
  }
}

/// What an exit code needs to know.
public enum ImportErrorKind: Equatable, Sendable {
  case cannotOpen, invalid, unsupported, usage
}

extension ImportError {
  public var kind: ImportErrorKind {
    switch self {
    case .cannotOpen, .tensor(_, .external(.cannotOpen)): .cannotOpen
    case .unsupported, .value, .sequenceOrOptional, .limit, .tensor(_, .unsupportedType), .tensor(_, .limit): .unsupported
    case .node(_, let fault) where fault.isUnsupported: .unsupported
    case .refused(let refusal): refusal.isContradiction ? .invalid : .unsupported
    case .unknownInput, .unknownRank, .pinnedRank, .changedExtents, .firstExtents, .pinnedSymbol, .openDims, .givenType, .inputValue: .usage
    default: .invalid
    }
  }
}

/// A node, as a message names it.
public struct NodeReference: Equatable, Sendable {
  public var name: String
  public var type: String
  /// "" for ONNX's own operators.
  public var domain: String
  public var opset: Int

  public init(name: String, type: String, domain: String, opset: Int) {
    self.name = name
    self.type = type
    self.domain = domain
    self.opset = opset
  }
}

/// A rule of ONNX's graphs that the file breaks.
public enum GraphViolation: Equatable, Sendable {
  /// `node` is the one that gives the name again; nil where two inputs or constants share it.
  case duplicateValue(String, node: String?)
  case danglingInput(node: String, value: String)
  case danglingOutput(String)
  case noOutputs
  /// Nodes that name no operator.
  case noOperator(firstNode: String, count: Int)
  /// The nodes of one cycle, in order.
  case cycle([String])
  /// The file notes another element type than the one that follows from the inputs. `noted` is nil where the note has no rank.
  case contradiction(value: String, noted: TensorType?, notedElement: ElementType?, inferred: TensorType)
}

/// An operator that stops the import, with how often it occurs.
public struct UnsupportedOperator: Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    case unknown
    /// It gives random numbers: no two runs agree, so that no conversion can be proven.
    case random
    /// Known, but not before this opset.
    case notBefore(opset: Int)
  }

  public var domain: String
  public var type: String
  public var opset: Int
  public var count: Int
  public var firstNode: String
  public var reason: Reason

  public init(domain: String, type: String, opset: Int, count: Int, firstNode: String, reason: Reason) {
    self.domain = domain
    self.type = type
    self.opset = opset
    self.count = count
    self.firstNode = firstNode
    self.reason = reason
  }
}

/// What the importer decided or left out without being asked.
public enum ImportNote: Equatable, Sendable {
  /// An open first extent became 1.
  case assumedBatch(OpenDim)
  /// An extent that the file fixes was given another size. Shapes that the file notes are not compared then.
  case changedExtent(ChangedDim)
  /// An attribute that says nothing to a node like this.
  case ignoredAttribute(NodeReference, attribute: String)
  case ignoredTraining
  /// A node that cannot be imported and that no output needs.
  case leftOut(NodeReference)
  case ignoredQuantizationNotes(count: Int)
  /// A classifier whose labels are strings gives its scores alone.
  case droppedLabels(NodeReference)
  /// A map from labels to numbers became a tensor of the numbers, in the order of the labels.
  case mapAsTensor(NodeReference)
}
