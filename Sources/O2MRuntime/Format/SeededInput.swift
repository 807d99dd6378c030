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
    /// As `symmetric` for every input but those of the shape `[N, C, H, W]` with H and W at least 8, which become pictures of soft
    /// shapes: networks trained on pictures can amplify white noise until float32 itself has no digits left.
    case smooth = 2
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
      if distribution == .smooth, shape.rank == 4, shape[2] >= 8, shape[3] >= 8, shape.count > 0 {
        return Tensor(element, shape, rounding: pictures(shape))
      }
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

  /// A tensor of whole numbers of `range`; an element takes one number each.
  ///
  /// - Parameter range: of at most 2^63 numbers.
  public mutating func integers(_ element: ElementType, _ shape: Shape, of range: ClosedRange<Int>) -> Tensor {
    let count = UInt64(truncatingIfNeeded: range.upperBound - range.lowerBound) + 1
    var values: [Int] = []
    values.reserveCapacity(shape.count)
    for _ in 0..<shape.count { values.append(range.lowerBound + Int(next().multipliedFullWidth(by: count).high)) }
    return Tensor(element, shape, wrapping: values)
  }

  /// One tensor for each input of a case.
  public static func tensors(_ types: [TensorType], seed: UInt64, _ distribution: Distribution) -> [Tensor] {
    var tensors: [Tensor] = []
    for (index, type) in types.enumerated() {
      var random = SeededInput(seed: seed, input: index)
      tensors.append(random.tensor(type.element, type.shape ?? [], distribution))
    }
    return tensors
  }

  /// Cells along each side of a picture's grid.
  private static let cells = 8

  /// Bilinear interpolation of random grids, one per picture and one per channel, 3/4 to 1/4, in [-2, 2).
  private mutating func pictures(_ shape: Shape) -> [Double] {
    let height = shape[2], width = shape[3]
    var values: [Double] = []
    values.reserveCapacity(shape.count)
    for _ in 0..<shape[0] {
      let shared = grid()
      for _ in 0..<shape[1] {
        let own = grid()
        let knots = shared.indices.map { 0.75 * shared[$0] + 0.25 * own[$0] }
        for y in 0..<height {
          for x in 0..<width { values.append(Self.interpolate(knots, y, height, x, width)) }
        }
      }
    }
    return values
  }

  /// (cells + 1)² knots, row-major, in [-2, 2).
  private mutating func grid() -> [Double] {
    let count = (Self.cells + 1) * (Self.cells + 1)
    var knots: [Double] = []
    for _ in 0..<count { knots.append(4 * Double(unit()) - 2) }
    return knots
  }

  private static func interpolate(_ knots: [Double], _ y: Int, _ height: Int, _ x: Int, _ width: Int) -> Double {
    let row = y * cells / height, column = x * cells / width
    let down = Double(y * cells % height) / Double(height), right = Double(x * cells % width) / Double(width)
    let first = row * (cells + 1) + column
    let top = knots[first] + (knots[first + 1] - knots[first]) * right
    let bottom = knots[first + cells + 1] + (knots[first + cells + 2] - knots[first + cells + 1]) * right
    return top + (bottom - top) * down
  }
}

extension FlatGraph {
  /// The inputs of a certificate's case.
  public func seededInputs(_ seed: UInt64, _ distribution: SeededInput.Distribution) -> [Tensor] {
    SeededInput.tensors(values.prefix(inputCount).map { TensorType($0.element, $0.shape) }, seed: seed, distribution)
  }
}
