import CO2MPlatform

/// A complex number in float64.
struct Complex {
  var real: Double
  var imaginary: Double

  init(_ real: Double = 0, _ imaginary: Double = 0) {
    self.real = real
    self.imaginary = imaginary
  }

  static func + (a: Complex, b: Complex) -> Complex { Complex(a.real + b.real, a.imaginary + b.imaginary) }
  static func - (a: Complex, b: Complex) -> Complex { Complex(a.real - b.real, a.imaginary - b.imaginary) }
  static func * (a: Complex, b: Complex) -> Complex {
    Complex(a.real * b.real - a.imaginary * b.imaginary, a.real * b.imaginary + a.imaginary * b.real)
  }
}

/// The sums `Σ x[n] · e^(∓2πi·k·n / N)` for signals of one length; the inverse is not divided by N.
///
/// An even length is two transforms of half the length; an odd one is the plain sum.
struct FourierTransform {
  /// e^(∓2πi·j / N).
  private let roots: [Complex]

  init(length: Int, isInverse: Bool) {
    roots = (0..<length).map { j in
      let angle = 2 * Double.pi * Double(j) / Double(length)
      return Complex(o2m_cos(angle), isInverse ? o2m_sin(angle) : -o2m_sin(angle))
    }
  }

  func run(_ x: [Complex]) -> [Complex] { part(x, first: 0, step: 1, count: x.count) }

  /// The transform of `count` elements from `first` on, `step` apart.
  private func part(_ x: [Complex], first: Int, step: Int, count: Int) -> [Complex] {
    if count == 1 { return [x[first]] }
    var y = [Complex](repeating: Complex(), count: count)
    if count % 2 == 0 {
      let even = part(x, first: first, step: 2 * step, count: count / 2)
      let odd = part(x, first: first + step, step: 2 * step, count: count / 2)
      for k in 0..<count / 2 {
        let turned = roots[k * step] * odd[k]
        y[k] = even[k] + turned
        y[k + count / 2] = even[k] - turned
      }
      return y
    }
    for k in 0..<count {
      for n in 0..<count { y[k] = y[k] + roots[k * n % count * step] * x[first + n * step] }
    }
    return y
  }
}
