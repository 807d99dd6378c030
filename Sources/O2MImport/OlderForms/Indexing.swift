import O2MOps
import O2MTensor

extension OlderForm {
  static let indexing = [
    OlderForm("Scatter", versions: [9, 11], by: "ScatterElements") { node, _ throws(OpFault) in node.type = "ScatterElements" },
    OlderForm("TopK", before: 10, topKCount),
  ]

  /// TopK-1: `k` is an attribute.
  @Sendable private static func topKCount(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    guard case .int(let count)? = node.take("k") else { throw .missingInput(1) }
    node.setInput(1, importer.constant(node.name + ".k", .indices([count])))
    node.opset = 11
  }
}
