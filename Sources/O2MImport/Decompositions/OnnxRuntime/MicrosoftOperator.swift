import O2MOps
import O2MTensor

/// An operator of ONNX Runtime's own, which its quantizer and its optimizer write into models.
///
/// - Spec: ONNX Runtime's "Contrib Operator Schemas", domain com.microsoft, version 1.
protocol MicrosoftOperator: Decomposition {}

extension MicrosoftOperator {
  static var domain: String { "com.microsoft" }
  static var versions: [Int] { [1] }
}

/// Every one of them.
let microsoftOperators: [any Decomposition.Type] = [
  BiasGelu.self,
  DynamicQuantizeLSTM.self,
  DynamicQuantizeMatMul.self,
  EmbedLayerNormalization.self,
  FastGelu.self,
  FusedConv.self,
  FusedGemm.self,
  FusedMatMul.self,
  GatherBlockQuantized.self,
  GroupNorm.self,
  MatMulIntegerToFloat.self,
  MatMulNBits.self,
  MicrosoftAttention.self,
  MicrosoftDequantizeLinear.self,
  MicrosoftGelu.self,
  MicrosoftQLinearConv.self,
  MicrosoftQuantizeLinear.self,
  MicrosoftRotaryEmbedding.self,
  MultiHeadAttention.self,
  NhwcMaxPool.self,
  QAttention.self,
  QEmbedLayerNormalization.self,
  QGemm.self,
  QLinearAdd.self,
  QLinearAveragePool.self,
  QLinearConcat.self,
  QLinearGlobalAveragePool.self,
  QLinearLeakyRelu.self,
  QLinearMul.self,
  QLinearReduceMean.self,
  QLinearSigmoid.self,
  QLinearSoftmax.self,
  QLinearWhere.self,
  QuickGelu.self,
  SkipLayerNormalization.self,
  SkipSimplifiedLayerNormalization.self,
  TransposeMatMul.self,
]

/// The attributes of a convolution or a pooling window, which go to ONNX's operator as they are.
struct WindowAttributes {
  private(set) var values: [AttributeName: AttributeValue] = [:]

  /// - Parameters:
  ///   - lists: attributes of several integers.
  ///   - numbers: attributes of one integer.
  init(_ node: some NodeSource, lists: [AttributeName], numbers: [AttributeName]) throws(OpFault) {
    if let pad = try node.string(.auto_pad) { values[.auto_pad] = .string(pad) }
    for name in lists { if let list = try node.ints(name) { values[name] = .ints(list) } }
    for name in numbers { if let number = try node.int(name) { values[name] = .int(number) } }
  }

  static func convolution(_ node: some NodeSource) throws(OpFault) -> WindowAttributes {
    try WindowAttributes(node, lists: [.kernel_shape, .strides, .pads, .dilations], numbers: [.group])
  }
}

/// The activation that an optimizer has put into a layer: a name, and numbers where the function has some.
struct FusedActivation {
  private let type: String?
  private var attributes: [AttributeName: AttributeValue] = [:]
  /// The bounds of a Clip.
  private var bounds: (least: Float, most: Float)?

  /// `activation` with a list of numbers: FusedConv.
  init(listed node: some NodeSource) throws(OpFault) {
    let numbers = try node.floats(.activation_params) ?? []
    try self.init(try node.string(.activation), numbers, from: .activation_params)
  }

  /// `activation` with a number by each name: FusedGemm.
  init(named node: some NodeSource) throws(OpFault) {
    let alpha = try node.float(.activation_alpha), beta = try node.float(.activation_beta), gamma = try node.float(.activation_gamma)
    let type = try node.string(.activation)
    try self.init(type, [], from: .activation)
    if let alpha { attributes[.alpha] = .float(alpha) }
    if let beta { attributes[.beta] = .float(beta) }
    if let gamma { attributes[.gamma] = .float(gamma) }
  }

  private init(_ type: String?, _ numbers: [Float], from name: AttributeName) throws(OpFault) {
    let names: [AttributeName]
    switch type {
    case nil, "": names = []
    case "Relu", "Tanh", "Sigmoid", "Softplus", "Softsign": names = []
    case "LeakyRelu", "Elu", "Celu", "ThresholdedRelu": names = [.alpha]
    case "HardSigmoid": names = [.alpha, .beta]
    case "Selu": names = [.alpha, .gamma]
    case "Clip":
      guard numbers.count == 2 else { throw .attribute(name, .count(expected: 2, found: numbers.count)) }
      bounds = (numbers[0], numbers[1])
      names = []
    default: throw .attribute(.activation, .unknownValue)
    }
    self.type = type?.isEmpty == true ? nil : type
    for (name, number) in zip(names, numbers) { attributes[name] = .float(number) }
  }

  func apply(_ value: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    guard let type else { return value }
    guard let bounds else { return try composer.emit(type, [value], attributes) }
    let element = composer.element(value)
    return try composer.emit(
      "Clip", [value, composer.scalar(Double(bounds.least), element), composer.scalar(Double(bounds.most), element)])
  }
}

extension Composer {
  /// `[N, D…, C]` as `[N, C, D…]`.
  mutating func channelsFirst(_ x: ComposedValue) throws(OpFault) -> ComposedValue {
    let rank = fact(x).type.rank
    guard rank > 2 else { return x }
    return try emit("Transpose", [x], [.perm: .ints([0, rank - 1] + Array(1..<rank - 1))])
  }

  /// `[N, C, D…]` as `[N, D…, C]`.
  mutating func channelsLast(_ x: ComposedValue) throws(OpFault) -> ComposedValue {
    let rank = fact(x).type.rank
    guard rank > 2 else { return x }
    return try emit("Transpose", [x], [.perm: .ints([0] + Array(2..<rank) + [1])])
  }
}
