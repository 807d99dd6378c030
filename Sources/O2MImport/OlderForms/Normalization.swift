import O2MOps
import O2MTensor

extension OlderForm {
  static let normalization = [OlderForm("BatchNormalization", before: 9, nodes: elementwiseStatistics)]

  /// BatchNormalization-7 with `spatial` 0 has statistics for every element of a picture: each is a channel without spatial axes.
  @Sendable private static func elementwiseStatistics(_ source: SourceNode, _ importer: inout Importer) throws(OpFault) -> [SourceNode] {
    var node = source
    guard case .int(0)? = node.take("spatial"), node.inputs.count == 5, node.outputs.count == 1,
      let x = importer.fact(node.inputs[0])?.type.shape, x.rank >= 2
    else { return [source] }
    let elements = x.dims.dropFirst().reduce(1, *)
    var nodes = [node.reshapingInput(0, to: [x[0], elements], &importer)]
    for index in 1...4 { nodes.append(node.reshapingInput(index, to: [elements], &importer)) }
    let flat = importer.fresh(node.name + ".flat"), shape = importer.constant(flat + ".shape", .indices(x.dims))
    node.outputs = [flat]
    return nodes + [node, .reshape(flat, by: shape, to: source.outputs[0], named: flat)]
  }
}
