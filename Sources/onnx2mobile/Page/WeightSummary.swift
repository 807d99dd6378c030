import O2MTensor

/// The elements of a weight in a few numbers.
struct WeightSummary: Encodable {
  var minimum: Double
  var maximum: Double
  var mean: Double
  var rms: Double
  /// Elements that are 0, and that are no finite number; neither counts in what stands above where none is left.
  var zeros: Int
  var notFinite: Int
  /// How many elements lie in each of equal parts of minimum...maximum; empty where all are one number.
  var bins: [Int]

  enum CodingKeys: String, CodingKey { case minimum, maximum, mean, rms, zeros, notFinite = "not_finite", bins }

  private static let binCount = 32

  init(_ tensor: Tensor) {
    let values = tensor.doubles()
    var low = Double.infinity, high = -Double.infinity, sum = 0.0, squares = 0.0
    (zeros, notFinite) = (0, 0)
    for value in values {
      guard value.isFinite else {
        notFinite += 1
        continue
      }
      if value == 0 { zeros += 1 }
      (low, high) = (min(low, value), max(high, value))
      sum += value
      squares += value * value
    }
    let count = values.count - notFinite
    (minimum, maximum) = count > 0 ? (low, high) : (0, 0)
    mean = sum / Double(max(1, count))
    rms = (squares / Double(max(1, count))).squareRoot()
    bins = []
    // The widest range of float64 is no number, nor is the inverse of the narrowest.
    let width = maximum - minimum, scale = Double(Self.binCount) / width
    guard width > 0, width.isFinite, scale.isFinite else { return }
    bins = [Int](repeating: 0, count: Self.binCount)
    for value in values where value.isFinite { bins[min(Self.binCount - 1, Int((value - minimum) * scale))] += 1 }
  }
}
