import O2MGraph
import O2MRuntime
import O2MTensor

/// Numbers of the like magnitude in the place of trained ones: a piece that anybody may see.
///
/// | what stands there | what takes its place |
/// |---|---|
/// | floats of both signs | uniform, with the power of two that is next below their root mean square as theirs |
/// | floats of one sign | uniform within half of that power of two around it, of that sign |
/// | one float, or the same everywhere | one of the same sign and power of two; 0 and 1 stay |
/// | int64 and truth values, where they are constants | themselves: shapes, axes and places |
/// | other integers | uniform between the least and the largest |
struct SyntheticWeights {
  let seed: UInt64
  /// Whether single floats stay too: a factor of a pattern is known by its value.
  let keepsSingles: Bool
  /// How many single floats stayed that are neither 0 nor 1.
  private(set) var keptCount = 0
  private var drawn = 0

  init(seed: UInt64, keepsSingles: Bool) {
    self.seed = seed
    self.keepsSingles = keepsSingles
  }

  /// The piece with other inputs and constants.
  mutating func replaced(_ piece: ModelPiece) -> ModelPiece {
    var piece = piece
    for index in piece.inputs.indices { piece.inputs[index].tensor = tensor(like: piece.inputs[index].tensor, isConstant: false) }
    for index in piece.constants.indices { piece.constants[index].tensor = tensor(like: piece.constants[index].tensor, isConstant: true) }
    return piece
  }

  private mutating func tensor(like tensor: Tensor, isConstant: Bool) -> Tensor {
    drawn += 1
    var random = SeededInput(seed: seed, input: drawn)
    guard tensor.element.isFloat else { return integers(like: tensor, isConstant, &random) }
    let values = tensor.numbers.filter(\.isFinite)
    guard let first = values.first else { return tensor }
    if values.count == tensor.count, values.allSatisfy({ $0 == first }), isConstant || first == 0 {
      if first == 0 || first.magnitude == 1 { return tensor }
      guard !keepsSingles else {
        keptCount += 1
        return tensor
      }
      let single = power(below: first.magnitude) * (1 + Double(random.unit())) * (first < 0 ? -1 : 1)
      return Tensor(tensor.element, tensor.shape, rounding: [Double](repeating: single, count: tensor.count))
    }
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count), size = power(below: square.squareRoot())
    let isPositive = values.allSatisfy { $0 >= 0 }, isNegative = values.allSatisfy { $0 <= 0 }
    let elements = (0..<tensor.count).map { _ -> Double in
      let unit = Double(random.unit())
      guard isPositive || isNegative else { return size * 3.0.squareRoot() * (2 * unit - 1) }
      return (isNegative ? -size : size) * (0.5 + unit)
    }
    return Tensor(tensor.element, tensor.shape, rounding: elements)
  }

  private func integers(like tensor: Tensor, _ isConstant: Bool, _ random: inout SeededInput) -> Tensor {
    let values = tensor.ints()
    guard let least = values.min(), let largest = values.max(), least < largest else { return tensor }
    if isConstant, tensor.element == .int64 || tensor.element == .bool { return tensor }
    return random.integers(tensor.element, tensor.shape, of: least...largest)
  }

  private func power(below value: Double) -> Double { value > 0 && value.isFinite ? value.binade : 0 }
}

extension Double {
  /// The power of two that is next below a positive number.
  fileprivate var binade: Double { Double(sign: .plus, exponent: exponent, significand: 1) }
}
