import O2MOps

/// A float32 constant rounded to int8, symmetric, one scale per output channel.
///
///     scale[m] = max|w[m]| / 127        q = round(w / scale[m]), ties to even, in -127...127        w ≈ q · scale[m]
///
/// Then the fewest q of a channel that were rounded by nearly half a step are rounded the other way, until the channel's errors sum
/// to less than half a step: inputs behind a rectifier have a mean well above zero, and it is the sum of the errors that meets it.
///
/// Weights that are whole multiples of one number, at most 127 times it, stay exact: signs, ternary weights, those of fewer bits, also
/// after a batch norm has scaled the channel. The scale is then that number.
///
/// A channel whose weights are all below 2⁻²⁴ of the tensor's largest becomes zeros: folded batch norms leave such channels where training
/// lost them, float32 hardly sees them beside the others, and their codes would be noise that takes room.
///
/// Scales and quotients are float32, sums of errors float64. A channel of zeros has the scale 1.
struct ChannelInt8: Sendable {
  private(set) var values: [Int8]
  private(set) var scales: [Float] = []

  /// `weights` in ONNX's order; `layout` says which channel they belong to.
  init(_ weights: [Float], _ layout: WeightLayout) {
    values = [Int8](repeating: 0, count: weights.count)
    scales.reserveCapacity(layout.channels)
    let dead = weights.reduce(Float(0)) { max($0, $1.magnitude) } * 0x1p-24
    for channel in 0..<layout.channels { round(weights, layout.elements(of: channel), dead: dead) }
  }

  /// The next channel, whose elements have these indices.
  private mutating func round(_ weights: [Float], _ members: [Int], dead: Float) {
    let largest = members.reduce(Float(0)) { max($0, weights[$1].magnitude) }, step = largest / 127
    guard largest > dead else { return scales.append(1) }
    let scale = Self.unit(of: weights, members, largest: largest) ?? (step > 0 ? step : 1)
    var errors: [Float] = [], sum = 0.0
    for index in members {
      let quotient = weights[index] / scale
      let q = min(127, max(-127, quotient.rounded(.toNearestOrEven)))
      values[index] = Int8(q)
      errors.append(quotient - q)
      sum += Double(quotient - q)
    }
    scales.append(scale)
    balance(members, errors, sum)
  }

  /// The largest scale at which codes of at most 127 give every weight back.
  ///
  /// largest = n · unit was rounded once, and the quotient largest / n a second time: the unit is that quotient or a neighbour of it.
  private static func unit(of weights: [Float], _ members: [Int], largest: Float) -> Float? {
    guard largest > 0 else { return nil }
    // The weight that the last scale does not give back: it is the likeliest against the next one.
    var witness = members[0]
    for count in 1...127 {
      let quotient = largest / Float(count)
      for scale in [quotient, quotient.nextUp, quotient.nextDown] where isMultiple(weights[witness], of: scale) {
        guard let other = members.first(where: { !isMultiple(weights[$0], of: scale) }) else { return scale }
        witness = other
      }
    }
    return nil
  }

  private static func isMultiple(_ weight: Float, of scale: Float) -> Bool {
    let q = (weight / scale).rounded(.toNearestOrEven)
    return q.magnitude <= 127 && q * scale == weight && scale > 0
  }

  /// Takes |round(sum)| steps, each where it costs least; equal costs go by index.
  private mutating func balance(_ members: [Int], _ errors: [Float], _ sum: Double) {
    let steps = Int(sum.rounded(.toNearestOrEven))
    guard steps != 0 else { return }
    let direction = steps > 0 ? 1 : -1, sign = Float(direction)
    // Few are needed, and those are the ones rounded by nearly half a step: sets of larger and larger ones are tried.
    var candidates: [Int] = [], least: Float = 0.5
    repeat {
      least -= 0.0625
      candidates = members.indices.filter {
        errors[$0] * sign > max(0, least) && abs(Int(values[members[$0]]) + direction) <= 127
      }
    } while candidates.count < abs(steps) && least > 0
    let order = candidates.sorted { errors[$0] != errors[$1] ? errors[$0] * sign > errors[$1] * sign : $0 < $1 }
    for index in order.prefix(abs(steps)) { values[members[index]] += Int8(direction) }
  }

  /// The weights that kernels will see.
  func dequantized(_ layout: WeightLayout) -> [Float] {
    var weights = values.map { Float($0) }
    for (channel, scale) in scales.enumerated() { for index in layout.elements(of: channel) { weights[index] *= scale } }
    return weights
  }
}
