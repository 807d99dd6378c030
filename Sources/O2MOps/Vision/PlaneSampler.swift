import CO2MPlatform

/// Reads a plane `[D…]` between its elements: which elements a position reads, and their weights.
///
/// - Spec: ONNX GridSample-22; R. Keys, "Cubic convolution interpolation", 1981, with the coefficient −0.75.
struct PlaneSampler {
  enum Mode: UInt8, CaseIterable, Sendable { case nearest, linear, cubic }
  /// What lies outside: zeros, the element at the edge, or the plane reflected about its edge.
  enum Padding: UInt8, CaseIterable, Sendable { case zeros, border, reflection }

  struct Tap {
    var offset: Int
    var weight: Double
  }

  var dims: [Int]
  var mode = Mode.linear
  var padding = Padding.zeros
  /// Whether the plane ends at the centres of its outer elements, not half an element further out.
  var alignsCorners = false

  /// The elements that `position`, in elements along each axis, reads. A position that is not finite reads nothing.
  func taps(_ position: [Double]) -> [Tap] {
    var taps = [Tap(offset: 0, weight: 1)]
    for axis in dims.indices {
      var longer: [Tap] = []
      let next = along(position[axis], extent: dims[axis])
      for tap in taps {
        for next in next { longer.append(Tap(offset: tap.offset * dims[axis] + next.offset, weight: tap.weight * next.weight)) }
      }
      taps = longer
    }
    return taps
  }

  private func along(_ position: Double, extent: Int) -> [Tap] {
    guard position.isFinite, extent > 0 else { return [] }
    var x = mode == .nearest ? o2m_rint(position) : position
    let first = alignsCorners ? 0 : -0.5, last = alignsCorners ? Double(extent - 1) : Double(extent) - 0.5
    if x < first || x > last {
      switch padding {
      // Far outside nothing is read; the bound only keeps the position an integer.
      case .zeros: x = max(-4, min(Double(extent) + 4, x))
      case .border: x = max(0, min(Double(extent - 1), x))
      case .reflection: x = reflected(x, first, last)
      }
    }
    let floor = o2m_floor(x), t = x - floor
    var taps: [Tap] = []
    for (distance, weight) in weights(t) {
      if let offset = inside(Int(floor) + distance, extent, first, last) { taps.append(Tap(offset: offset, weight: weight)) }
    }
    return taps
  }

  /// The elements around a point that lies `t` past an element, by their distance from that element.
  private func weights(_ t: Double) -> [(distance: Int, weight: Double)] {
    switch mode {
    case .nearest: [(0, 1)]
    case .linear: [(0, 1 - t), (1, t)]
    case .cubic: (-1...2).map { (distance: $0, weight: cubicWeight(Double($0) - t, -0.75)) }
    }
  }

  /// The element that stands for element `i`; nil for a zero.
  private func inside(_ i: Int, _ extent: Int, _ first: Double, _ last: Double) -> Int? {
    if i >= 0, i < extent { return i }
    switch padding {
    case .zeros: return nil
    case .border: return max(0, min(extent - 1, i))
    case .reflection: return max(0, min(extent - 1, Int(reflected(Double(i), first, last))))
    }
  }

  private func reflected(_ x: Double, _ first: Double, _ last: Double) -> Double {
    let range = last - first
    guard range > 0 else { return first }
    let past = o2m_fmod((x < first ? first - x : x - first), 2 * range)
    return past <= range ? first + past : last - (past - range)
  }
}

extension [PlaneSampler.Tap] {
  /// The value in the plane that starts at `origin`.
  func value(_ x: [Double], _ origin: Int) -> Double {
    var sum = 0.0
    for tap in self { sum += tap.weight * x[origin + tap.offset] }
    return sum
  }
}
