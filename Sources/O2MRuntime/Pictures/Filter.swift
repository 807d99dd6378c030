import CO2MPlatform

/// A resampling kernel: the weight of a source pixel by its distance from the centre, in output pixels when shrinking.
public enum Filter: UInt8, CaseIterable, Sendable {
  // The numbers stand in bundles.
  case box, bilinear, hamming, bicubic, lanczos

  /// Half the width of the kernel.
  fileprivate var support: Double {
    switch self {
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  fileprivate func weight(_ x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear: return max(0, 1 - distance)
    case .hamming: return distance >= 1 ? 0 : Self.sinc(distance) * (0.54 + 0.46 * o2m_sin_pi(distance + 0.5))
    case .bicubic:
      let a = -0.5
      if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
      return 0
    case .lanczos: return distance < 3 ? Self.sinc(distance) * Self.sinc(distance / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : o2m_sin_pi(x) / (x * .pi) }
}

/// What of one axis of a source becomes a part of the resized axis: for each output sample the window of source samples, with weights in
/// fixed point.
///
/// The kernel is widened by the shrinking factor, so that every source sample counts (antialiasing).
///
/// - Spec: Pillow's 8-bit resampling: 22 fraction bits, weights rounded half away from zero, window
///   `[⌊c − s + ½⌋, ⌊c + s + ½⌋)` around the centre `c = (o + ½)·scale` with `s = support · max(scale, 1)`.
struct ResampledAxis {
  let source: Int
  let target: Int
  /// The output samples that are wanted.
  let part: Range<Int>
  /// Whether the source lies in the other direction than the output.
  let isReversed: Bool
  private let filter: Filter
  private let scale: Double

  /// The source samples that are read, and how many of them an output sample does at most, rounded up to a multiple of `unit`.
  private(set) var read = 0..<0
  private(set) var taps = 1

  init(_ axis: PictureAxis, _ filter: Filter, unit: Int) {
    source = axis.upright
    target = axis.resized
    self.filter = filter
    part = axis.left..<axis.left + axis.count
    isReversed = axis.isReversed
    scale = Double(source) / Double(target)
    for output in part {
      let window = place(output)
      taps = max(taps, window.count)
      read = read.isEmpty ? window : min(read.lowerBound, window.lowerBound)..<max(read.upperBound, window.upperBound)
    }
    taps = (taps + unit - 1) / unit * unit
  }

  /// The window of an output sample in the direction of the output.
  private func window(_ output: Int) -> Range<Int> {
    guard source != target else { return output..<output + 1 }
    let center = (Double(output) + 0.5) * scale, support = filter.support * max(scale, 1)
    let low = max(0, Int(center - support + 0.5))
    let high = min(source, Int(center + support + 0.5))
    return low..<max(low, high)
  }

  /// The same in the direction of the source.
  private func place(_ output: Int) -> Range<Int> {
    let window = window(output)
    return isReversed ? source - window.upperBound..<source - window.lowerBound : window
  }

  /// Writes, for the wanted samples in ascending order of what they read, where their windows begin in what is read, and their weights,
  /// `taps` for each. A window that would end behind what is read begins before its first sample, with weights of 0.
  func fill(_ first: UnsafeMutablePointer<Int32>, _ weights: UnsafeMutablePointer<Int32>) {
    var exact = [Double](repeating: 0, count: taps)
    for index in 0..<part.count {
      let output = isReversed ? part.upperBound - 1 - index : part.lowerBound + index
      let window = window(output), start = place(output).lowerBound - read.lowerBound
      let begin = max(0, min(start, read.count - taps)), row = weights + index * taps
      first[index] = Int32(truncatingIfNeeded: begin)
      for tap in 0..<taps { row[tap] = 0 }
      weigh(output, window, &exact)
      for tap in 0..<window.count {
        let scaled = exact[tap] * Double(1 << 22), place = isReversed ? window.count - 1 - tap : tap
        row[start - begin + place] = Int32(scaled + (exact[tap] < 0 ? -0.5 : 0.5))
      }
    }
  }

  private func weigh(_ output: Int, _ window: Range<Int>, _ exact: inout [Double]) {
    guard source != target else {
      exact[0] = 1
      return
    }
    let center = (Double(output) + 0.5) * scale, widening = max(scale, 1)
    var total = 0.0
    for tap in 0..<window.count {
      exact[tap] = filter.weight((Double(window.lowerBound + tap) - center + 0.5) * (1 / widening))
      total += exact[tap]
    }
    if total != 0 { for tap in 0..<window.count { exact[tap] /= total } }
  }
}
