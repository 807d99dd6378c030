/// Frames a second, and how long the stages of a frame took, over the last frames.
public struct Pace: Sendable {
  public enum Stage: String, CaseIterable, Sendable {
    /// From the camera's frame until the model takes it.
    case camera
    /// The picture into the model's input.
    case prepare
    case run
    /// From the answer until it is shown.
    case show
  }

  private var ends: [ContinuousClock.Instant] = []
  private var stages: [[Stage: Duration]] = []
  private static let kept = 30

  public init() {}

  public mutating func add(_ stages: [Stage: Duration], end: ContinuousClock.Instant = .now) {
    ends.append(end)
    self.stages.append(stages)
    if ends.count > Self.kept {
      ends.removeFirst()
      self.stages.removeFirst()
    }
  }

  /// nil before the second frame.
  public var framesPerSecond: Double? {
    guard let first = ends.first, let last = ends.last, last > first else { return nil }
    return Double(ends.count - 1) / ((last - first) / .seconds(1))
  }

  /// The mean of a stage in milliseconds; nil before the first frame.
  public func milliseconds(_ stage: Stage) -> Double? {
    guard !stages.isEmpty else { return nil }
    return stages.reduce(0) { $0 + ($1[stage] ?? .zero) / .milliseconds(1) } / Double(stages.count)
  }
}
