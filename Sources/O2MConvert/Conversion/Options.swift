import O2MParity

extension Precision {
  /// Where more effort no longer pays, for a section of weights of so many bytes: mantissas of floats are noise to any level, and the
  /// highest ones take seconds per megabyte to find that out. int8 weights gain half a percent from them in a megabyte, nothing in ten.
  public func zstdLevel(rawBytes: Int) -> Int {
    switch self {
    case .float32: 6
    case .float16: 9
    case .int8Weights: rawBytes <= 8 << 20 ? 19 : 9
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
