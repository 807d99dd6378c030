import CO2MPlatform
import Foundation
import Testing

/// libm's results are the reference; the bounds are those of o2m_math.h.
struct MathTests {
  @Test func sineOfPi() {
    for index in -4000...4000 {
      let x = Double(index) / 1000
      #expect(abs(o2m_sin_pi(x) - sin(.pi * x)) <= 0x1p-52 + abs(x) * 0x1p-51, "\(x)")  // libm is given a product that was rounded
    }
    for whole in [-3, -1, 0, 1, 2, 3] as [Double] {
      #expect(o2m_sin_pi(whole) == 0 && abs(abs(o2m_sin_pi(whole + 0.5)) - 1) <= 0x1p-52)
    }
  }

  @Test func decibels() {
    for exponent in -1021...1023 {
      for fraction in [1, 1.25, 1.4142135623730950, 1.4142135623730951, 1.9999999999999998] {
        let x = Double(sign: .plus, exponent: exponent, significand: fraction), expected = 10 * log10(x)
        #expect(abs(o2m_decibels(x) - expected) <= abs(expected) * 0x1p-50 + 0x1p-51, "\(x)")
      }
    }
    #expect(o2m_decibels(0) == -.infinity && o2m_decibels(.infinity) == .infinity && o2m_decibels(1) == 0)
    #expect(o2m_decibels(-1).isNaN && o2m_decibels(.nan).isNaN && o2m_decibels(.leastNonzeroMagnitude) < -3076)
  }
}
