import CO2MPlatform
import O2MTensor

/// Normalised exponentials along an axis: `y[k] = exp(x[k]) / Σ_j exp(x[j])`.
///
/// - Spec: ONNX Softmax-13. Before -13 the tensor is read as a matrix (`flattens`), and the axis defaults to 1.
/// - Shapes: `x` float `[*]` → `y`, same type and shape.
/// - Parity: one rounding of the float64 value. A line of −infinities gives NaN.
/// - Errors: `.axis` outside the rank.
public struct Softmax: ExponentialNormalization {
  public static let name: StaticString = "Softmax"
  public static let code = OpCode.softmax
  public static let versions = [1, 11, 13]

  public var axis: Int
  public var flattens: Bool

  public init(axis: Int = -1, flattens: Bool = false) {
    self.axis = axis
    self.flattens = flattens
  }

  public static func apply(_ x: Double, sum: Double) -> Double { o2m_exp(x) / sum }
  public static var isLog: Bool { false }
}
