import O2MTensor

/// One operator: its attributes, shape rule, reference and encoding. It is an `OnnxOperator` or an `InternalOperator`, and each backend
/// has a protocol of its own for how it is computed.
///
/// `reference` is the plain loop of the specification: sums in float64, rounded once. It is never made faster than that needs.
public protocol Operator: Sendable {
  /// ONNX's name, or our own for what only passes make.
  static var name: StaticString { get }
  /// The number that stands for the operator in bundles.
  static var code: OpCode { get }
  /// The element types that the first input may have; `infer` may ask for fewer.
  static var elements: ElementClass { get }

  /// The versions of ONNX's operator; nil where only passes make it. `OnnxOperator` and `InternalOperator` answer this, and `read`.
  static var onnxVersions: [Int]? { get }
  /// The operator that a node of a model stands for.
  static func read(_ node: some NodeSource) throws(OpFault) -> Self

  /// What it does with the elements of its inputs.
  static var dataflow: Dataflow { get }
  /// Where the elements of the outputs lie in the inputs; nil where it forms new ones.
  func view(_ inputs: [InputFact?]) -> ElementView?
  /// The integers that input `index` may hold; nil where the operator takes any number there.
  ///
  /// These are indices into an axis, lengths up to an extent, and axes, as far as the facts tell. An input of floats may hold indices too.
  func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>?
  /// What a rewrite can make of it.
  func role(_ inputs: [InputFact?]) -> Role
  /// Multiply-accumulates of the direct form for operands of these extents; 0 where nothing is multiplied by weights or matrices.
  func macs(_ inputs: [Shape?], output: Shape) -> Int

  /// The types of the outputs.
  func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType]

  /// The outputs, one tensor for each that `infer` lists.
  func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor]

  /// The outputs where they follow from the types of the inputs alone, as those of Shape do; nil for everything else.
  func known(_ inputs: [InputFact?]) throws(OpFault) -> [Tensor]?

  /// Attributes in a fixed order; what `init(from:)` reads back.
  func encode(to record: inout RecordWriter)
  init(from record: inout RecordReader) throws(FormatFault)
}

extension Operator {
  public func known(_ inputs: [InputFact?]) throws(OpFault) -> [Tensor]? { nil }
}

/// An operator that models have.
public protocol OnnxOperator: Operator {
  /// The versions of the operator that differ, ascending; the importer takes the last one not above the model's opset.
  static var versions: [Int] { get }

  /// Reads attributes and checks how many operands there are.
  init(_ node: some NodeSource) throws(OpFault)
}

extension OnnxOperator {
  public static var onnxVersions: [Int]? { versions }
  public static func read(_ node: some NodeSource) throws(OpFault) -> Self { try Self(node) }
}

/// An operator that only passes make. No node of a model stands for it, whatever its name.
public protocol InternalOperator: Operator {}

extension InternalOperator {
  public static var onnxVersions: [Int]? { nil }
  public static func read(_ node: some NodeSource) throws(OpFault) -> Self { throw .unsupported(.unknownOperator) }
}

/// An operator of ONNX without attributes.
public protocol PlainOperator: OnnxOperator {
  init()
}

extension PlainOperator {
  public func encode(to record: inout RecordWriter) {}
  public init(from record: inout RecordReader) throws(FormatFault) { self.init() }
}
