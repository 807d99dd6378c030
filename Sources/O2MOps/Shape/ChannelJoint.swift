import O2MTensor

/// How an operator puts runs of channels side by side, or takes them apart: where the runs lie channels last in the buffer of the
/// whole, nothing is left to do.
public enum ChannelJoint: Sendable {
  /// The output is the inputs' channels, one input after the other.
  case joins
  /// Input 0 is the outputs' channels, one output after the other.
  case parts
}

extension Op {
  /// The joint that this operator is for operands of `rank`; nil for other operators and other axes.
  public func channelJoint(rank: Int) -> ChannelJoint? {
    guard rank >= 3 else { return nil }
    switch self {
    case .concat(let op): return op.axis == 1 || op.axis == 1 - rank ? .joins : nil
    case .split(let op): return op.axis == 1 || op.axis == 1 - rank ? .parts : nil
    default: return nil
    }
  }
}
