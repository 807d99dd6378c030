import O2MParity
import O2MRuntime
import O2MTensor

extension Certificate.Output {
  /// What is kept of a reference output: all of it, or a seeded sample with norm, sum and extremes.
  init(_ reference: Tensor, _ comparison: Comparison, seed: UInt64) {
    self.init()
    let values = reference.doubles()
    count = values.count
    if count > Certificate.wholeLimit {
      var random = SeededInput(seed: seed, input: 1 << 16)
      indices = (0..<Certificate.sampleCount).map { _ in UInt32(random.next() % UInt64(count)) }
      expected = indices.map { Float(values[Int($0)]) }
    } else {
      expected = values.map { Float($0) }
    }
    norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    sum = values.reduce(0, +)
    least = Float(values.min() ?? 0)
    greatest = Float(values.max() ?? 0)
    maxError = comparison.maxAbs
    meanError = comparison.meanAbs
    sqnr = comparison.sqnr
  }
}
