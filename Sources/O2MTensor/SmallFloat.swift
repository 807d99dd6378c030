import CO2MPlatform

/// A float of 8 or 4 bits: sign, exponent, fraction, from the top; float8e8m0 is an exponent alone.
///
///     value = ±2^(max(e, 1) − bias) · (e > 0 ? 1 + f / 2^m : f / 2^m)          e8m0: 2^(e − 127), without zero
///
/// Their codes lie one per byte in a tensor. They are stored and converted, never computed with, so one description of the bits
/// serves instead of a Swift type for each.
///
/// - Spec: ONNX, "Float stored in 8 bits" and "Float stored in 4 bits"; OCP MX 1.0 for e8m0.
public struct SmallFloat: Equatable, Sendable {
  let fractionBits: Int
  let bias: Int
  /// The bit of the sign; 0 for e8m0.
  let sign: Int
  /// The largest finite value.
  let largest: Int
  /// NaN; where the type has none, what it becomes.
  let nan: Int
  let infinity: Int?
  /// Whether −0 is a value of its own and NaN has a sign.
  let isSymmetric: Bool

  static let e4m3fn = SmallFloat(fractionBits: 3, bias: 7, sign: 0x80, largest: 0x7E, nan: 0x7F, infinity: nil, isSymmetric: true)
  static let e4m3fnuz = SmallFloat(fractionBits: 3, bias: 8, sign: 0x80, largest: 0x7F, nan: 0x80, infinity: nil, isSymmetric: false)
  static let e5m2 = SmallFloat(fractionBits: 2, bias: 15, sign: 0x80, largest: 0x7B, nan: 0x7F, infinity: 0x7C, isSymmetric: true)
  static let e5m2fnuz = SmallFloat(fractionBits: 2, bias: 16, sign: 0x80, largest: 0x7F, nan: 0x80, infinity: nil, isSymmetric: false)
  static let e2m1 = SmallFloat(fractionBits: 1, bias: 1, sign: 0x08, largest: 0x07, nan: 0x08, infinity: nil, isSymmetric: true)
  static let e8m0 = SmallFloat(fractionBits: 0, bias: 127, sign: 0, largest: 0xFE, nan: 0xFF, infinity: nil, isSymmetric: false)

  /// How a number between two powers of two becomes one of them: the larger one, the smaller one, or the nearer one, halves up.
  public enum PowerRounding: UInt8, Sendable { case up, down, nearest }

  private var isPower: Bool { sign == 0 }
  /// e2m1 holds neither NaN nor infinity.
  private var hasNaN: Bool { sign != 0x08 }

  public func value(_ code: UInt8) -> Double {
    let code = Int(code)
    if isPower { return code == nan ? .nan : power(code - bias) }
    let magnitude = code & (sign - 1), isNegative = code & sign != 0
    if hasNaN, isSymmetric ? magnitude > (infinity ?? largest) : code == nan { return .nan }
    if magnitude == infinity { return isNegative ? -.infinity : .infinity }
    let exponent = magnitude >> fractionBits, fraction = magnitude & (1 << fractionBits - 1)
    let steps = exponent > 0 ? fraction | 1 << fractionBits : fraction
    let value = Double(steps) * power(max(exponent, 1) - bias - fractionBits)
    return isNegative ? -value : value
  }

  /// The nearest code, ties to even; beyond the largest value that one, or infinity or NaN where it does not saturate.
  ///
  /// For e8m0 `powers` says which of two neighbours is taken, a number below the least (0 too) is the least or NaN, and a negative
  /// number, which ONNX leaves open, is NaN.
  public func code(_ value: Double, saturating: Bool = true, powers: PowerRounding = .up) -> UInt8 {
    if isPower { return UInt8(powerCode(value, saturating, powers)) }
    let signBit = value.sign == .minus ? sign : 0
    if value.isNaN { return UInt8(isSymmetric ? nan | signBit : nan) }
    var code = infinity.map { $0 + 1 } ?? largest + 1
    if value.isFinite {
      // Subnormals share the least exponent, so that the codes of all magnitudes are counted by one formula.
      let least = 1 - bias, exponent = value == 0 ? least : max(least, Int(value.exponent))
      let steps = o2m_rint(value.magnitude * power(fractionBits - min(exponent, 64)))
      code = min(code, Int(min(steps, 256)) + (min(exponent, 64) - least) << fractionBits)
    }
    if code > largest {
      if saturating || !hasNaN { return UInt8(largest | signBit) }
      return UInt8(isSymmetric ? (infinity ?? nan) | signBit : nan)
    }
    return UInt8(code == 0 && !isSymmetric ? 0 : code | signBit)
  }

  private func powerCode(_ value: Double, _ saturating: Bool, _ rounding: PowerRounding) -> Int {
    guard !value.isNaN, value >= 0 else { return nan }
    if value == 0 { return saturating ? 0 : nan }
    if value.isInfinite { return saturating ? largest : nan }
    let isUp: Bool =
      switch rounding {
      case .up: value.significand > 1
      case .down: false
      case .nearest: value.significand >= 1.5
      }
    let code = Int(value.exponent) + bias + (isUp ? 1 : 0)
    return (0...largest).contains(code) ? code : saturating ? min(max(code, 0), largest) : nan
  }

  /// 2^exponent, within the normal range of float64.
  private func power(_ exponent: Int) -> Double { Double(bitPattern: UInt64(exponent + 1023) << 52) }
}

extension ElementType {
  /// The bits of a float of less than 16 bits; nil for every other type.
  public var smallFloat: SmallFloat? {
    switch self {
    case .float8e4m3fn where IncludedElements.has(.float8e4m3fn): .e4m3fn
    case .float8e4m3fnuz where IncludedElements.has(.float8e4m3fnuz): .e4m3fnuz
    case .float8e5m2 where IncludedElements.has(.float8e5m2): .e5m2
    case .float8e5m2fnuz where IncludedElements.has(.float8e5m2fnuz): .e5m2fnuz
    case .float4e2m1 where IncludedElements.has(.float4e2m1): .e2m1
    case .float8e8m0 where IncludedElements.has(.float8e8m0): .e8m0
    default: nil
    }
  }

  /// Whether a tensor can hold the type: everything but strings and complex numbers.
  public var isHeld: Bool { self != .string && self != .complex64 && self != .complex128 }

  /// `value` as the type's bits hold it, where they are fewer than the byte they are kept in: it wraps.
  func narrowed(_ value: Int) -> Int {
    let shift = Int.bitWidth - bits
    let high = value << shift
    return self == .int4 || self == .int2 ? high >> shift : Int(bitPattern: UInt(bitPattern: high) >> UInt(shift))
  }
}
