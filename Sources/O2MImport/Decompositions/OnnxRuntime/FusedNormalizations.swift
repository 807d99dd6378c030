import O2MOps
import O2MTensor

/// RMSNormalization as ONNX Runtime wrote it before ONNX had one: in ONNX's own domain, which never defined it.
///
/// - Shapes: those of RMSNormalization.
/// - Errors: `.outputCount` where the inverse deviation is wanted, which only training reads.
struct SimplifiedLayerNormalization: Decomposition {
  static let name = "SimplifiedLayerNormalization"
  static let versions = [1]

  private let axis: Int
  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axis = try node.int(.axis, default: -1)
    epsilon = try node.float(.epsilon, default: 1e-5)
    _ = try node.floatType(.stash_type)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    [
      try composer.emit(
        "RMSNormalization", [try composer.input(0), try composer.input(1)], [.axis: .int(axis), .epsilon: .float(epsilon)])
    ]
  }
}

/// What SkipLayerNormalization and its like share: `s = x + skip + bias`, then a normalization of `s`.
protocol SkipNormalization: MicrosoftOperator {
  /// Where the input `bias` is.
  static var bias: Int { get }
  func normalized(_ sum: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue
}

extension SkipNormalization {
  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    // Mean and deviation are left to training.
    for index in 1...2 where composer.wants(index) { throw .outputCount(expected: 1...1, found: index + 1) }
    var sum = try composer.emit("Add", [try composer.input(0), try composer.input(1)])
    if let bias = composer.optional(Self.bias) { sum = try composer.emit("Add", [sum, bias]) }
    let y = try normalized(sum, &composer)
    return [y, y, y, sum]
  }
}

/// `y = (s − mean(s)) / sqrt(variance(s) + epsilon) · gamma + beta` over the last axis, `s = x + skip + bias`.
///
/// - Shapes: `x` float `[…, S, C]`, `skip` broadcast to it, `gamma`, `beta` optional, `bias` optional `[C]` → `y` like `x`, and as the
///   fourth output `s`.
/// - Errors: `.outputCount` where mean or inverse deviation are wanted, which only training reads.
struct SkipLayerNormalization: SkipNormalization {
  static let name = "SkipLayerNormalization"
  static let bias = 4

  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...5, outputs: 1...4)
    epsilon = try node.float(.epsilon, default: 1e-12)
  }

  func normalized(_ sum: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    try composer.emit(
      "LayerNormalization", [sum, try composer.input(2), composer.optional(3)], [.axis: .int(-1), .epsilon: .float(epsilon)])
  }
}

/// `y = s / sqrt(mean(s²) + epsilon) · gamma` over the last axis, `s = x + skip + bias`.
///
/// - Shapes: those of SkipLayerNormalization without `beta`.
/// - Errors: those of SkipLayerNormalization.
struct SkipSimplifiedLayerNormalization: SkipNormalization {
  static let name = "SkipSimplifiedLayerNormalization"
  static let bias = 3

  private let epsilon: Float

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...4, outputs: 1...4)
    epsilon = try node.float(.epsilon, default: 1e-12)
  }

  func normalized(_ sum: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    try composer.emit("RMSNormalization", [sum, try composer.input(2)], [.axis: .int(-1), .epsilon: .float(epsilon)])
  }
}

/// GroupNormalization with a scale and a bias for each channel, and SiLU after it where `activation` is 1.
///
/// - Shapes: `x` float `[N, D…, C]`, or `[N, C, D…]` where `channels_last` is 0, `gamma` and `beta` `[C]` → `y` like `x`.
struct GroupNorm: MicrosoftOperator {
  static let name = "GroupNorm"

  private let groups: Int
  private let epsilon: Float
  private let hasSiLU: Bool
  private let isChannelsLast: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    guard let groups = try node.int(.groups) else { throw .attribute(.groups, .missing) }
    self.groups = groups
    epsilon = try node.float(.epsilon, default: 1e-5)
    guard try node.int(.activation) != nil else { throw .attribute(.activation, .missing) }
    hasSiLU = try node.flag(.activation, default: false)
    isChannelsLast = try node.flag(.channels_last, default: true)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), element = composer.element(x)
    let rows = isChannelsLast ? try composer.channelsFirst(x) : x
    let factors = [
      try composer.cast(try composer.input(1), to: element), try composer.cast(try composer.input(2), to: element),
    ]
    var y = try composer.emit("GroupNormalization", [rows] + factors, [.num_groups: .int(groups), .epsilon: .float(epsilon)])
    if hasSiLU { y = try composer.emit("Swish", [y]) }
    return [isChannelsLast ? try composer.channelsLast(y) : y]
  }
}
