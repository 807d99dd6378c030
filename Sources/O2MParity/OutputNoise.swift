/// How far an output of a model lies from its exact value because numbers inside are rounded, on one set of inputs.
///
/// - Units: those of the output.
public struct OutputNoise: Equatable, Sendable {
  /// Root mean square and largest magnitude over an output's elements.
  public struct Level: Equatable, Sendable {
    public var rms = 0.0
    public var largest = 0.0

    public init(rms: Double = 0, largest: Double = 0) {
      self.rms = rms
      self.largest = largest
    }
  }

  /// What rounding every value to its own type changes; codes of quantization stay.
  public var rounding = Level()
  /// What it changes that codes of QuantizeLinear close to a boundary fall to its other side.
  public var steps = Level()
  /// Whether the output is what cancellation leaves of sums a thousand times larger: then float32 does not give its digits.
  public var isAllButZero = false

  public init() {}
}
