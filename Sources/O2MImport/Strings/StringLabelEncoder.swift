import O2MOps
import O2MTensor

/// `y = values[k]` where `x = keys[k]`, and a default where `x` is no key; keys or values are strings.
///
/// - Spec: ONNX ai.onnx.ml LabelEncoder-4; -1 has one list, `classes_strings`, and turns strings into their index or an index into its
///   string.
/// - Shapes: `x` `[*]` of the keys' type → `y` `[*]` of the values' type.
struct StringLabelEncoder: StringOperator {
  static let name = "LabelEncoder"
  static let domain = "ai.onnx.ml"
  static let versions = [1, 2, 4]

  private enum Key: Hashable {
    case string([UInt8])
    case number(UInt64)
    case int(Int)
  }

  private let keys: [Key]
  private let values: OnnxValue<Tensor>
  /// The default, then the values.
  private let table: OnnxValue<Tensor>
  private let keyElement: ElementType

  static func givesStrings(_ node: SourceNode) -> Bool {
    if case .stringTensor? = node.attribute("values_tensor") { return true }
    return node.attribute("values_strings") != nil || node.attribute("classes_strings") != nil
  }

  init(_ node: ProtoNode) throws(OpFault) {
    try node.requireOperands(1...1)
    if let classes = try node.strings(.classes_strings) {
      // Both directions; the type of the input says which.
      keys = classes.map { .string(Array($0.utf8)) }
      values = .strings(StringTensor([classes.count], classes))
      keyElement = .string
      table = .tensor(Tensor(.int64, [classes.count + 1], wrapping: [try node.int(.default_int64, default: -1)] + Array(classes.indices)))
      fallback = try node.string(.default_string) ?? "_Unused"
      isBothWays = true
      return
    }
    isBothWays = false
    fallback = try node.string(.default_string) ?? "_Unused"
    let given = try Self.column(node, .keys_strings, .keys_int64s, .keys_floats, .keys_tensor)
    values = try Self.column(node, .values_strings, .values_int64s, .values_floats, .values_tensor)
    keys = Self.keys(given)
    keyElement = given.type?.element ?? .string
    let count: Int
    switch values {
    case .strings(let strings):
      count = strings.values.count
      var first = fallback
      if case .strings(let strings)? = try node.value(.default_tensor), let value = strings.values.first { first = value }
      table = .strings(StringTensor([count + 1], [first] + strings.values))
    case .tensor(let tensor):
      count = tensor.count
      table = .tensor(try node.withDefault(tensor))
    default: throw .attribute(.values_tensor, .wrongType)
    }
    guard keys.count == count else { throw .attribute(.values_tensor, .count(expected: keys.count, found: count)) }
  }

  private let fallback: String
  private let isBothWays: Bool

  private static func column(
    _ node: ProtoNode, _ strings: AttributeName, _ ints: AttributeName, _ floats: AttributeName, _ tensor: AttributeName
  ) throws(OpFault) -> OnnxValue<Tensor> {
    if let values = try node.strings(strings) { return .strings(StringTensor([values.count], values)) }
    if case .strings(let strings)? = try node.value(tensor) { return .strings(strings) }
    guard let numbers = try node.list(ints, floats, tensor) else { throw .attribute(tensor, .missing) }
    return .tensor(numbers)
  }

  private static func keys(_ value: OnnxValue<Tensor>) -> [Key] {
    switch value {
    case .strings(let strings): return strings.values.map { .string(Array($0.utf8)) }
    case .tensor(let tensor) where tensor.element.isFloat:
      // One NaN for all, one zero for both.
      return tensor.doubles().map { .number($0.isNaN ? Double.nan.bitPattern : ($0 + 0).bitPattern) }
    case .tensor(let tensor): return tensor.ints().map { .int($0) }
    default: return []
    }
  }

  func evaluate(_ inputs: [OnnxValue<Tensor>?]) throws(OpFault) -> [OnnxValue<Tensor>] {
    if isBothWays, case .tensor(let x)? = inputs[0], case .strings(let classes) = values {
      guard x.element == .int64 else { throw .elementType(input: 0, found: x.element) }
      return [.strings(StringTensor(x.shape, x.ints().map { classes.values.indices.contains($0) ? classes.values[$0] : fallback }))]
    }
    guard let x = inputs[0], let type = x.type, let shape = type.shape else { throw .missingInput(0) }
    guard type.element == keyElement else { throw .elementTypes(input: 0, found: type.element, expected: keyElement) }
    var rows: [Key: Int] = [:]
    for (index, key) in keys.enumerated() { rows[key] = index + 1 }
    let source = Self.keys(x).map { rows[$0] ?? 0 }
    switch table {
    case .strings(let strings): return [.strings(StringTensor(shape, source.map { strings.values[$0] }))]
    case .tensor(let tensor): return [.tensor(tensor.gathered(shape, source: source))]
    default: return []
    }
  }
}
