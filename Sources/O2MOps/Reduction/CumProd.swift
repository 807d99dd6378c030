import O2MTensor

/// Product of each element and all before it along an axis.
///
/// - Spec: ONNX CumProd-26.
/// - Shapes: `x` number `[*]`, `axis` integer with one element → `y` like `x`.
/// - Parity: one rounding of the float64 product; integers wrap.
/// - Errors: `.axis` outside the rank.
public struct CumProd: Cumulation {
  public static let name: StaticString = "CumProd"
  public static let code = OpCode.cumProd
  public static let versions = [26]

  public var options: CumulativeOptions
  public init(options: CumulativeOptions) { self.options = options }

  public static let initial = 1
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial * x }
  public static func combine(_ partial: Int, _ x: Int) -> Int { partial &* x }
}
