import O2MOps
import O2MTensor

/// Forms of opsets 1 to 5, where more was an attribute and less was said.
extension SourceNode {
  /// Rewrites what only these opsets have; `modernized` does the rest.
  ///
  /// - Errors: `.attribute` where a value has no newer form, `.dataDependent` where an operand that became an attribute is not known.
  mutating func moveOldestForms(_ context: inout some LegacyContext) throws(OpFault) {
    guard opset < 7 else { return }
    // Which inputs might be overwritten; a memory plan of its time.
    _ = take("consumed_inputs")
    switch type {
    case "Cast" where opset < 6: try nameToNumber("to")
    case "Reshape" where opset < 5: try requireAttribute("shape", movedTo: 1, &context)
    case "Concat" where opset < 4: if attribute("axis") == nil { set("axis", .int(1)) }
    case "Pad" where opset < 2: if let pads = take("paddings") { set("pads", pads) }
    case "Split" where opset < 2: try readSizes(context)
    case "Tile" where opset < 6: try joinTiles(&context)
    case "Selu" where opset < 6:
      if attribute("alpha") == nil { set("alpha", .float(1.6732)) }
      if attribute("gamma") == nil { set("gamma", .float(1.0507)) }
    case "LpPool" where opset < 2:
      if case .float(let power)? = attribute("p") {
        guard let whole = Int(exactly: power) else { throw .attribute(.p, .outOfRange) }
        set("p", .int(whole))
      }
    case "RNN" where opset < 7, "LSTM" where opset < 7, "GRU" where opset < 7:
      _ = take("output_sequence")  // the number of outputs says it
    default: break
    }
  }

  /// Cast-1 spells its type.
  private mutating func nameToNumber(_ name: String) throws(OpFault) {
    guard case .string(let spelled)? = attribute(name) else { return }
    let names: [String: ElementType] = [
      "FLOAT": .float32, "UINT8": .uint8, "INT8": .int8, "UINT16": .uint16, "INT16": .int16, "INT32": .int32, "INT64": .int64,
      "STRING": .string,
      "BOOL": .bool, "FLOAT16": .float16, "DOUBLE": .float64, "UINT32": .uint32, "UINT64": .uint64, "COMPLEX64": .complex64,
      "COMPLEX128": .complex128,
    ]
    guard let element = names[spelled.uppercased()] else { throw .attribute(.to, .unknownValue) }
    set(name, .int(Int(element.rawValue)))
  }

  private mutating func requireAttribute(_ name: String, movedTo index: Int, _ context: inout some LegacyContext) throws(OpFault) {
    guard let values = takeInts(name) else { throw .attribute(.shape, .missing) }
    setInput(index, context.constant("\(self.name).\(name)", .indices(values)))
    opset = 5
  }

  /// Split-1 takes its sizes also as an input, whose type is that of the data.
  private mutating func readSizes(_ context: some LegacyContext) throws(OpFault) {
    guard inputs.count > 1, !inputs[1].isEmpty else { return }
    guard let sizes = context.fact(inputs[1])?.value else { throw .dataDependent(input: 1) }
    inputs.removeLast()
    set("split", .ints(sizes.ints()))
  }

  /// Tile-1 repeats along one axis: `tiles` times along `axis`, both operands.
  private mutating func joinTiles(_ context: inout some LegacyContext) throws(OpFault) {
    guard inputs.count == 3, let rank = context.fact(inputs[0])?.type.rank else { throw .inputCount(expected: 3...3, found: inputs.count) }
    guard let tiles = context.fact(inputs[1])?.value?.ints().first else { throw .dataDependent(input: 1) }
    guard let axis = context.fact(inputs[2])?.value?.ints().first else { throw .dataDependent(input: 2) }
    guard axis >= 0, axis < rank else { throw .axis(axis, rank: rank) }
    var repeats = [Int](repeating: 1, count: rank)
    repeats[axis] = tiles
    inputs = [inputs[0], context.constant("\(name).repeats", .indices(repeats))]
    opset = 6
  }
}

extension SourceNode {
  /// Training without effect is inference; with one it is random.
  mutating func settleDropout(_ context: some LegacyContext) throws(OpFault) {
    if opset < 12 {
      let isTest = if case .int(1)? = attribute("is_test") { true } else { false }
      var ratio: Float = 0.5
      if case .float(let given)? = attribute("ratio") { ratio = given }
      for name in ["ratio", "seed"] { _ = take(name) }
      if opset < 7, !isTest {
        guard ratio == 0 else { throw .unsupported(.random) }
        set("is_test", .int(1))
      }
      return
    }
    _ = take("seed")
    guard inputs.count > 2 else { return }
    guard let training = context.fact(inputs[2])?.value else { throw .dataDependent(input: 2) }
    guard training.ints().contains(where: { $0 != 0 }) else { return }
    // Without a ratio a half is dropped.
    guard !inputs[1].isEmpty else { throw .unsupported(.random) }
    guard let ratio = context.fact(inputs[1])?.value else { throw .dataDependent(input: 1) }
    guard ratio.doubles().allSatisfy({ $0 == 0 }) else { throw .unsupported(.random) }
    inputs = [inputs[0]]
  }
}
