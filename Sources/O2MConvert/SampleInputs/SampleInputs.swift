import Foundation
import O2MGraph
import O2MRuntime
import O2MTensor

/// Seeded inputs for measuring errors where no data is given.
///
/// Pictures (`[N, 1 or 3, H, W]`, or channels last) get a sum of cosines whose amplitude falls with their frequency, as that of natural
/// images does (Field 1987), plus a little noise; every channel has mean 0 and standard deviation 1, as normalised pictures
/// have. Other floats are uniform in [−1, 1). Integers are uniform below the extent that they index, as token numbers do; others in [0, 2).
public struct SampleInputs {
  private var random: SeededInput

  public init(seed: UInt64) { random = SeededInput(seed: seed) }

  /// One tensor for each input of `graph`.
  public mutating func tensors(for graph: Graph) -> [Tensor] {
    var tensors: [Tensor] = []
    for id in graph.inputs {
      let type = graph[id].type
      tensors.append(tensor(type.element, type.shape ?? [], below: graph.indexedExtent(id) ?? 2))
    }
    return tensors
  }

  /// - Parameter limit: integers stay below it; it is at least 1.
  public mutating func tensor(_ element: ElementType, _ shape: Shape, below limit: Int = 2) -> Tensor {
    guard element.isFloat else {
      let count = UInt64(element == .bool ? min(limit, 2) : limit)
      let values = (0..<shape.count).map { _ in Int(random.next().multipliedFullWidth(by: count).high) }
      return Tensor(element, shape, wrapping: values)
    }
    let isPicture = shape.rank == 4 && (shape[1] == 1 || shape[1] == 3) && shape[2] >= 8 && shape[3] >= 8
    let isPictureLast = shape.rank == 4 && (shape[3] == 1 || shape[3] == 3) && shape[1] >= 8 && shape[2] >= 8
    guard isPicture || isPictureLast else {
      return Tensor(element, shape, rounding: (0..<shape.count).map { _ in 2 * unit() - 1 })
    }
    let channels = isPicture ? shape[1] : shape[3], height = isPicture ? shape[2] : shape[1], width = isPicture ? shape[3] : shape[2]
    var values = [Double](repeating: 0, count: shape.count)
    for n in 0..<shape[0] {
      let planes = picture(channels, height, width)
      for c in 0..<channels {
        for pixel in 0..<height * width {
          let target = isPicture ? (n * channels + c) * height * width + pixel : (n * height * width + pixel) * channels + c
          values[target] = planes[c][pixel]
        }
      }
    }
    return Tensor(element, shape, rounding: values)
  }

  private mutating func unit() -> Double { Double(random.unit()) }

  /// One picture, a plane per channel. Channels share their waves with other amplitudes, as colours do.
  private mutating func picture(_ channels: Int, _ height: Int, _ width: Int) -> [[Double]] {
    let waves = (0..<24).map { _ in
      (fx: 16 * unit() - 8, fy: 16 * unit() - 8, phase: 2 * Double.pi * unit(), tint: (0..<channels).map { _ in 0.5 + unit() })
    }
    return (0..<channels).map { c in
      var plane = [Double](repeating: 0, count: height * width)
      for wave in waves {
        let amplitude = wave.tint[c] / (0.5 + (wave.fx * wave.fx + wave.fy * wave.fy).squareRoot())
        for y in 0..<height {
          for x in 0..<width {
            let angle = 2 * Double.pi * (wave.fx * Double(x) / Double(width) + wave.fy * Double(y) / Double(height)) + wave.phase
            plane[y * width + x] += amplitude * cos(angle)
          }
        }
      }
      for pixel in plane.indices { plane[pixel] += 0.1 * (unit() - 0.5) }
      let mean = plane.reduce(0, +) / Double(plane.count)
      let deviation = (plane.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(plane.count)).squareRoot()
      return plane.map { ($0 - mean) / max(deviation, 1e-9) }
    }
  }
}
