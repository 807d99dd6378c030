import O2MTensor

/// The attributes that LSTM, GRU and RNN share.
public struct Recurrence: Equatable, Sendable {
  public enum Direction: UInt8, CaseIterable, Sendable { case forward = 0, reverse, bidirectional }

  public var direction: Direction
  /// Whether X and Y are `[batch, time, …]` rather than `[time, batch, …]`: ONNX's `layout`.
  public var isBatchFirst: Bool
  /// The sums that go into activations are kept within ± this; infinity where there is no limit.
  public var clip: Float
  /// The functions of the first direction, then those of the second.
  public var functions: [GateFunction]

  public var directions: Int { direction == .bidirectional ? 2 : 1 }

  /// Whether direction `index` begins with the last step.
  func isReversed(_ index: Int) -> Bool { direction == .reverse || index == 1 }

  /// The functions of one direction.
  func functions(_ index: Int) -> ArraySlice<GateFunction> {
    let count = functions.count / directions
    return functions[index * count..<(index + 1) * count]
  }

  /// Whether every direction has these functions, with whatever numbers.
  @inline(never)
  func uses(_ kinds: [GateFunction.Kind]) -> Bool {
    (0..<directions).allSatisfy { functions($0).map { $0.kind } == kinds }
  }

  /// Reads the attributes of a cell whose activations are `defaults` where the node names none.
  ///
  /// - Errors: `.attribute` for an unknown direction or activation, a number of activations other than that of the cell, or a clip
  ///   that is not above 0.
  init(_ node: some NodeSource, defaults: [GateFunction.Kind]) throws(OpFault) {
    switch try node.string(.direction) {
    case nil, "forward": direction = .forward
    case "reverse": direction = .reverse
    case "bidirectional": direction = .bidirectional
    default: throw .attribute(.direction, .unknownValue)
    }
    isBatchFirst = try node.flag(.layout, default: false)
    clip = try node.float(.clip, default: .infinity)
    guard clip > 0 else { throw .attribute(.clip, .outOfRange) }
    if let hidden = try node.int(.hidden_size), hidden < 1 { throw .attribute(.hidden_size, .outOfRange) }
    functions = []
    let kinds = try Self.kinds(node, defaults, directions: direction == .bidirectional ? 2 : 1)
    // Each function takes the next of a list of numbers, if it has such a number at all.
    var alphas = (try node.floats(.activation_alpha) ?? [])[...], betas = (try node.floats(.activation_beta) ?? [])[...]
    for kind in kinds {
      var function = GateFunction(kind)
      if kind.alpha != nil, let alpha = alphas.popFirst() { function.alpha = alpha }
      if kind.beta != nil, let beta = betas.popFirst() { function.beta = beta }
      functions.append(function)
    }
  }

  private static func kinds(
    _ node: some NodeSource, _ defaults: [GateFunction.Kind], directions: Int
  ) throws(OpFault) -> [GateFunction.Kind] {
    guard var names = try node.strings(.activations), !names.isEmpty else {
      return directions == 2 ? defaults + defaults : defaults
    }
    let expected = defaults.count * directions
    // RNN's own default names two, whatever the direction.
    if defaults.count == 1, names.count == 2, directions == 1 { names.removeLast() }
    guard names.count == expected else { throw .attribute(.activations, .count(expected: expected, found: names.count)) }
    var kinds: [GateFunction.Kind] = []
    for name in names {
      guard let kind = GateFunction.Kind(name) else { throw .attribute(.activations, .unknownValue) }
      kinds.append(kind)
    }
    return kinds
  }

  func encode(to record: inout RecordWriter) {
    record.put(direction.rawValue)
    record.put(isBatchFirst)
    record.put(clip)
    for function in functions { function.encode(to: &record) }
  }

  /// `count` is the number of functions of one direction.
  init(from record: inout RecordReader, functions count: Int) throws(FormatFault) {
    direction = Direction(rawValue: UInt8(try record.choice(Direction.allCases.count))) ?? .forward
    isBatchFirst = try record.flag()
    clip = try record.float()
    functions = []
    for _ in 0..<count * directions { functions.append(try GateFunction(from: &record)) }
  }
}
