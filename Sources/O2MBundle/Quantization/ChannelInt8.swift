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
  let values: [Int8]
  let scales: [Float]

  /// `weights` in ONNX's order; `layout` says which channel they belong to.
  init(_ weights: UnsafeBufferPointer<Float>, _ layout: WeightLayout) {
    let dead = weights.reduce(Float(0)) { max($0, $1.magnitude) } * 0x1p-24
    var scales: [Float] = []
    scales.reserveCapacity(layout.channels)
    values = [Int8](unsafeUninitializedCapacity: weights.count) { values, count in
      var channel = Channel()
      for run in layout.channelRuns {
        // Those of a run are read and written side by side, however far apart the elements of each are.
        let members = layout.elements(of: run.lowerBound)
        var columns = [Float](repeating: 0, count: run.count * members.count), codes = [Int8](repeating: 0, count: columns.count)
        for (place, index) in members.enumerated() {
          for number in 0..<run.count { columns[number * members.count + place] = weights[index + number] }
        }
        for number in 0..<run.count {
          let place = number * members.count..<(number + 1) * members.count
          columns.withUnsafeBufferPointer { columns in
            codes.withUnsafeMutableBufferPointer { codes in
              let codes = UnsafeMutableBufferPointer(rebasing: codes[place])
              scales.append(channel.round(UnsafeBufferPointer(rebasing: columns[place]), to: codes, dead: dead))
            }
          }
        }
        for (place, index) in members.enumerated() {
          for number in 0..<run.count { values[index + number] = codes[number * members.count + place] }
        }
      }
      count = weights.count
    }
    self.scales = scales
  }

  /// The weights that kernels will see, in ONNX's order.
  func dequantize(_ layout: WeightLayout, to weights: UnsafeMutableBufferPointer<Float>) {
    values.withUnsafeBufferPointer { values in
      for run in layout.channelRuns {
        for index in layout.elements(of: run.lowerBound) {
          for (number, channel) in run.enumerated() { weights[index + number] = Float(values[index + number]) * scales[channel] }
        }
      }
    }
  }
}

/// The weights of one output channel. What it needs meanwhile is kept for the next one.
private struct Channel {
  private var errors: [Float] = []

  /// Writes the codes and returns their scale. A channel with nothing above `dead` becomes zeros.
  mutating func round(_ weights: UnsafeBufferPointer<Float>, to codes: UnsafeMutableBufferPointer<Int8>, dead: Float) -> Float {
    let largest = weights.reduce(Float(0)) { max($0, $1.magnitude) }, step = largest / 127
    guard largest > dead else {
      codes.update(repeating: 0)
      return 1
    }
    let scale = Self.unit(of: weights, largest: largest) ?? (step > 0 ? step : 1)
    var sum = 0.0
    errors.removeAll(keepingCapacity: true)
    for index in weights.indices {
      let quotient = weights[index] / scale
      let q = min(127, max(-127, quotient.rounded(.toNearestOrEven)))
      codes[index] = Int8(q)
      errors.append(quotient - q)
      sum += Double(quotient - q)
    }
    balance(codes, sum)
    return scale
  }

  /// The largest scale at which codes of at most 127 give every weight back.
  ///
  /// largest = n · unit was rounded once, and the quotient largest / n a second time: the unit is that quotient or a neighbour of it.
  private static func unit(of weights: UnsafeBufferPointer<Float>, largest: Float) -> Float? {
    guard largest > 0 else { return nil }
    // The weight that the last scale does not give back: it is the likeliest against the next one.
    var witness = weights[0]
    for count in 1...127 {
      let quotient = largest / Float(count)
      for scale in [quotient, quotient.nextUp, quotient.nextDown] where isMultiple(witness, of: scale) {
        guard let other = weights.first(where: { !isMultiple($0, of: scale) }) else { return scale }
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
  private func balance(_ codes: UnsafeMutableBufferPointer<Int8>, _ sum: Double) {
    let steps = Int(sum.rounded(.toNearestOrEven))
    guard steps != 0 else { return }
    let direction = steps > 0 ? 1 : -1, sign = Float(direction)
    // Few are needed, and those are the ones rounded by nearly half a step: sets of larger and larger ones are tried.
    var candidates: [Int] = [], least: Float = 0.5
    repeat {
      least -= 0.0625
      candidates = codes.indices.filter { errors[$0] * sign > max(0, least) && abs(Int(codes[$0]) + direction) <= 127 }
    } while candidates.count < abs(steps) && least > 0
    let order = candidates.sorted { errors[$0] != errors[$1] ? errors[$0] * sign > errors[$1] * sign : $0 < $1 }
    for index in order.prefix(abs(steps)) { codes[index] += Int8(direction) }
  }
}
