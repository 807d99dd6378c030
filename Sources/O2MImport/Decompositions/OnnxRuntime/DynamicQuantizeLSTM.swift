import O2MOps
import O2MTensor

/// LSTM with quantized weights, written out step by step: x is quantized by the range of the whole sequence, h by its own range in each
/// step, the products are sums of integers.
///
///     z = dequantize(quantize(x[t]) · W) + dequantize(quantize(h) · R) + (Wb + Rb)        its quarters are i, o, f, g
///     c′ = σ(f) ∘ c + σ(i) ∘ tanh(g)        h′ = σ(o) ∘ tanh(c′)
///
/// - Shapes: those of LSTM but for `W` int8 or uint8 `[D, I, 4 · H]` and `R` `[D, H, 4 · H]`, and behind P their scales and zero points,
///   each `[D]` or `[D, 4 · H]`.
/// - Parity: exact sums. A row of the batch changes the range, and so the last digits, of the others.
/// - Errors: `.attribute(_, .unsupported)` for a clip, coupled gates and other activations; `.unsupported(.peepholes)`; `.dataDependent`
///   for lengths that are not known to be that of the sequence.
struct DynamicQuantizeLSTM: MicrosoftOperator {
  static let name = "DynamicQuantizeLSTM"

  private let isReversed: [Bool]

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(12...12, outputs: 1...3)
    switch try node.string(.direction) {
    case nil, "forward": isReversed = [false]
    case "reverse": isReversed = [true]
    case "bidirectional": isReversed = [false, true]
    default: throw .attribute(.direction, .unknownValue)
    }
    _ = try node.int(.hidden_size)
    guard try node.float(.clip) == nil else { throw .attribute(.clip, .unsupported) }
    guard try node.flag(.input_forget, default: false) == false else { throw .attribute(.input_forget, .unsupported) }
    let usual = isReversed.flatMap { _ in ["sigmoid", "tanh", "tanh"] }
    guard try node.strings(.activations).map({ $0.isEmpty || $0.map { $0.lowercased() } == usual }) ?? true else {
      throw .attribute(.activations, .unsupported)
    }
    guard !node.hasInput(7) else { throw .unsupported(.peepholes) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), shape = try composer.shape(x), recurrent = try composer.shape(try composer.input(2))
    guard shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: shape.rank) }
    guard recurrent.rank == 3 else { throw .rank(input: 2, expected: 3...3, found: recurrent.rank) }
    guard recurrent[0] == isReversed.count else { throw .extent(input: 2, axis: 0, expected: isReversed.count, found: recurrent[0]) }
    guard recurrent[2] == 4 * recurrent[1] else { throw .extent(input: 2, axis: 2, expected: 4 * recurrent[1], found: recurrent[2]) }
    guard shape[0] >= 1 else { throw .extent(input: 0, axis: 0, expected: 1, found: 0) }
    if let lengths = try composer.knownInts(4), lengths.contains(where: { $0 != shape[0] }) { throw .dataDependent(input: 4) }
    let quantized = try composer.dynamicallyQuantized(x)
    var results: [[ComposedValue]] = [[], [], []]
    for (direction, isReversed) in isReversed.enumerated() {
      let found = try walk(direction, isReversed: isReversed, quantized, steps: shape[0], batch: shape[1], recurrent[1], &composer)
      for (index, value) in found.enumerated() { results[index].append(value) }
    }
    var outputs: [ComposedValue] = []
    for (index, parts) in results.enumerated() {
      outputs.append(parts.count == 1 ? parts[0] : try composer.emit("Concat", parts, [.axis: .int(index == 0 ? 1 : 0)]))
    }
    return outputs
  }

  /// One direction: y `[T, 1, B, H]`, the last h and the last c `[1, B, H]`.
  private func walk(
    _ direction: Int, isReversed: Bool, _ x: QuantizedOperand, steps: Int, batch: Int, _ hidden: Int, _ composer: inout Composer
  ) throws(OpFault) -> [ComposedValue] {
    let recurrent = try composer.weights(2, scale: 10, direction)
    let sums = try composer.integerProduct(x, try composer.weights(1, scale: 8, direction), bias: nil)
    let inputs = steps == 1 ? [sums] : try composer.emit("Split", [sums], [.axis: .int(0), .num_outputs: .int(steps)], outputs: steps)
    let bias = try bias(direction, hidden, &composer)
    let zeros = composer.constant(Tensor(.float32, [1, batch, hidden], rounding: [Double](repeating: 0, count: batch * hidden)))
    let first = (h: try composer.part(5, direction, keepsAxis: true), c: try composer.part(6, direction, keepsAxis: true))
    var h = first.h ?? zeros, c = first.c ?? zeros
    var rows: [ComposedValue] = []
    for t in isReversed ? Array((0..<steps).reversed()) : Array(0..<steps) {
      let product = try composer.integerProduct(try composer.dynamicallyQuantized(h), recurrent, bias: nil)
      var z = try composer.emit("Add", [inputs[t], product])
      if let bias { z = try composer.emit("Add", [z, bias]) }
      let gates = try composer.emit("Split", [z], [.axis: .int(2), .num_outputs: .int(4)], outputs: 4)
      let kept = try composer.emit("Mul", [try composer.emit("Sigmoid", [gates[2]]), c])
      let added = try composer.emit("Mul", [try composer.emit("Sigmoid", [gates[0]]), try composer.emit("Tanh", [gates[3]])])
      c = try composer.emit("Add", [kept, added])
      h = try composer.emit("Mul", [try composer.emit("Sigmoid", [gates[1]]), try composer.emit("Tanh", [c])])
      rows.append(h)
    }
    if isReversed { rows.reverse() }
    let y = rows.count == 1 ? rows[0] : try composer.emit("Concat", rows, [.axis: .int(0)])
    return [try composer.emit("Unsqueeze", [y, composer.ints([1])]), h, c]
  }

  /// Wb + Rb, `[4 · H]`; nil where there is none.
  private func bias(_ direction: Int, _ hidden: Int, _ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    guard let both = try composer.part(3, direction, keepsAxis: false) else { return nil }
    let parts = try composer.emit("Split", [both, composer.ints([4 * hidden, 4 * hidden])], [.axis: .int(0)], outputs: 2)
    return try composer.emit("Add", parts)
  }
}

extension Composer {
  /// What belongs to a direction in the input at `index`; nil where it is absent.
  fileprivate mutating func part(_ index: Int, _ direction: Int, keepsAxis: Bool) throws(OpFault) -> ComposedValue? {
    guard let whole = optional(index) else { return nil }
    let place: Shape = keepsAxis ? [1] : []
    return try emit("Gather", [whole, constant(Tensor(place, [Int64(direction)]))], [.axis: .int(0)])
  }

  /// The weights of a direction, with their scale and zero point from the inputs `scale` and the one behind it.
  fileprivate mutating func weights(_ index: Int, scale: Int, _ direction: Int) throws(OpFault) -> QuantizedOperand {
    guard let value = try part(index, direction, keepsAxis: false) else { throw .missingInput(index) }
    guard let factor = try part(scale, direction, keepsAxis: false) else { throw .missingInput(scale) }
    return QuantizedOperand(value: value, scale: factor, zero: try part(scale + 1, direction, keepsAxis: false))
  }
}
