import O2MGraph
import O2MRuntime
import O2MTensor

/// Seeded inputs for measuring errors where no data is given, as real as the graph lets them be.
///
/// | what the graph says | what is drawn |
/// |---|---|
/// | integers that index, count or name an axis | whole numbers that are accepted there |
/// | numbers that are compared, clamped or quantized | numbers over the range that is told apart |
/// | integers and bools without a word, `[*, T]` | masks: ones up to a length, then zeros |
/// | bytes without a word | all of their numbers |
/// | `[N, 1 or 3, H, W]`, or channels last | pictures, normalised or 0 to 255 |
/// | long signals that a convolution of one channel reads | sounds like speech |
/// | `[N, bands, T]` | spectrograms |
/// | other floats | uniform in [−1, 1) |
public struct SampleInputs {
  /// How much simpler integers get after a draw was refused: as the graph says, 0 and 1, zeros, ones.
  public enum Narrowing: Int, CaseIterable, Sendable { case none, flags, zeros, ones }

  private var random: SeededInput

  public init(seed: UInt64) { random = SeededInput(seed: seed) }

  /// One tensor for each input of `graph`.
  ///
  /// - Parameter traits: those of `graph.inputTraits()`.
  public mutating func tensors(for graph: Graph, _ traits: [InputTraits], _ narrowing: Narrowing = .none) -> [Tensor] {
    var tensors: [Tensor] = []
    for (id, traits) in zip(graph.inputs, traits) { tensors.append(tensor(graph[id].type, traits, narrowing)) }
    return tensors
  }

  public mutating func tensor(_ type: TensorType, _ traits: InputTraits, _ narrowing: Narrowing = .none) -> Tensor {
    let shape = type.shape ?? []
    switch traits.kind {
    case .picture(let isLast, let pixels):
      let values = random.pictures(shape, isLast: isLast)
      guard pixels else { return Tensor(type.element, shape, rounding: fitted(values, mean: 0, deviation: 1, into: traits.told)) }
      let least = type.element == .int8 ? -128.0 : 0
      return Tensor(type.element, shape, rounding: values.map { (128 + 56 * $0).rounded().clamped(to: 0...255) + least })
    case .audio: return Tensor(type.element, shape, rounding: random.sound(shape.count))
    case .spectrogram(let bandsAreLast):
      let values = random.spectrograms(shape, bandsAreLast: bandsAreLast)
      return Tensor(type.element, shape, rounding: fitted(values, mean: 0.5, deviation: 0.5, into: traits.told))
    case .plain: break
    }
    return type.element.isFloat ? floats(type.element, shape, traits) : integers(type.element, shape, traits, narrowing)
  }

  /// Where a range is told, mean and deviation become its middle and a quarter of it.
  private func fitted(_ values: [Double], mean: Double, deviation: Double, into told: ClosedRange<Double>?) -> [Double] {
    guard let told, told.lowerBound < told.upperBound else { return values }
    let middle = (told.lowerBound + told.upperBound) / 2, quarter = (told.upperBound - told.lowerBound) / 4
    return values.map { (middle + ($0 - mean) / deviation * quarter).clamped(to: told) }
  }

  private mutating func floats(_ element: ElementType, _ shape: Shape, _ traits: InputTraits) -> Tensor {
    let range = traits.range ?? -1...1
    let width = range.upperBound - range.lowerBound
    return Tensor(element, shape, rounding: (0..<shape.count).map { _ in range.lowerBound + width * Double(random.unit()) })
  }

  private mutating func integers(_ element: ElementType, _ shape: Shape, _ traits: InputTraits, _ narrowing: Narrowing) -> Tensor {
    let range: ClosedRange<Int>
    switch narrowing {
    case .none: range = traits.integers(element)
    case .flags: range = traits.integers(element).clamped(to: 0...1)
    case .zeros: range = 0...0
    case .ones: range = 1...1
    }
    if traits.isMask(element, range), shape.rank >= 2, case let length = shape[shape.rank - 1], length >= 2 {
      return mask(element, shape, length)
    }
    return random.integers(element, shape, of: range)
  }

  /// Ones at the beginning of every row: at least half of it, and never all.
  private mutating func mask(_ element: ElementType, _ shape: Shape, _ length: Int) -> Tensor {
    var values: [Int] = []
    values.reserveCapacity(shape.count)
    for _ in 0..<shape.count / length {
      let least = (length + 1) / 2
      let ones = least + Int(random.next().multipliedFullWidth(by: UInt64(max(1, length - least))).high)
      for place in 0..<length { values.append(place < ones ? 1 : 0) }
    }
    return Tensor(element, shape, wrapping: values)
  }
}

extension InputTraits {
  /// The whole numbers that an input of integers is drawn from.
  func integers(_ element: ElementType) -> ClosedRange<Int> {
    let whole = element.wholeNumbers
    guard let range else { return element.bits == 8 && element != .bool ? whole : 0...1 }
    let low = range.lowerBound.rounded(.up), high = range.upperBound.rounded(.down)
    guard low <= high else { return 0...1 }
    let least = Int(max(low, -0x1p31)), greatest = Int(min(high, 0x1p31))
    return (least...max(least, greatest)).clamped(to: whole)
  }

  /// Whether these zeros and ones can only be a mask: nothing indexes by them.
  func isMask(_ element: ElementType, _ range: ClosedRange<Int>) -> Bool { accepted == nil && range == 0...1 }
}

extension ElementType {
  /// Its integers, as far as samples need them.
  fileprivate var wholeNumbers: ClosedRange<Int> {
    switch self {
    case .bool: 0...1
    case .int2, .int4, .int8, .int16, .int32: -(1 << (bits - 1))...(1 << (bits - 1)) - 1
    case .uint2, .uint4, .uint8, .uint16: 0...(1 << bits) - 1
    case .uint32, .uint64: 0...1 << 31
    default: -(1 << 31)...1 << 31
    }
  }
}

extension Double {
  func clamped(to range: ClosedRange<Double>) -> Double { Swift.min(Swift.max(self, range.lowerBound), range.upperBound) }
}
