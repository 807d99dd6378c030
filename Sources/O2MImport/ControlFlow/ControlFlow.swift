import O2MGraph
import O2MOps
import O2MTensor

/// Operators of which nothing is left in the graph: control flow, sequences, optional values, Constant and Gradient.
///
/// A branch or a loop whose conditions are known is written out; a sequence is the values that it holds.
enum ControlFlow: String, CaseIterable {
  case constant = "Constant"
  case `if` = "If"
  case loop = "Loop"
  case scan = "Scan"
  case sequenceConstruct = "SequenceConstruct"
  case sequenceEmpty = "SequenceEmpty"
  case sequenceInsert = "SequenceInsert"
  case sequenceErase = "SequenceErase"
  case sequenceAt = "SequenceAt"
  case sequenceLength = "SequenceLength"
  case sequenceMap = "SequenceMap"
  case splitToSequence = "SplitToSequence"
  case concatFromSequence = "ConcatFromSequence"
  case optional = "Optional"
  case optionalHasElement = "OptionalHasElement"
  case optionalGetElement = "OptionalGetElement"
  case gradient = "Gradient"

  var domain: String { self == .gradient ? "ai.onnx.preview.training" : "" }

  var firstVersion: Int {
    switch self {
    case .constant, .if, .loop, .gradient: 1
    case .scan: 8
    case .sequenceConstruct, .sequenceEmpty, .sequenceInsert, .sequenceErase, .sequenceAt, .sequenceLength, .splitToSequence,
      .concatFromSequence:
      11
    case .optional, .optionalHasElement, .optionalGetElement: 15
    case .sequenceMap: 17
    }
  }

  /// How many operands a node has; absent ones in front of others count.
  var operandCounts: ClosedRange<Int> {
    switch self {
    case .constant, .sequenceEmpty: 0...0
    case .if, .sequenceLength, .concatFromSequence, .optionalGetElement: 1...1
    case .optional, .optionalHasElement: 0...1
    case .sequenceErase, .splitToSequence: 1...2
    case .sequenceAt: 2...2
    case .sequenceInsert: 2...3
    case .loop, .scan, .sequenceConstruct, .sequenceMap, .gradient: 1...Int.max
    }
  }
}

extension Importer {
  mutating func importNode(_ type: ControlFlow, _ node: SourceNode) throws(OpFault) {
    guard type.operandCounts.contains(node.inputs.count) else {
      throw .inputCount(expected: type.operandCounts, found: node.inputs.count)
    }
    switch type {
    case .constant: try importConstant(node)
    case .if: try importIf(node)
    case .loop: try importLoop(node)
    case .scan: try importScan(node)
    case .sequenceConstruct: try bind(node, [.sequence(try operands(node))])
    case .sequenceEmpty: try bind(node, [.sequence([])])
    case .sequenceInsert: try importSequenceInsert(node)
    case .sequenceErase: try importSequenceErase(node)
    case .sequenceAt: try importSequenceAt(node)
    case .sequenceLength: try bind(node, [.tensor(addConstant(node, .scalar(Int64(try items(node, 0).count))))])
    case .sequenceMap: try importSequenceMap(node)
    case .splitToSequence: try importSplitToSequence(node)
    case .concatFromSequence: try importConcatFromSequence(node)
    case .optional: try bind(node, [node.inputs.isEmpty ? .none : try operand(node, 0)])
    case .optionalHasElement: try importOptionalHasElement(node)
    case .optionalGetElement: try importOptionalGetElement(node)
    case .gradient: try importGradient(node)
    }
  }

  private mutating func importConstant(_ node: SourceNode) throws(OpFault) {
    guard node.outputs.count == 1 else { throw .outputCount(expected: 1...1, found: node.outputs.count) }
    try bind(node, [bind(constant: try constantValue(node), named: node.outputs[0])])
  }

  /// - Spec: ONNX Constant-13: exactly one of the value attributes.
  private func constantValue(_ node: SourceNode) throws(OpFault) -> OnnxValue<Tensor> {
    guard node.attributes.count == 1, let (name, value) = node.attributes.first else { throw .attribute(.value, .missing) }
    switch (name, value) {
    case ("value", .tensor(let tensor)), ("sparse_value", .tensor(let tensor)): return .tensor(tensor)
    case ("value", .stringTensor(let strings)): return .strings(strings)
    case ("value_float", .float(let value)): return .tensor(.scalar(value))
    case ("value_int", .int(let value)): return .tensor(.scalar(Int64(value)))
    case ("value_floats", .floats(let values)): return .tensor(Tensor([values.count], values))
    case ("value_ints", .ints(let values)): return .tensor(.indices(values))
    case ("value_string", .string(let value)): return .strings(StringTensor(value))
    case ("value_strings", .strings(let values)): return .strings(StringTensor([values.count], values))
    default: throw .attribute(.value, .wrongType)
    }
  }
}
