import O2MOps
import O2MTensor

/// `y = values[k]` where `x = keys[k]`, and a default where `x` is no key. NaN is a key like any other.
///
/// - Spec: ONNX ai.onnx.ml LabelEncoder-4, numbers to numbers. Where a key stands twice the last one counts.
/// - Shapes: `x` `[*]` of the keys' type → `y` `[*]` of the values' type.
struct LabelEncoder: Decomposition {
  static let name = "LabelEncoder"
  static let domain = "ai.onnx.ml"
  static let versions = [1, 2, 4]

  private let keys: Tensor
  /// The default, then the values.
  private let table: Tensor

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let keys = try node.list(.keys_int64s, .keys_floats, .keys_tensor) else { throw .attribute(.keys_tensor, .missing) }
    guard let values = try node.list(.values_int64s, .values_floats, .values_tensor) else { throw .attribute(.values_tensor, .missing) }
    guard keys.count == values.count else { throw .attribute(.values_tensor, .count(expected: keys.count, found: values.count)) }
    self.keys = keys
    table = try node.withDefault(values)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), element = composer.element(x)
    guard element == keys.element else { throw .elementTypes(input: 0, found: element, expected: keys.element) }
    let shape = try composer.shape(x)
    let column = try composer.emit("Unsqueeze", [x, composer.ints([-1])])
    var isKey = try composer.emit("Equal", [column, composer.constant(keys)])
    let names = keys.doubles().map(\.isNaN)
    if names.contains(true) {
      let isNumber = try composer.emit("Equal", [column, column])
      let isNaN = composer.constant(Tensor(.bool, keys.shape, wrapping: names.map { $0 ? 1 : 0 }))
      isKey = try composer.emit("Or", [isKey, try composer.emit("And", [try composer.emit("Not", [isNumber]), isNaN])])
    }
    // The default is column 0, which every element has.
    let first = Shape(shape.dims + [1])
    let columns = [
      composer.constant(Tensor(.float32, first, rounding: [Double](repeating: 1, count: first.count))),
      try composer.emit("Cast", [isKey], [.to: .int(Int(ElementType.float32.rawValue))]),
    ]
    let hits = try composer.emit("Concat", columns, [.axis: .int(-1)])
    let row = try composer.emit("ArgMax", [hits], [.axis: .int(-1), .keepdims: .int(0), .select_last_index: .int(1)])
    return [try composer.emit("Gather", [composer.constant(table), row], [.axis: .int(0)])]
  }
}

extension NodeSource {
  /// A list of numbers in one of its three forms, as a vector.
  func list(_ ints: AttributeName, _ floats: AttributeName, _ tensor: AttributeName) throws(OpFault) -> Tensor? {
    if let values = try self.ints(ints) { return .indices(values) }
    if let values = try self.floats(floats) { return Tensor([values.count], values) }
    return try self.tensor(tensor).map { $0.reshaped([$0.count]) }
  }

  /// The default of `values`, and `values` behind it.
  func withDefault(_ values: Tensor) throws(OpFault) -> Tensor {
    let shape = Shape([values.count + 1])
    if let given = try tensor(.default_tensor) {
      guard given.count == 1, given.element == values.element else { throw .attribute(.default_tensor, .wrongType) }
      return values.element.isFloat
        ? Tensor(values.element, shape, rounding: given.doubles() + values.doubles())
        : Tensor(values.element, shape, wrapping: given.ints() + values.ints())
    }
    if values.element.isFloat {
      return Tensor(values.element, shape, rounding: [Double(try float(.default_float, default: -0.0))] + values.doubles())
    }
    return Tensor(values.element, shape, wrapping: [try int(.default_int64, default: -1)] + values.ints())
  }
}
