import O2MOps
import O2MTensor

/// What a rewrite of an old form may ask and add.
protocol LegacyContext {
  /// What is known of the value `name`; nil when there is none.
  func fact(_ name: String) -> InputFact?
  /// `name`, or a longer one when the file uses that.
  mutating func fresh(_ name: String) -> String
  /// A new constant; returns its name, which is fresh.
  mutating func constant(_ name: String, _ tensor: Tensor) -> String
}

extension SourceNode {
  /// The nodes that say the same in the newest form of the operators.
  ///
  /// An attribute that later became an input becomes a constant input, and broadcasting by `axis` becomes a reshape, so that operators
  /// know one form of their operands. A rewritten node carries the opset of the form it has now. Where only the meaning changed
  /// (Softmax, BatchNormalization), the operator itself asks for the opset.
  ///
  /// - Errors: `.attribute` where a value has no newer form.
  func modernized(_ context: inout some LegacyContext) throws(OpFault) -> [SourceNode] {
    guard domain.isEmpty else { return [self] }
    var node = self
    try node.moveOldestForms(&context)
    switch type {
    case "Clip" where opset < 11: try node.moveClipBounds(&context)
    case "Slice" where opset < 10: node.moveInts(["starts", "ends", "axes"], to: 1, opset: 13, &context)
    case "Pad" where opset < 11: node.movePads(&context)
    case "Squeeze" where opset < 13, "Unsqueeze" where opset < 13, "ReduceSum" where opset < 13:
      node.moveInts(["axes"], to: 1, opset: 13, &context)
    case "ReduceMean" where opset < 18, "ReduceMax" where opset < 18, "ReduceMin" where opset < 18, "ReduceProd" where opset < 18,
      "ReduceL1" where opset < 18, "ReduceL2" where opset < 18, "ReduceSumSquare" where opset < 18, "ReduceLogSum" where opset < 18,
      "ReduceLogSumExp" where opset < 18:
      node.moveInts(["axes"], to: 1, opset: 18, &context)
    case "Split" where opset < 13: node.moveInts(["split"], to: 1, opset: 13, &context)
    case "TopK" where opset < 10:
      guard case .int(let count)? = node.take("k") else { throw .missingInput(1) }
      node.setInput(1, context.constant(node.name + ".k", .indices([count])))
      node.opset = 11
    case "Dropout": try node.settleDropout(context)
    case "Upsample": try node.upsampleToResize(&context)
    case "Resize":
      if opset < 11 {
        try node.knownScales(context)
      } else {
        node.dropEmptyResizeOperands(context)
      }
    case "Scatter": node.type = "ScatterElements"
    case "Gemm" where opset < 7: _ = node.take("broadcast")
    case "Add" where opset < 7, "Sub" where opset < 7, "Mul" where opset < 7, "Div" where opset < 7, "Pow" where opset < 7,
      "And" where opset < 7, "Or" where opset < 7, "Xor" where opset < 7, "Equal" where opset < 7, "Greater" where opset < 7,
      "Less" where opset < 7:
      return node.alignedBroadcast(&context)
    case "PRelu" where opset < 7: return node.channelSlope(&context)
    case "BatchNormalization" where opset < 9: return node.elementwiseNormalization(&context)
    default: break
    }
    return [node]
  }

  private mutating func moveInts(_ names: [String], to first: Int, opset: Int, _ context: inout some LegacyContext) {
    for (offset, name) in names.enumerated() {
      guard let values = takeInts(name) else { continue }
      setInput(first + offset, context.constant("\(self.name).\(name)", .indices(values)))
    }
    self.opset = opset
  }

  /// Clip-6: `min` and `max` are floats, of whatever type the input is.
  private mutating func moveClipBounds(_ context: inout some LegacyContext) throws(OpFault) {
    guard let element = inputs.first.flatMap({ context.fact($0) })?.type.element else { throw .missingInput(0) }
    for (index, bound) in [AttributeName.min, .max].enumerated() {
      switch take(bound.rawValue) {
      case nil: continue
      case .float(let value):
        let tensor = Tensor(element, [], rounding: [Double(value)])
        setInput(index + 1, context.constant("\(name).\(bound.rawValue)", tensor))
      default: throw .attribute(bound, .wrongType)
      }
    }
    opset = 13
  }

  /// Pad-2: `pads` and `value` are attributes.
  private mutating func movePads(_ context: inout some LegacyContext) {
    moveInts(["pads"], to: 1, opset: 13, &context)
    let element = inputs.first.flatMap { context.fact($0) }?.type.element ?? .float32
    if case .float(let value)? = take("value"), value != 0 {
      setInput(2, context.constant(name + ".value", Tensor(element, [], rounding: [Double(value)])))
    }
  }

  /// Upsample-1, -7 and -9: nearest takes the floor, linear is asymmetric.
  private mutating func upsampleToResize(_ context: inout some LegacyContext) throws(OpFault) {
    type = "Resize"
    if inputs.count > 1 { return try knownScales(context) }
    var scales: [Float]
    if case .floats(let values)? = take("scales") {
      scales = values
    } else if case .float(let height)? = take("height_scale"), case .float(let width)? = take("width_scale") {
      scales = [1, 1, height, width]
    } else {
      throw .attribute(.scales, .missing)
    }
    if scales.isEmpty { scales = [1] }
    asymmetricResize(scales: context.constant(name + ".scales", Tensor([scales.count], scales)))
  }

  /// Upsample-9 and Resize-10 with scales that must be known: the newer form has them in another place, which no fault should name.
  private mutating func knownScales(_ context: some LegacyContext) throws(OpFault) {
    guard inputs.count > 1 else { throw .missingInput(1) }
    guard context.fact(inputs[1])?.value != nil else { throw .dataDependent(input: 1) }
    asymmetricResize(scales: inputs[1])
  }

  private mutating func asymmetricResize(scales: String) {
    inputs = Array(inputs.prefix(1)) + ["", scales]
    if case .string("bilinear")? = attribute("mode") { set("mode", .string("linear")) }
    set("coordinate_transformation_mode", .string("asymmetric"))
    set("nearest_mode", .string("floor"))
    opset = 13
  }

  /// Resize-11 and later: an empty tensor says that an operand is absent, and `roi` only counts when cropping.
  private mutating func dropEmptyResizeOperands(_ context: some LegacyContext) {
    for index in 1..<max(1, inputs.count) {
      if context.fact(inputs[index])?.type.shape?.dims.contains(0) == true { inputs[index] = "" }
    }
    var crops = false
    if case .string("tf_crop_and_resize")? = attribute("coordinate_transformation_mode") { crops = true }
    if inputs.count > 1, !crops { inputs[1] = "" }
    while inputs.last == "" { inputs.removeLast() }
  }

  /// Opset 6 and below: the second operand's axes begin at `axis` of the first.
  private func alignedBroadcast(_ context: inout some LegacyContext) -> [SourceNode] {
    var node = self
    _ = node.take("broadcast")
    node.opset = 7
    guard case .int(let axis)? = node.take("axis"), inputs.count == 2, let left = context.fact(inputs[0])?.type,
      let right = context.fact(inputs[1])?.type.shape
    else { return [node] }
    let first = axis < 0 ? axis + left.rank : axis
    guard first >= 0, first + right.rank < left.rank else { return [node] }
    let dims = right.dims + [Int](repeating: 1, count: left.rank - first - right.rank)
    let reshape = node.reshapingInput(1, to: dims, &context)
    return [reshape, node]
  }

  /// PRelu-6: a slope per channel has one axis.
  private func channelSlope(_ context: inout some LegacyContext) -> [SourceNode] {
    var node = self
    node.opset = 7
    guard inputs.count == 2, let rank = context.fact(inputs[0])?.type.rank, let slope = context.fact(inputs[1])?.type.shape,
      slope.rank == 1, slope[0] > 1, rank > 2
    else { return [node] }
    let reshape = node.reshapingInput(1, to: slope.dims + [Int](repeating: 1, count: rank - 2), &context)
    return [reshape, node]
  }

  /// BatchNormalization-7 with `spatial` 0 has statistics for every element of a picture: each is a channel without spatial axes.
  private func elementwiseNormalization(_ context: inout some LegacyContext) -> [SourceNode] {
    var node = self
    guard case .int(0)? = node.take("spatial"), inputs.count == 5, outputs.count == 1, let x = context.fact(inputs[0])?.type.shape,
      x.rank >= 2
    else { return [self] }
    let elements = x.dims.dropFirst().reduce(1, *)
    var nodes = [node.reshapingInput(0, to: [x[0], elements], &context)]
    for index in 1...4 { nodes.append(node.reshapingInput(index, to: [elements], &context)) }
    let flat = context.fresh(name + ".flat"), shape = context.constant(flat + ".shape", .indices(x.dims))
    var reshape = SourceNode("Reshape", name: flat, inputs: [flat, shape], outputs: outputs, opset: 14)
    reshape.set("allowzero", .int(1))
    node.outputs = [flat]
    return nodes + [node, reshape]
  }

  /// A Reshape to put before this node, whose input at `index` then reads it.
  private mutating func reshapingInput(_ index: Int, to dims: [Int], _ context: inout some LegacyContext) -> SourceNode {
    let output = context.fresh("\(name).\(index).reshaped")
    let shape = context.constant(output + ".shape", .indices(dims))
    var reshape = SourceNode("Reshape", name: output, inputs: [inputs[index], shape], outputs: [output], opset: 14)
    reshape.set("allowzero", .int(1))
    inputs[index] = output
    return reshape
  }
}
extension SourceNode {
  /// What `modernized` turns an operator into, where the name changes.
  static func modernName(_ type: String) -> String {
    switch type {
    case "Upsample": "Resize"
    case "Scatter": "ScatterElements"
    default: type
    }
  }

  /// The value of a Constant node.
  ///
  /// - Spec: ONNX Constant-13: exactly one of the value attributes.
  func constantValue() throws(OpFault) -> OnnxValue<Tensor> {
    guard attributes.count == 1, let (name, value) = attributes.first else { throw .attribute(.value, .missing) }
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
