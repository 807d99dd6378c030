import CO2MPlatform

/// The input positions that each output position of an axis reads, `width` of each, and their weights.
struct ResizeTaps: Equatable, Sendable {
  var width: Int
  var indices: [Int]
  var weights: [Double]

  var output: Int { indices.count / width }
}

extension Resize {
  /// What each output position of an axis reads. Positions outside read the edge, or nothing where `excludesOutside`.
  func taps(_ axis: ResizeAxis) -> ResizeTaps {
    let reach = reach(axis)
    var taps = ResizeTaps(width: 2 * reach, indices: [], weights: [])
    if mode == .nearest { taps.width = 1 }
    for o in 0..<axis.output {
      if mode == .nearest {
        taps.indices.append(axis.nearest(o, rounding))
        taps.weights.append(1)
        continue
      }
      let x = axis.position(o), floor = o2m_floor(x)
      let first = Int(floor) - (reach - 1)
      var weights = weights(axis, x - floor, reach: reach)
      if excludesOutside {
        for tap in weights.indices where first + tap < 0 || first + tap >= axis.input { weights[tap] = 0 }
        normalize(&weights)
      }
      for tap in weights.indices { taps.indices.append(max(0, min(axis.input - 1, first + tap))) }
      taps.weights += weights
    }
    return taps
  }

  /// How many positions on either side of a point its filter reaches.
  private func reach(_ axis: ResizeAxis) -> Int {
    let support = mode == .cubic ? 2 : 1
    guard antialiases, axis.scale < 1, axis.output > 0 else { return support }
    return Int(o2m_ceil(Double(support) / axis.scale))
  }

  /// The weights of the positions around a point that lies `t` past the last of the first half.
  private func weights(_ axis: ResizeAxis, _ t: Double, reach: Int) -> [Double] {
    let isWide = antialiases && axis.scale < 1
    let scale = isWide ? axis.scale : 1
    var weights: [Double] = []
    for tap in 0..<2 * reach {
      let distance = (Double(tap - (reach - 1)) - t) * scale
      weights.append(mode == .cubic ? cubicWeight(distance, Double(cubicCoefficient)) : max(0, 1 - distance.magnitude))
    }
    if isWide { normalize(&weights) }
    return weights
  }

  private func normalize(_ weights: inout [Double]) {
    let sum = weights.reduce(0, +)
    guard sum != 0 else { return }
    for tap in weights.indices { weights[tap] /= sum }
  }
}

/// The weight of a sample at `distance` from a point.
///
/// - Spec: R. Keys, "Cubic convolution interpolation", 1981, with the free coefficient `a`.
func cubicWeight(_ distance: Double, _ a: Double) -> Double {
  let s = distance.magnitude
  if s <= 1 { return ((a + 2) * s - (a + 3)) * s * s + 1 }
  return s < 2 ? ((a * s - 5 * a) * s + 8 * a) * s - 4 * a : 0
}
