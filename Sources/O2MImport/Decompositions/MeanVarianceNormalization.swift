import O2MOps

/// A tensor shifted to mean 0 and scaled to deviation 1: `y = d / (√E[d²] + 1e-9)` with `d = x − E[x]`.
///
/// - Spec: ONNX MeanVarianceNormalization-13, whose function writes the variance as `E[x²] − E[x]²`; this form cancels less.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
struct MeanVarianceNormalization: Decomposition {
  static let name = "MeanVarianceNormalization"
  static let versions = [9, 13]

  private let axes: [Int]

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    axes = try node.ints(.axes) ?? [0, 2, 3]
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), axes = composer.ints(axes)
    let difference = try composer.emit("Sub", [x, try composer.emit("ReduceMean", [x, axes])])
    let variance = try composer.emit("ReduceMean", [try composer.emit("Mul", [difference, difference]), axes])
    let deviation = try composer.emit("Sqrt", [variance])
    let divisor = try composer.emit("Add", [deviation, composer.scalar(1e-9, composer.element(x))])
    return [try composer.emit("Div", [difference, divisor])]
  }
}
