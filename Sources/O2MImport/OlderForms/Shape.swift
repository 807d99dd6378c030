import O2MOps
import O2MTensor

extension OlderForm {
  static let shape = [
    OlderForm("Concat", before: 4, defaults([("axis", .int(1))])),
    OlderForm("Dropout", before: .max, inferenceOnly),
    OlderForm("Pad", before: 2) { node, _ throws(OpFault) in if let pads = node.take("paddings") { node.set("pads", pads) } },
    OlderForm("Pad", before: 11, padSizes),
    OlderForm("Reshape", before: 5, reshapeShape),
    OlderForm("Slice", before: 10, movingInts("starts", "ends", "axes", to: 1, opset: 13)),
    OlderForm("SpaceToDepth", before: .max, nodes: channelsOutermost),
    OlderForm("Split", before: 2, splitSizes),
    OlderForm("Split", before: 13, movingInts("split", to: 1, opset: 13)),
    OlderForm("Squeeze", "Unsqueeze", before: 13, movingInts("axes", to: 1, opset: 13)),
    OlderForm("Tile", before: 6, tileAxis),
  ]

  /// Dropout: training without effect is inference; with one it is random.
  @Sendable private static func inferenceOnly(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    if node.opset < 12 {
      let isTest = if case .int(1)? = node.attribute("is_test") { true } else { false }
      var ratio: Float = 0.5
      if case .float(let given)? = node.attribute("ratio") { ratio = given }
      for name in ["ratio", "seed"] { _ = node.take(name) }
      if node.opset < 7, !isTest {
        guard ratio == 0 else { throw .unsupported(.random) }
        node.set("is_test", .int(1))
      }
      return
    }
    _ = node.take("seed")
    guard node.inputs.count > 2 else { return }
    guard let training = importer.fact(node.inputs[2])?.value else { throw .dataDependent(input: 2) }
    guard training.ints().contains(where: { $0 != 0 }) else { return }
    // Without a ratio a half is dropped.
    guard !node.inputs[1].isEmpty else { throw .unsupported(.random) }
    guard let ratio = importer.fact(node.inputs[1])?.value else { throw .dataDependent(input: 1) }
    guard ratio.doubles().allSatisfy({ $0 == 0 }) else { throw .unsupported(.random) }
    node.inputs = [node.inputs[0]]
  }

  /// Pad-2: `pads` and `value` are attributes.
  @Sendable private static func padSizes(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    node.moveInts(["pads"], to: 1, opset: 13, &importer)
    let element = node.inputs.first.flatMap { importer.fact($0) }?.type.element ?? .float32
    if case .float(let value)? = node.take("value"), value != 0 {
      node.setInput(2, importer.constant(node.name + ".value", Tensor(element, [], rounding: [Double(value)])))
    }
  }

  /// Reshape-1: `shape` is an attribute.
  @Sendable private static func reshapeShape(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    guard let shape = node.takeInts("shape") else { throw .attribute(.shape, .missing) }
    node.setInput(1, importer.constant(node.name + ".shape", .indices(shape)))
    node.opset = 5
  }

  /// SpaceToDepth-28 in mode CRD: `y[n, (c·b + i)·b + j, h, w] = x[n, c, h·b + i, w·b + j]`.
  @Sendable private static func channelsOutermost(_ node: SourceNode, _ importer: inout Importer) throws(OpFault) -> [SourceNode] {
    guard case .string("CRD")? = node.attribute("mode"), case .int(let block)? = node.attribute("blocksize"), block > 0,
      let x = node.inputs.first.flatMap({ importer.fact($0) })?.type.shape, x.rank == 4, x[2] % block == 0, x[3] % block == 0
    else { return [node] }
    let split = importer.fresh(node.name + ".split"), moved = importer.fresh(node.name + ".moved")
    let before = importer.constant(split + ".shape", .indices([x[0], x[1], x[2] / block, block, x[3] / block, block]))
    let after = importer.constant(moved + ".shape", .indices([x[0], x[1] * block * block, x[2] / block, x[3] / block]))
    var transpose = SourceNode("Transpose", name: moved, inputs: [split], outputs: [moved], opset: 13)
    transpose.set("perm", .ints([0, 1, 3, 5, 2, 4]))
    return [
      .reshape(node.inputs[0], by: before, to: split), transpose, .reshape(moved, by: after, to: node.outputs[0], named: node.name),
    ]
  }

  /// Split-1 takes its sizes also as an input, whose type is that of the data.
  @Sendable private static func splitSizes(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    guard node.inputs.count > 1, !node.inputs[1].isEmpty else { return }
    guard let sizes = importer.fact(node.inputs[1])?.value else { throw .dataDependent(input: 1) }
    node.inputs.removeLast()
    node.set("split", .ints(sizes.ints()))
  }

  /// Tile-1 repeats along one axis: `tiles` times along `axis`, both operands.
  @Sendable private static func tileAxis(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    let inputs = node.inputs
    guard inputs.count == 3, let rank = importer.fact(inputs[0])?.type.rank else { throw .inputCount(expected: 3...3, found: inputs.count) }
    guard let tiles = importer.fact(inputs[1])?.value?.ints().first else { throw .dataDependent(input: 1) }
    guard let axis = importer.fact(inputs[2])?.value?.ints().first else { throw .dataDependent(input: 2) }
    guard axis >= 0, axis < rank else { throw .axis(axis, rank: rank) }
    var repeats = [Int](repeating: 1, count: rank)
    repeats[axis] = tiles
    node.inputs = [inputs[0], importer.constant("\(node.name).repeats", .indices(repeats))]
    node.opset = 6
  }
}
