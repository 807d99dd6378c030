/// Numbers as people read them.
enum Format {
  /// `1,235,496`.
  static func grouped(_ value: Int) -> String {
    var digits = String(value.magnitude)
    var parts: [Substring] = []
    while digits.count > 3 {
      parts.insert(digits.suffix(3), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (value < 0 ? "-" : "") + ([Substring(digits)] + parts).joined(separator: ",")
  }

  /// `1 node`, `1,204 nodes`.
  static func count(_ value: Int, _ one: String, _ many: String? = nil) -> String {
    "\(grouped(value)) \(value == 1 ? one : many ?? one + "s")"
  }

  /// Three significant digits with a decimal unit: `21.3 M`. For counts and for bytes, where MB = 10^6.
  static func scaled(_ value: Int) -> String {
    var rest = Double(value)
    for unit in ["", " K", " M", " G", " T"] {
      if rest < 999.5 { return (unit.isEmpty ? "\(value)" : fixed(rest, rest < 9.995 ? 2 : rest < 99.95 ? 1 : 0)) + unit }
      rest /= 1000
    }
    return fixed(rest, 0) + " P"
  }

  /// Without digits that say nothing: `3`, `2.5`.
  static func short(_ value: Double) -> String { fixed(value, value == value.rounded() ? 0 : 1) }

  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = (value.magnitude * scale).rounded()
    guard whole < 1e15 else { return "\(value)" }
    var text = String(Int(whole))
    while text.count <= digits { text = "0" + text }
    if digits > 0 { text.insert(".", at: text.index(text.endIndex, offsetBy: -digits)) }
    return (value < 0 && whole != 0 ? "-" : "") + text
  }

  /// `34 %`, `0.5 %`, `1,204 %`.
  static func percent(_ share: Double) -> String {
    guard share.isFinite, share < 1e12 else { return "\(share * 100) %" }
    return share < 0.1 ? "\(fixed(share * 100, 1)) %" : "\(grouped(Int((share * 100).rounded()))) %"
  }

  /// `1.2e-06`: two significant digits.
  static func scientific(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return value == 0 ? "0" : "\(value)" }
    var mantissa = value.magnitude
    var exponent = 0
    while mantissa >= 9.95 { mantissa /= 10; exponent += 1 }
    while mantissa < 0.995 { mantissa *= 10; exponent -= 1 }
    return (value < 0 ? "-" : "") + fixed(mantissa, 1) + "e" + (exponent < 0 ? "-" : "+") + (abs(exponent) < 10 ? "0" : "")
      + "\(abs(exponent))"
  }
}

extension String {
  /// The text with its middle left out where it is too long.
  func shortened(to width: Int) -> String {
    guard count > width else { return self }
    let tail = (width - 1) / 2
    return prefix(width - 1 - tail) + "…" + suffix(tail)
  }
}
