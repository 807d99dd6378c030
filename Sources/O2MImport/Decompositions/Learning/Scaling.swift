import O2MOps
import O2MTensor

/// `y = (x − offset) · scale`, by column.
///
/// - Spec: ONNX ai.onnx.ml Scaler-1.
/// - Shapes: `x` number `[…, F]`, `offset` and `scale` of one number or F → `y` float32 `[…, F]`.
struct Scaler: Decomposition {
  static let name = "Scaler"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  private let offset: [Float]
  private let scale: [Float]

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    offset = try node.floats(.offset) ?? []
    scale = try node.floats(.scale) ?? []
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.cast(try composer.input(0), to: .float32), columns = try composer.shape(x).dims.last ?? 1
    var y = x
    for (name, values, type) in [(AttributeName.offset, offset, "Sub"), (.scale, scale, "Mul")] where !values.isEmpty {
      guard values.count == 1 || values.count == columns else {
        throw .attribute(name, .count(expected: columns, found: values.count))
      }
      y = try composer.emit(type, [y, composer.constant(Tensor([values.count], values))])
    }
    return [y]
  }
}

/// Each row divided by its largest number, by the sum of its magnitudes or by the root of the sum of its squares; a row where that is 0
/// stays.
///
/// - Spec: ONNX ai.onnx.ml Normalizer-1.
/// - Shapes: `x` number `[N, F]` or `[F]` → `y` float32 of the same shape.
struct Normalizer: Decomposition {
  static let name = "Normalizer"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  private let reduction: String

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    switch try node.string(.norm) {
    case nil, "MAX": reduction = "ReduceMax"
    case "L1": reduction = "ReduceL1"
    case "L2": reduction = "ReduceL2"
    default: throw .attribute(.norm, .unknownValue)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.cast(try composer.input(0), to: .float32)
    let norm = try composer.emit(reduction, [x, composer.ints([-1])])
    let isZero = try composer.emit("Equal", [norm, composer.scalar(0, .float32)])
    return [try composer.emit("Div", [x, try composer.emit("Where", [isZero, composer.scalar(1, .float32), norm])])]
  }
}

/// The scores of a classifier as a map from labels to scores: a graph holds no maps, so the scores stay what they are, in the order of the
/// labels.
///
/// - Spec: ONNX ai.onnx.ml ZipMap-1.
/// - Shapes: `x` float32 `[N, E]` → `[N, E]`.
struct ZipMap: Decomposition {
  static let name = "ZipMap"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  private let count: Int

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    count = try ClassLabels(node, numbers: .classlabels_int64s).count
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), shape = try composer.shape(x)
    guard let last = shape.dims.last, last == count else {
      throw .extent(input: 0, axis: max(0, shape.rank - 1), expected: count, found: shape.dims.last ?? 0)
    }
    composer.noteMap()
    return [try composer.emit("Identity", [x])]
  }
}
