import O2MParity

extension Precision {
  /// Where more effort no longer pays: mantissas of floats are noise to any level, and the highest ones take seconds per megabyte
  /// to find that out. int8 weights are few enough bytes for the highest.
  public var zstdLevel: Int {
    switch self {
    case .float32: 6
    case .float16: 9
    case .int8Weights: 19
    }
  }
}

/// What a conversion is doing, for progress bars: `done` of `total` steps.
public struct ConversionProgress: Sendable {
  public enum Stage: String, Sendable { case importing, passes, weights, packing, parity }

  public var stage: Stage
  public var done: Int
  public var total: Int
}
