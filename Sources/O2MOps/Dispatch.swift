import O2MTensor

extension Op {
  public var code: OpCode {
    var visitor = Code()
    return accept(&visitor)
  }

  /// ONNX's name, or our own.
  public var name: StaticString { code.name }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    var visitor = Infer(inputs: inputs)
    return try accept(&visitor)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    var visitor = Reference(inputs: inputs)
    return try accept(&visitor)
  }

  public func known(_ inputs: [InputFact?]) throws(OpFault) -> [Tensor]? {
    var visitor = Known(inputs: inputs)
    return try accept(&visitor)
  }

  public var dataflow: Dataflow { code.dataflow }

  public func view(_ inputs: [InputFact?]) -> ElementView? {
    var visitor = View(inputs: inputs)
    return accept(&visitor)
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    var visitor = Accepted(index: index, inputs: inputs)
    return accept(&visitor)
  }

  public func role(_ inputs: [InputFact?]) -> Role {
    var visitor = RoleOf(inputs: inputs)
    return accept(&visitor)
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int {
    var visitor = MACs(inputs: inputs, output: output)
    return accept(&visitor)
  }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    var visitor = Layouts(inputs: inputs, outputs: outputs)
    return accept(&visitor)
  }

  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    var visitor = WeightLayouts(index: index, inputs: inputs)
    return accept(&visitor)
  }

  /// The device kernel for these operands.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel {
    var visitor = KernelFor(site: site)
    let kernel = try accept(&visitor) ?? .reference(ReferenceKernel(self, site))
    if Included.isPartial {
      let kinds = kernel.kinds + site.inputs.compactMap { $0?.precision.kind }
      guard kinds.allSatisfy({ Included.runs($0) }) else { throw .unsupported(.leftOut) }
    }
    return kernel
  }

  public func encode(to record: inout RecordWriter) {
    var visitor = Encode(record: record)
    accept(&visitor)
    record = visitor.record
  }

  /// Reads the attributes of the operator with this code.
  public init(_ code: OpCode, from record: inout RecordReader) throws(FormatFault) {
    guard Included.has(code) else { throw .unknownOperator(code: Int(code.rawValue), offset: record.offset) }
    var visitor = Decode(record: record)
    self = try code.accept(&visitor)
    record = visitor.record
  }

  /// The operator that a node of a model stands for.
  public init(_ code: OpCode, _ node: some NodeSource) throws(OpFault) {
    var visitor = Build(node: node)
    self = try code.accept(&visitor)
  }
}

extension OpCode {
  /// What the kernels allow of their operands' memory.
  public var memory: OperandMemory {
    var visitor = Memory()
    return visitor.memory(self)
  }

  public var name: StaticString {
    var visitor = Name()
    return visitor.name(self)
  }

  /// What is known of the operator's type.
  public var facts: OperatorFacts {
    var visitor = Facts()
    return visitor.facts(self)
  }

  public var versions: [Int]? { facts.versions }
  public var elements: ElementClass { facts.elements }
  public var hasKernels: Bool { facts.hasKernels }
  public var dataflow: Dataflow { facts.dataflow }
}

/// What an operator's type says.
public struct OperatorFacts: Sendable {
  /// The versions of ONNX's operator that differ, ascending; nil where only passes make it.
  public let versions: [Int]?
  /// The element types that the first input may have.
  public let elements: ElementClass
  public let dataflow: Dataflow
  /// Whether the CPU has kernels for it.
  public let hasKernels: Bool
}

private struct Code: OpVisitor {
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> OpCode { O.code }
}

private struct Infer: OpVisitor {
  let inputs: [InputFact?]
  func visit<O: BackedOperator>(_ op: O) throws(OpFault) -> [TensorType] {
    try requireFirst(O.elements)
    return try op.infer(inputs)
  }

  @inline(never)  // once, not once per operator
  private func requireFirst(_ elements: ElementClass) throws(OpFault) {
    if let first = inputs.first, let found = first?.type.element, !elements.contains(found) { throw .elementType(input: 0, found: found) }
  }
}

private struct Reference: OpVisitor {
  let inputs: [Tensor?]
  func visit<O: BackedOperator>(_ op: O) throws(OpFault) -> [Tensor] {
    guard Included.evaluates(O.code) else { throw .unsupported(.leftOut) }
    return try op.reference(inputs)
  }
}

private struct Known: OpVisitor {
  let inputs: [InputFact?]
  func visit<O: BackedOperator>(_ op: O) throws(OpFault) -> [Tensor]? {
    guard Included.has(.shapes) else { throw .unsupported(.leftOut) }
    return try op.known(inputs)
  }
}

private struct View: OpVisitor {
  let inputs: [InputFact?]
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> ElementView? { op.view(inputs) }
}

private struct Accepted: OpVisitor {
  let index: Int
  let inputs: [InputFact?]
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> ClosedRange<Int>? { op.accepted(index, inputs) }
}

private struct RoleOf: OpVisitor {
  let inputs: [InputFact?]
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> Role { op.role(inputs) }
}

private struct MACs: OpVisitor {
  let inputs: [Shape?]
  let output: Shape
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> Int { op.macs(inputs, output: output) }
}

private struct Layouts: OpVisitor {
  let inputs: [OperandFact?]
  let outputs: Int
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> LayoutChoice { op.layouts(inputs, outputs: outputs) }
}

private struct WeightLayouts: OpVisitor {
  let index: Int
  let inputs: [OperandFact?]
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> [WeightLayout] { op.weightLayouts(of: index, inputs) }
}

private struct Memory: OpTypeVisitor {
  mutating func memory(_ code: OpCode) -> OperandMemory { code.accept(&self) }
  func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) throws(Never) -> OperandMemory { O.memory }
}

private struct KernelFor: OpVisitor {
  let site: KernelSite
  func visit<O: BackedOperator>(_ op: O) throws(OpFault) -> Kernel? { try op.kernel(site) }
}

private struct Encode: OpVisitor {
  var record: RecordWriter
  mutating func visit<O: BackedOperator>(_ op: O) throws(Never) { op.encode(to: &record) }
}

private struct Decode: OpTypeVisitor {
  var record: RecordReader
  mutating func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) throws(FormatFault) -> Op {
    guard Included.has(O.code) else { preconditionFailure("an operator that was left out") }
    return wrap(try O(from: &record))
  }
}

private struct Build<Node: NodeSource>: OpTypeVisitor {
  let node: Node
  func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) throws(OpFault) -> Op { wrap(try O.read(node)) }
}

private struct Name: OpTypeVisitor {
  mutating func name(_ code: OpCode) -> StaticString { code.accept(&self) }
  func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) throws(Never) -> StaticString { O.name }
}

private struct Facts: OpTypeVisitor {
  mutating func facts(_ code: OpCode) -> OperatorFacts { code.accept(&self) }
  func visit<O: BackedOperator>(_ type: O.Type, wrap: (O) -> Op) throws(Never) -> OperatorFacts {
    OperatorFacts(versions: O.onnxVersions, elements: O.elements, dataflow: O.dataflow, hasKernels: O.hasKernels)
  }
}
