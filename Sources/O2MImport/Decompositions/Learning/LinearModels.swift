import O2MOps
import O2MTensor

/// `y = x · Cᵀ + b`, one row of C for each target, as Gemm.
///
/// - Spec: ONNX ai.onnx.ml LinearRegressor-1.
/// - Shapes: `x` number `[N, F]` → `y` `[N, targets]`, of the type of `x` where it is a float, else float32.
/// - Errors: `.attribute(.coefficients, .count)` where they do not fit `x`.
struct LinearRegressor: Decomposition {
  static let name = "LinearRegressor"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  private let model: LinearModel
  private let transform: PostTransform

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    model = try LinearModel(node, rows: try node.int(.targets, default: 1))
    transform = try PostTransform(spelledOn: node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    [try transform.apply(try model.compose(&composer), &composer)]
  }
}

/// The class of the largest score of `x · Cᵀ + b`, and all scores.
///
/// With two classes and one row of C there is one score s: the second label stands where it is above 0; scores are 1 − s and s, or the
/// logistic function of −s and s.
///
/// - Spec: ONNX ai.onnx.ml LinearClassifier-1, and for one row what ONNX Runtime makes of it.
/// - Shapes: `x` number `[N, F]` → `label` int64 `[N]`, `scores` `[N, E]`. Labels that are strings are left out.
/// - Errors: those of LinearRegressor.
struct LinearClassifier: Decomposition {
  static let name = "LinearClassifier"
  static let domain = "ai.onnx.ml"
  static let versions = [1]

  private let model: LinearModel
  private let labels: ClassLabels
  private let transform: PostTransform

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1, outputs: 1...2)
    labels = try ClassLabels(node, numbers: .classlabels_ints)
    let intercepts = try node.floats(.intercepts)?.count ?? labels.count
    model = try LinearModel(node, rows: labels.count == 2 && intercepts == 1 ? 1 : labels.count)
    transform = try PostTransform(spelledOn: node)
    _ = try node.int(.multi_class)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let scores = try model.compose(&composer)
    if model.rows == 1, labels.count == 2 {
      let label = try labels.compose(scores, above: 0, &composer)
      return try composer.classified(label, try composer.bothClasses(scores, complements: true, transform))
    }
    return try composer.classified(try labels.compose(largestOf: scores, &composer), try transform.apply(scores, &composer))
  }
}

/// Coefficients and intercepts.
private struct LinearModel {
  let rows: Int
  let coefficients: [Float]
  let intercepts: [Float]

  init(_ node: some NodeSource, rows: Int) throws(OpFault) {
    guard let coefficients = try node.floats(.coefficients) else { throw .attribute(.coefficients, .missing) }
    self.coefficients = coefficients
    self.rows = rows
    intercepts = try node.floats(.intercepts) ?? []
    guard intercepts.isEmpty || intercepts.count == rows else {
      throw .attribute(.intercepts, .count(expected: rows, found: intercepts.count))
    }
  }

  func compose(_ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let x = try composer.asFloat(try composer.input(0)), shape = try composer.shape(x), element = composer.element(x)
    guard shape.rank == 2 else { throw .rank(input: 0, expected: 2...2, found: shape.rank) }
    guard coefficients.count == rows * shape[1] else {
      throw .attribute(.coefficients, .count(expected: rows * shape[1], found: coefficients.count))
    }
    let c = composer.constant(Tensor(element, [rows, shape[1]], rounding: coefficients.map { Double($0) }))
    let b = intercepts.isEmpty ? nil : composer.constant(Tensor(element, [rows], rounding: intercepts.map { Double($0) }))
    return try composer.emit("Gemm", [x, c, b], [.transB: .int(1)])
  }
}
