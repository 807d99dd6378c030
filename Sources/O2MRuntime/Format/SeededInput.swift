import O2MOps
import O2MTensor

/// Numbers that every host makes alike from a seed, by integer arithmetic alone.
///
/// - Spec: Schemas/bundle.md, "Seeded inputs": SplitMix64; element i of a tensor takes the (i+1)-th output, of which the upper 24 bits
///   are the mantissa.
public struct SeededInput {
  /// What floats are drawn from. Integers are drawn from 0...255, bools from 0 and 1.
  public enum Distribution: UInt8, Sendable {
    /// Uniform in [0, 1).
    case unit = 0
    /// Uniform in [-1, 1).
    case symmetric = 1
  }

  private var state: UInt64

  public init(seed: UInt64) { state = seed }

  /// The stream of one input of a case: input 0 has the case's own seed.
  public init(seed: UInt64, input: Int) { state = seed &+ UInt64(input) &* 0xD1B5_4A32_D192_ED03 }

  public mutating func next() -> UInt64 {
    state = state &+ 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A multiple of 2⁻²⁴ in [0, 1).
  public mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A tensor of the next numbers; an element takes one each.
  public mutating func tensor(_ element: ElementType, _ shape: Shape, _ distribution: Distribution) -> Tensor {
    if element.isFloat {
      var values: [Double] = []
      values.reserveCapacity(shape.count)
      for _ in 0..<shape.count { values.append(Double(distribution == .unit ? unit() : 2 * unit() - 1)) }
      return Tensor(element, shape, rounding: values)
    }
    var values: [Int] = []
    values.reserveCapacity(shape.count)
    let mask: UInt64 = element == .bool ? 1 : 255
    for _ in 0..<shape.count { values.append(Int((next() >> 40) & mask)) }
    return Tensor(element, shape, wrapping: values)
  }
}
