import O2MOps
import O2MTensor

/// Numbers to strings and back.
///
/// - Spec: ONNX Cast-24, the conversions of strings: numbers in plain ("3.14159") or scientific notation ("1.23e-05"), `INF`, `+INF`,
///   `-INF` and `NaN` in any case; a float becomes the shortest decimal that reads back as the same float.
/// - Shapes: `[*]` → `[*]`.
/// - Errors: `.text` where a string is no number.
struct StringCast: StringOperator {
  static let name = "Cast"
  static let versions = [9, 13, 19, 21, 23, 24, 25, 28]

  private let target: ElementType

  /// Up to Cast-6 the type was named, and there were no strings.
  static func givesStrings(_ node: SourceNode) -> Bool {
    if case .int(Int(ElementType.string.rawValue))? = node.attribute("to") { node.opset >= 9 } else { false }
  }

  init(_ node: ProtoNode) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let number = try node.int(.to) else { throw .attribute(.to, .missing) }
    guard let target = UInt8(exactly: number).flatMap(ElementType.init(rawValue:)) else { throw .attribute(.to, .unknownValue) }
    self.target = target
    // They shape the conversion to 8-bit floats from numbers.
    _ = try node.flag(.saturate, default: true)
    _ = try node.string(.round_mode)
  }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] { [try cast(inputs.first ?? nil, to: target)] }
}

/// `y = Cast(x)` to the element type of `target`, where one of them holds strings.
///
/// - Spec: ONNX CastLike-25.
struct StringCastLike: StringOperator {
  static let name = "CastLike"
  static let versions = [15, 19, 21, 23, 24, 25]

  init(_ node: ProtoNode) throws(OpFault) {
    try node.requireOperands(2...2)
    _ = try node.flag(.saturate, default: true)
    _ = try node.string(.round_mode)
  }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    if case .strings? = inputs[1] { return [try cast(inputs[0], to: .string)] }
    return [try cast(inputs[0], to: try inputs.tensor(1).element)]
  }
}

private func cast(_ value: OnnxValue<Tensor>?, to target: ElementType) throws(OpFault) -> OnnxValue<Tensor> {
  switch value {
  case .strings(let strings):
    if target == .string { return .strings(strings) }
    if target.isInteger {
      var numbers: [Int] = []
      for item in strings.values {
        guard let number = integer(item.trimmed) else { throw .text(input: 0) }
        numbers.append(number)
      }
      return .tensor(Tensor(target, strings.shape, wrapping: numbers))
    }
    guard target.isFloat || target == .bool else { throw .unsupported(.castTarget) }
    var numbers: [Double] = []
    for item in strings.values {
      guard let number = number(item.trimmed) else { throw .text(input: 0) }
      numbers.append(number)
    }
    if target == .bool { return .tensor(Tensor(.bool, strings.shape, wrapping: numbers.map { $0 == 0 ? 0 : 1 })) }
    return .tensor(Tensor(target, strings.shape, rounding: numbers))
  case .tensor(let tensor):
    guard target == .string else { throw .elementType(input: 0, found: tensor.element) }
    return .strings(StringTensor(tensor.shape, strings(of: tensor)))
  case nil: throw .missingInput(0)
  default: throw .unsupported(.sequence)
  }
}

/// Swift also reads hexadecimal floats, which ONNX does not know.
private func number(_ text: Substring) -> Double? { text.lowercased().contains("x") ? nil : Double(text) }

/// A float is cut off, as one that is cast.
private func integer(_ text: Substring) -> Int? {
  Int(text) ?? UInt(text).map { Int(bitPattern: $0) } ?? number(text).flatMap { Int(exactly: $0.rounded(.towardZero)) }
}

extension String {
  fileprivate var trimmed: Substring {
    var rest = drop { $0.isWhitespace }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return rest
  }
}

/// The elements as strings.
private func strings(of tensor: Tensor) -> [String] {
  switch tensor.element {
  case .bool: tensor.ints().map { $0 != 0 ? "True" : "False" }
  case .uint64: tensor.ints().map { "\(UInt(bitPattern: $0))" }
  case .float64: tensor.doubles().map { "\($0)" }
  case let element where element.isFloat: tensor.doubles().map { "\(Float($0))" }
  default: tensor.ints().map { "\($0)" }
  }
}
