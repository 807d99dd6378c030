import O2MOps
import O2MTensor

extension OlderForm {
  static let vision = [
    OlderForm("Resize", before: .max, resize),
    OlderForm("Upsample", versions: [1, 7, 9, 10], by: "Resize", upsample),
  ]

  @Sendable private static func resize(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    if node.opset < 11 { try node.setKnownScales(importer) } else { node.dropEmptyResizeOperands(importer) }
  }

  /// Upsample-1, -7 and -9: nearest takes the floor, linear is asymmetric.
  @Sendable private static func upsample(_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) {
    node.type = "Resize"
    if node.inputs.count > 1 { return try node.setKnownScales(importer) }
    var scales: [Float]
    if case .floats(let values)? = node.take("scales") {
      scales = values
    } else if case .float(let height)? = node.take("height_scale"), case .float(let width)? = node.take("width_scale") {
      scales = [1, 1, height, width]
    } else {
      throw .attribute(.scales, .missing)
    }
    if scales.isEmpty { scales = [1] }
    node.setAsymmetric(scales: importer.constant(node.name + ".scales", Tensor([scales.count], scales)))
  }
}

extension SourceNode {
  /// Upsample-9 and Resize-10 with scales that must be known: the newer form has them in another place, which no fault should name.
  fileprivate mutating func setKnownScales(_ importer: Importer) throws(OpFault) {
    guard inputs.count > 1 else { throw .missingInput(1) }
    guard importer.fact(inputs[1])?.value != nil else { throw .dataDependent(input: 1) }
    setAsymmetric(scales: inputs[1])
  }

  fileprivate mutating func setAsymmetric(scales: String) {
    inputs = Array(inputs.prefix(1)) + ["", scales]
    if case .string("bilinear")? = attribute("mode") { set("mode", .string("linear")) }
    set("coordinate_transformation_mode", .string("asymmetric"))
    set("nearest_mode", .string("floor"))
    opset = 13
  }

  /// Resize-11 and later: an empty tensor says that an operand is absent, and `roi` only counts when cropping.
  fileprivate mutating func dropEmptyResizeOperands(_ importer: Importer) {
    for index in 1..<max(1, inputs.count) {
      if importer.fact(inputs[index])?.type.shape?.dims.contains(0) == true { inputs[index] = "" }
    }
    var crops = false
    if case .string("tf_crop_and_resize")? = attribute("coordinate_transformation_mode") { crops = true }
    if inputs.count > 1, !crops { inputs[1] = "" }
    while inputs.last == "" { inputs.removeLast() }
  }
}
