/// In how many bits weights are stored.
public enum Precision: String, CaseIterable, Sendable {
  case float32
  case float16
  /// int8 per output channel, with float16 where int8 hurts.
  case int8Weights = "int8-weights"

  /// What a bundle must hold by default.
  public var tolerance: Tolerance {
    switch self {
    case .float32: .float32
    case .float16: .float16
    case .int8Weights: .int8Weights
    }
  }
}
