import O2MOps
import O2MTensor

extension OlderForm {
  static let elementwise = [
    OlderForm("Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor", before: 7, nodes: alignedBroadcast),
    OlderForm("PRelu", before: 7, nodes: channelSlope),
    OlderForm("Cast", before: 6, castByName),
    OlderForm("Clip", before: 11, clipBounds),
    OlderForm("Selu", before: 6, defaults([("alpha", .float(1.6732)), ("gamma", .float(1.0507))])),
  ]

  /// Add-6 and its like: the second operand's axes begin at `axis` of the first.
  @Sendable private static func alignedBroadcast(_ source: SourceNode, _ importer: inout Importer) throws(OpFault) -> [SourceNode] {
    var node = source
    _ = node.take("broadcast")
    node.opset = 7
    guard case .int(let axis)? = node.take("axis"), node.inputs.count == 2, let left = importer.fact(node.inputs[0])?.type,
      let right = importer.fact(node.inputs[1])?.type.shape
    else { return [node] }
    let first = axis < 0 ? [InputFact?].bounded(axis) + left.rank : axis
    guard first >= 0, first < left.rank - right.rank else { return [node] }
    let dims = right.dims + [Int](repeating: 1, count: left.rank - first - right.rank)
    let reshape = node.reshapingInput(1, to: dims, &importer)
    return [reshape, node]
  }

  /// PRelu-6: a slope per channel has one axis.
  @Sendable private static func channelSlope(_ source: SourceNode, _ importer: inout Importer) throws(OpFault) -> [SourceNode] {
    var node = source
    node.opset = 7
    guard node.inputs.count == 2, let rank = importer.fact(node.inputs[0])?.type.rank,
      let slope = importer.fact(node.inputs[1])?.type.shape, slope.rank == 1, slope[0] > 1, rank > 2
    else { return [node] }
    let reshape = node.reshapingInput(1, to: slope.dims + [Int](repeating: 1, count: rank - 2), &importer)
    return [reshape, node]
  }

  /// Clip-6: `min` and `max` are floats, of whatever type the input is.
  @Sendable private static func clipBounds(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    guard let element = node.inputs.first.flatMap({ importer.fact($0) })?.type.element else { throw .missingInput(0) }
    for (index, bound) in [AttributeName.min, .max].enumerated() {
      switch node.take(bound.rawValue) {
      case nil: continue
      case .float(let value):
        let tensor = Tensor(element, [], rounding: [Double(value)])
        node.setInput(index + 1, importer.constant("\(node.name).\(bound.rawValue)", tensor))
      default: throw .attribute(bound, .wrongType)
      }
    }
    node.opset = 13
  }

  /// Cast-1 spells its type.
  @Sendable private static func castByName(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    guard case .string(let spelled)? = node.attribute("to") else { return }
    let names: [String: ElementType] = [
      "FLOAT": .float32, "UINT8": .uint8, "INT8": .int8, "UINT16": .uint16, "INT16": .int16, "INT32": .int32, "INT64": .int64,
      "STRING": .string, "BOOL": .bool, "FLOAT16": .float16, "DOUBLE": .float64, "UINT32": .uint32, "UINT64": .uint64,
      "COMPLEX64": .complex64, "COMPLEX128": .complex128,
    ]
    guard let element = names[spelled.uppercased()] else { throw .attribute(.to, .unknownValue) }
    node.set("to", .int(Int(element.rawValue)))
  }
}
