import O2MOps

extension OlderForm {
  static let pooling = [OlderForm("LpPool", before: 2, wholePower)]

  /// LpPool-1: `p` is a float.
  @Sendable private static func wholePower(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    guard case .float(let power)? = node.attribute("p") else { return }
    guard let whole = Int(exactly: power) else { throw .attribute(.p, .outOfRange) }
    node.set("p", .int(whole))
  }
}
