import CO2MPlatform
import O2MRuntime
import O2MTensor

// What cameras and microphones give, made up: numbers that are as smooth, as loud and as uneven as those of real recordings.

extension SeededInput {
  private mutating func number(_ range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * Double(unit())
  }

  /// Pictures of `[N, C, H, W]`, or `[N, H, W, C]`, each with a mean and a deviation of its own near 0 and 1.
  mutating func pictures(_ shape: Shape, isLast: Bool) -> [Double] {
    let (channels, height, width) = isLast ? (shape[3], shape[1], shape[2]) : (shape[1], shape[2], shape[3])
    var values = [Double](repeating: 0, count: shape.count)
    for n in 0..<shape[0] {
      let planes = picture(channels, height, width)
      let mean = number(-0.5...0.5), deviation = number(0.6...1.1)
      for c in 0..<channels {
        let channelMean = mean + number(-0.1...0.1)
        for pixel in 0..<height * width {
          let target = isLast ? (n * height * width + pixel) * channels + c : (n * channels + c) * height * width + pixel
          values[target] = channelMean + deviation * planes[c][pixel]
        }
      }
    }
    return values
  }

  /// One picture, a plane per channel: a sum of waves whose amplitude falls with their frequency, as that of natural images does
  /// (Field 1987), plus a little noise. Channels share their waves with other amplitudes, as colours do. Mean 0, deviation 1.
  private mutating func picture(_ channels: Int, _ height: Int, _ width: Int) -> [[Double]] {
    struct Wave {
      var amplitude: Double
      var rows: [(cos: Double, sin: Double)]
      var columns: [(cos: Double, sin: Double)]
      var tint: [Double]
    }
    func circle(_ count: Int, _ frequency: Double, _ phase: Double) -> [(cos: Double, sin: Double)] {
      (0..<count).map { place in
        let angle = 2 * Double.pi * frequency * Double(place) / Double(count) + phase
        return (o2m_cos(angle), o2m_sin(angle))
      }
    }
    var waves: [Wave] = []
    for _ in 0..<24 {
      let x = number(-8...8), y = number(-8...8), phase = number(0...2 * Double.pi)
      var tint: [Double] = []
      for _ in 0..<channels { tint.append(number(0.5...1.5)) }
      waves.append(
        Wave(
          amplitude: 1 / (0.5 + (x * x + y * y).squareRoot()), rows: circle(height, y, phase), columns: circle(width, x, 0), tint: tint))
    }
    var planes: [[Double]] = []
    for c in 0..<channels {
      var plane = [Double](repeating: 0, count: height * width)
      for wave in waves {
        let amplitude = wave.amplitude * wave.tint[c]
        for y in 0..<height {
          let row = (cos: amplitude * wave.rows[y].cos, sin: amplitude * wave.rows[y].sin)
          for x in 0..<width { plane[y * width + x] += row.cos * wave.columns[x].cos - row.sin * wave.columns[x].sin }
        }
      }
      for pixel in plane.indices { plane[pixel] += number(-0.05...0.05) }
      let mean = plane.reduce(0, +) / Double(plane.count)
      let deviation = (plane.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(plane.count)).squareRoot()
      planes.append(plane.map { ($0 - mean) / Swift.max(deviation, 1e-9) })
    }
    return planes
  }

  /// A voice of `count` numbers at 16,000 per second: harmonics of a pitch that wavers, syllables, pauses, and breath. Most of them are
  /// within ±0.3, none leaves ±1.
  mutating func sound(_ count: Int) -> [Double] {
    let pitch = number(90...260) / 16000, waver = number(2000...6000)
    var tints: [Double] = []
    for harmonic in 1...16 { tints.append(number(0.2...1) / Double(harmonic).squareRoot()) }
    var loudness = Knots(every: 1600)
    var values: [Double] = []
    values.reserveCapacity(count)
    var turn = number(0...1)
    let isShort = count < 8000
    for place in 0..<count {
      let level = loudness.next {
        let level = number(0...1); return isShort ? 0.3 + 0.7 * level : level < 0.25 ? 0 : level * level
      }
      turn += pitch * (1 + 0.15 * o2m_sin(2 * Double.pi * Double(place) / waver))
      // sin((k + 1)a) = 2 · cos(a) · sin(ka) − sin((k − 1)a)
      let angle = 2 * Double.pi * turn, twice = 2 * o2m_cos(angle)
      var (before, now, sum) = (0.0, o2m_sin(angle), 0.0)
      for tint in tints {
        sum += tint * now
        (before, now) = (now, twice * now - before)
      }
      values.append((0.12 * level * sum + number(-0.003...0.003)).clamped(to: -1...1))
    }
    return values
  }

  /// Logarithms of a voice's power in bands, of `[N, bands, T]` or `[N, T, bands]`: mean 0.5 and deviation 0.5, silence between syllables.
  mutating func spectrograms(_ shape: Shape, bandsAreLast: Bool) -> [Double] {
    let (bands, frames) = bandsAreLast ? (shape[2], shape[1]) : (shape[1], shape[2])
    var values = [Double](repeating: 0, count: shape.count)
    for n in 0..<shape[0] {
      var loudness = Knots(every: 12), formant = Knots(every: 20)
      let spacing = number(4...9), phase = number(0...6)
      for t in 0..<frames {
        let level = loudness.next {
          let level = number(0...1); return level < 0.25 ? 0 : level
        }
        let peak = formant.next { number(0.1...0.6) }
        for band in 0..<bands {
          let place = Double(band) / Double(bands), far = (place - peak) * 5
          let harmonics = 0.15 * o2m_cos(2 * Double.pi * Double(band) / spacing + phase)
          let value = -0.2 + 1.7 * level * (0.35 + 0.65 / (1 + far * far) + harmonics) - 0.3 * place + number(-0.1...0.1)
          values[n * bands * frames + (bandsAreLast ? t * bands + band : band * frames + t)] = Swift.max(-0.5, value)
        }
      }
    }
    return values
  }
}

/// Numbers between random knots, joined by straight lines.
private struct Knots {
  private let distance: Int
  private var place = 0
  private var from = 0.0
  private var to = 0.0

  init(every distance: Int) { self.distance = distance }

  mutating func next(_ knot: () -> Double) -> Double {
    if place % distance == 0 { (from, to) = (place == 0 ? knot() : to, knot()) }
    defer { place += 1 }
    return from + (to - from) * Double(place % distance) / Double(distance)
  }
}
