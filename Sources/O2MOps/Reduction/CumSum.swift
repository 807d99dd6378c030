import O2MTensor

/// Sum of each element and all before it along an axis.
///
/// - Spec: ONNX CumSum-14. -11 allows fewer types.
/// - Shapes: `x` number `[*]`, `axis` integer with one element → `y` like `x`.
/// - Parity: one rounding of the float64 sum; integers wrap.
/// - Errors: `.axis` outside the rank.
public struct CumSum: Cumulation {
  public static let name: StaticString = "CumSum"
  public static let code = OpCode.cumSum
  public static let versions = [11, 14]

  public var options: CumulativeOptions
  public init(options: CumulativeOptions) { self.options = options }

  public static let initial = 0
  public static func combine(_ partial: Double, _ x: Double) -> Double { partial + x }
  public static func combine(_ partial: Int, _ x: Int) -> Int { partial &+ x }
}
