#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A resampling kernel: the weight of a source pixel by its distance from the centre, in output pixels when shrinking.
public enum Filter: String, CaseIterable, Sendable {
  case box, bilinear, hamming, bicubic, lanczos

  /// Half the width of the kernel.
  var support: Double {
    switch self {
    case .box: 0.5
    case .bilinear, .hamming: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  func weight(_ x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear: return max(0, 1 - distance)
    case .hamming: return distance >= 1 ? 0 : Self.sinc(distance) * (0.54 + 0.46 * cos(.pi * distance))
    case .bicubic:
      let a = -0.5
      if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * a }
      return 0
    case .lanczos: return distance < 3 ? Self.sinc(distance) * Self.sinc(distance / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(x * .pi) / (x * .pi) }
}

/// The source pixels of each output pixel along one axis, with weights in fixed point.
///
/// The kernel is widened by the shrinking factor, so that every source pixel counts (antialiasing).
///
/// - Spec: Pillow's 8-bit resampling: 22 fraction bits, weights rounded half away from zero, window
///   `[⌊c − s + ½⌋, ⌊c + s + ½⌋)` around the centre `c = (o + ½)·scale` with `s = support · max(scale, 1)`.
struct AxisWeights {
  static let fractionBits: Int32 = 22

  private(set) var first: [Int] = []
  private(set) var weights: [[Int32]] = []

  init(from source: Int, to target: Int, filter: Filter) {
    let scale = Double(source) / Double(target)
    let widening = max(scale, 1)
    let support = filter.support * widening
    for output in 0..<target {
      let center = (Double(output) + 0.5) * scale
      let low = max(0, Int(center - support + 0.5))
      let high = min(source, Int(center + support + 0.5))
      var taps = (low..<max(low, high)).map { filter.weight((Double($0) - center + 0.5) * (1 / widening)) }
      let total = taps.reduce(0, +)
      if total != 0 { for index in taps.indices { taps[index] /= total } }
      first.append(low)
      weights.append(taps.map { Int32($0 * Double(1 << Self.fractionBits) + ($0 < 0 ? -0.5 : 0.5)) })
    }
  }
}

extension Picture {
  /// The picture resampled to `target`, one axis after the other, rounded to 8 bits after each.
  ///
  /// - Spec: Pillow 13: columns first, unless the height shrinks by more than twice as many pixels as the width. (Older releases always
  ///   take the columns first; the results differ by one level in some pixels.)
  public func resized(to target: Extent, filter: Filter) -> Picture {
    let lost = Extent(width: extent.width - target.width, height: extent.height - target.height)
    return lost.height > 0 && lost.height > 2 * lost.width
      ? rows(target.height, filter).columns(target.width, filter)
      : columns(target.width, filter).rows(target.height, filter)
  }

  private func columns(_ width: Int, _ filter: Filter) -> Picture {
    guard width != extent.width else { return self }
    let axis = AxisWeights(from: extent.width, to: width, filter: filter)
    return resampled(to: Extent(width: width, height: extent.height), axis, alongRows: false)
  }

  private func rows(_ height: Int, _ filter: Filter) -> Picture {
    guard height != extent.height else { return self }
    let axis = AxisWeights(from: extent.height, to: height, filter: filter)
    return resampled(to: Extent(width: extent.width, height: height), axis, alongRows: true)
  }

  /// Each output sample is the weighted sum of the source samples in its row or, `alongRows`, in its column.
  private func resampled(to target: Extent, _ axis: AxisWeights, alongRows: Bool) -> Picture {
    let count = target.width * target.height * Self.channels
    let step = (alongRows ? extent.width : 1) * Self.channels
    let result = [UInt8](unsafeUninitializedCapacity: count) { output, filled in
      pixels.withUnsafeBufferPointer { source in
        for row in 0..<target.height {
          for column in 0..<target.width {
            let position = alongRows ? row : column
            let first = axis.first[position]
            let start = (alongRows ? first * extent.width + column : row * extent.width + first) * Self.channels
            let write = (row * target.width + column) * Self.channels
            axis.weights[position].withUnsafeBufferPointer { weights in
              for channel in 0..<Self.channels {
                var sum: Int32 = 1 << (AxisWeights.fractionBits - 1)
                for tap in 0..<weights.count { sum &+= Int32(source[start + channel + tap * step]) &* weights[tap] }
                output[write + channel] = UInt8(clamping: sum >> AxisWeights.fractionBits)
              }
            }
          }
        }
      }
      filled = count
    }
    return Picture(target, pixels: result)
  }

  /// The middle of the picture; an odd margin is halved to the nearest even number of pixels, as torchvision does.
  public func centerCropped(to crop: Extent) throws(ImageError) -> Picture {
    guard crop.width <= extent.width, crop.height <= extent.height else { throw .cropTooLarge(crop: crop, picture: extent) }
    let left = Int((Double(extent.width - crop.width) / 2).rounded(.toNearestOrEven))
    let top = Int((Double(extent.height - crop.height) / 2).rounded(.toNearestOrEven))
    var result: [UInt8] = []
    result.reserveCapacity(crop.width * crop.height * Self.channels)
    for row in top..<top + crop.height {
      let start = (row * extent.width + left) * Self.channels
      result += pixels[start..<start + crop.width * Self.channels]
    }
    return Picture(crop, pixels: result)
  }
}
