import O2MGraph
import O2MOps
import O2MTensor

/// An operator of ONNX that is a composition of others: the importer writes it out, and nothing of it reaches a device.
///
/// A new one is a file with its type, and a line in `decompositions`.
protocol Decomposition: ImportedOperator {
  /// Reads attributes and checks how many operands there are.
  init(_ node: some NodeSource) throws(OpFault)
  /// Emits the nodes; the values of the outputs, in order.
  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue]
}

/// Every operator that is decomposed.
let decompositions = onnxDecompositions + microsoftOperators

/// Those of the domains that ONNX defines.
private let onnxDecompositions: [any Decomposition.Type] = [
  Adagrad.self,
  Adam.self,
  AffineGrid.self,
  ArrayFeatureExtractor.self,
  AttentionDecomposition.self,
  Binarizer.self,
  CastLike.self,
  CausalConvWithState.self,
  CenterCropPad.self,
  Compress.self,
  FlexAttention.self,
  GlobalLpPool.self,
  GroupNormalization.self,
  Hardmax.self,
  LabelEncoder.self,
  LinearAttention.self,
  LinearClassifier.self,
  LinearRegressor.self,
  LpNormalization.self,
  MeanVarianceNormalization.self,
  Momentum.self,
  NegativeLogLikelihoodLoss.self,
  NonMaxSuppressionNode.self,
  NonZeroNode.self,
  Normalizer.self,
  RMSNormalization.self,
  RotaryEmbedding.self,
  Scaler.self,
  SimplifiedLayerNormalization.self,
  SoftmaxCrossEntropyLoss.self,
  STFT.self,
  SwiGLU.self,
  TreeEnsemble.self,
  TreeEnsembleClassifier.self,
  TreeEnsembleRegressor.self,
  UniqueNode.self,
  ZipMap.self,
]

/// A value that a composition reads or makes: its name in the scope at hand.
struct ComposedValue: Sendable {
  let name: String
}

/// Where a decomposition emits its nodes. It holds the only copy of the importer: a second one would have all of the graph copied.
struct Composer {
  fileprivate var importer: Importer
  private let node: SourceNode

  fileprivate init(_ importer: consuming Importer, _ node: SourceNode) {
    self.importer = importer
    self.node = node
  }

  /// Gives the importer back.
  fileprivate consuming func finish() -> Importer { importer }

  /// The opset of the node that is written out.
  var opset: Int { node.opset }
  var inputCount: Int { node.inputs.count }
  /// Whether somebody asked for the output at `index`.
  func wants(_ index: Int) -> Bool { node.outputs.indices.contains(index) && !node.outputs[index].isEmpty }

  /// The input at `index`; nil where it is absent.
  func optional(_ index: Int) -> ComposedValue? {
    guard importer.has(node, index), importer.scopes[node.inputs[index]]?.tensor != nil else { return nil }
    return ComposedValue(name: node.inputs[index])
  }

  /// The input at `index`.
  func input(_ index: Int) throws(OpFault) -> ComposedValue {
    guard let value = optional(index) else {
      if importer.has(node, index), case .strings? = importer.scopes[node.inputs[index]] {
        throw .elementType(input: index, found: .string)
      }
      throw .missingInput(index)
    }
    return value
  }

  /// What is known of a value.
  func fact(_ value: ComposedValue) -> InputFact { importer.fact(value.name) ?? InputFact(TensorType(.float32, [] as Shape)) }

  func element(_ value: ComposedValue) -> ElementType { fact(value).type.element }

  /// The extents of a value, all of which must be known.
  func shape(_ value: ComposedValue) throws(OpFault) -> Shape {
    guard let shape = fact(value).type.shape else { throw .dataDependent(input: node.inputs.firstIndex(of: value.name) ?? 0) }
    return shape
  }

  /// The integers that the input at `index` holds, which must be known before the model runs; nil where it is absent.
  mutating func knownInts(_ index: Int) throws(OpFault) -> [Int]? {
    guard let input = optional(index) else { return nil }
    guard let value = fact(input).value else { throw .dataDependent(input: index) }
    if let id = importer.scopes[input.name]?.tensor { importer.decisions.append(id) }
    return value.ints().map([InputFact?].bounded)
  }

  mutating func constant(_ tensor: Tensor) -> ComposedValue { ComposedValue(name: importer.constant(node.name + ".constant", tensor)) }
  mutating func ints(_ values: [Int]) -> ComposedValue { constant(.indices(values)) }

  /// A Reshape to these extents, of which any may be 0.
  mutating func reshape(_ value: ComposedValue, _ dims: [Int]) throws(OpFault) -> ComposedValue {
    try emit("Reshape", [value, ints(dims)], dims.contains(0) ? [.allowzero: .int(1)] : [:])
  }
  /// A scalar of `element`.
  mutating func scalar(_ value: Double, _ element: ElementType) -> ComposedValue { constant(Tensor(element, [], rounding: [value])) }

  /// The only output of one more node, an operator of ONNX in its newest form. nil leaves an optional input out.
  mutating func emit(_ type: String, _ inputs: [ComposedValue?], _ attributes: [AttributeName: AttributeValue] = [:]) throws(OpFault)
    -> ComposedValue
  {
    try emit(type, inputs, attributes, outputs: 1)[0]
  }

  /// The outputs of one more node.
  mutating func emit(
    _ type: String, _ inputs: [ComposedValue?], _ attributes: [AttributeName: AttributeValue] = [:], outputs count: Int
  ) throws(OpFault) -> [ComposedValue] {
    let name = importer.fresh("\(node.name).\(type)")
    var outputs: [String] = []
    for index in 0..<count { outputs.append(index == 0 ? name : importer.fresh("\(name):\(index)")) }
    var names = inputs.map { $0?.name ?? "" }
    while names.last == "" { names.removeLast() }
    var emitted = SourceNode(type, name: name, inputs: names, outputs: outputs, opset: Self.emittedOpset)
    for attribute in attributes.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      if let value = attributes[attribute] { emitted.set(attribute.rawValue, value) }
    }
    try importer.importNode(emitted)
    return outputs.map { ComposedValue(name: $0) }
  }

  /// The outputs of an operator of ours. Where all operands are known they are constants.
  mutating func emit(_ op: Op, _ inputs: [ComposedValue?], outputs count: Int) throws(OpFault) -> [ComposedValue] {
    let results = try importer.emit(op, inputs.map { $0.flatMap { importer.scopes[$0.name]?.tensor } }, outputs: count, after: node)
    return results.map { id in
      let name = importer.fresh("\(node.name).\(op.name)")
      importer.scopes.bind(name, .tensor(id))
      return ComposedValue(name: name)
    }
  }

  /// The outputs of a classifier. Labels that are strings have no value in the graph; what reads them is left out with them.
  mutating func classified(_ label: ComposedValue?, _ scores: ComposedValue) throws(OpFault) -> [ComposedValue] {
    if let label { return [label, scores] }
    importer.notes.append(.droppedLabels(importer.reference(node)))
    let name = importer.fresh("\(node.name).label")
    importer.scopes.bind(name, .unknown)
    return [ComposedValue(name: name), scores]
  }

  /// Notes that a map from labels to numbers became a tensor of the numbers.
  mutating func noteMap() { importer.notes.append(.mapAsTensor(importer.reference(node))) }

  /// Writes out the graph that is the attribute `name`; nil where the node has none.
  mutating func inline(_ name: AttributeName, _ arguments: [ComposedValue]) throws(OpFault) -> [ComposedValue]? {
    guard node.attribute(name.rawValue) != nil else { return nil }
    let prefix = "\(importer.path)\(node.name)/\(name.rawValue)/"
    let results = try importer.inline(
      try importer.subgraph(node, name), arguments.map { importer.scopes[$0.name] ?? .unknown }, prefix: prefix)
    var values: [ComposedValue] = []
    for result in results {
      guard result.tensor != nil else { throw .unsupported(.bodies) }
      values.append(ComposedValue(name: importer.fresh(prefix)))
      importer.scopes.bind(values[values.count - 1].name, result)
    }
    return values
  }

  /// The opset of the emitted nodes, whatever the model's.
  private static var emittedOpset: Int { 24 }
}

extension Importer {
  mutating func expand(_ type: any Decomposition.Type, _ node: SourceNode) throws(OpFault) {
    let view = ProtoNode(node)
    let decomposition = try type.init(view)
    // Graphs are asked for when they are written out.
    noteIgnored(node, view, except: Set(node.attributes.compactMap { if case .graph = $0.value { $0.name } else { nil } }))
    let mark = graph.valueCount
    var composer = Composer(consume self, node)
    let values: [ComposedValue]
    do throws(OpFault) { values = try decomposition.expand(&composer) } catch {
      self = (consume composer).finish()
      throw error
    }
    self = (consume composer).finish()
    try bind(node, values.map { scopes[$0.name] ?? .unknown }, newSince: mark)
  }
}
