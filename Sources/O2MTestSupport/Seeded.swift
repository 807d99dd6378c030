import O2MTensor

/// Numbers that follow from a seed alone, the same on every host.
///
/// - Spec: SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
package struct Seeded: Sendable {
  private var state: UInt64

  package init(_ seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in `[0, 1)`, a multiple of 2^-24.
  package mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  package mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// Nearly normal with mean 0 and variance 1: the sum of 12 uniform numbers less 6, which needs no libm and so is the same everywhere.
  package mutating func normal() -> Float {
    var sum: Float = -6
    for _ in 0..<12 { sum += unit() }
    return sum
  }

  /// A float32 tensor, uniform in `range`.
  package mutating func tensor(_ shape: Shape, in range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(shape, of: Float.self) { target in
      for index in target.indices { target[index] = uniform(range) }
    }
  }

  /// A float32 tensor, nearly normal.
  package mutating func normal(_ shape: Shape, deviation: Float) -> Tensor {
    Tensor(shape, of: Float.self) { target in
      for index in target.indices { target[index] = normal() * deviation }
    }
  }

  /// A tensor of `type`: floats uniform in `-1...1`, integers in `0...9`, bools either way. Every extent must be known.
  package mutating func tensor(_ type: TensorType) -> Tensor {
    guard let shape = type.shape else { preconditionFailure("an extent of \(type) is open") }
    if type.element.isFloat {
      return Tensor(type.element, shape, rounding: (0..<shape.count).map { _ in Double(uniform(-1...1)) })
    }
    let limit: UInt64 = type.element == .bool ? 2 : 10
    return Tensor(type.element, shape, wrapping: (0..<shape.count).map { _ in Int(next() % limit) })
  }
}
