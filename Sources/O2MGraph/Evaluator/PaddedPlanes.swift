import O2MOps
import O2MTensor

/// Planes laid out so that whatever one tap of a window meets lies one step apart from one output to the next.
///
/// Zeros stand around the elements, and where the window strides, a plane is kept in phases: along each axis first the elements at
/// multiples of the stride, then those one behind them, and so on. All is in three axes, leading ones of extent 1.
struct PaddedPlanes {
  private let input: [Int]
  /// Zeros in front of each axis.
  private let pads: [Int]
  private let strides: [Int]
  /// The extents of one phase.
  private let reach: [Int]

  /// For a number of planes that together may have `limit` elements; nil where they would have more.
  ///
  /// - Parameter needed: the extents of a padded plane that are met at all.
  init?(_ planes: Int, input: [Int], pads: [Int], strides: [Int], needed: [Int], limit: Int) {
    self.input = input
    self.pads = pads
    self.strides = strides
    reach = (0..<3).map { (needed[$0] + strides[$0] - 1) / strides[$0] }
    // In floating point no product of extents overflows.
    let elements = (0..<3).reduce(Double(planes)) { $0 * Double(reach[$1] * strides[$1]) }
    guard elements <= Double(limit) else { return nil }
  }

  private var phase: Int { reach.reduce(1, *) }
  /// The elements of one plane.
  var count: Int { phase * strides.reduce(1, *) }
  /// From one plane of outputs, and from one line, to the next.
  var pitch: (Int, Int) { (reach[1] * reach[2], reach[2]) }

  /// Where the padded plane's element at `position` lies.
  func offset(_ position: [Int]) -> Int {
    var number = 0, element = 0
    for axis in 0..<3 {
      number = number * strides[axis] + position[axis] % strides[axis]
      element = element * reach[axis] + position[axis] / strides[axis]
    }
    return number * phase + element
  }

  /// The planes of a tensor `[N, C, D…]` of float32 or float64, which may be the tensor itself.
  func arranged(_ x: Tensor) -> Tensor {
    if strides == [1, 1, 1], pads == [0, 0, 0], reach == input { return x }
    return x.element == .float64 ? arranged(x, x.memory.doubles) : arranged(x, x.memory.floats)
  }

  private func arranged<T: Element>(_ x: Tensor, _ elements: UnsafePointer<T>) -> Tensor {
    let planes = x.shape[0] * x.shape[1]
    return Tensor([planes * count], of: T.self) { target in
      let size = input.reduce(1, *)
      for plane in 0..<planes {
        for z in 0..<input[0] where z + pads[0] < reach[0] * strides[0] {
          for y in 0..<input[1] where y + pads[1] < reach[1] * strides[1] {
            let from = plane * size + (z * input[1] + y) * input[2]
            copyLine(elements + from, to: target, at: plane * count, z + pads[0], y + pads[1])
          }
        }
      }
    }
  }

  /// Copies the line at `z`, `y` of a padded plane, one phase of x after the other.
  private func copyLine<T>(_ line: UnsafePointer<T>, to target: UnsafeMutableBufferPointer<T>, at start: Int, _ z: Int, _ y: Int) {
    let step = strides[2]
    for number in 0..<step {
      // The first element of the line whose padded position is in this phase.
      let first = (number + step - pads[2] % step) % step
      let to = start + offset([z, y, number]) + (first + pads[2]) / step
      let room = reach[2] - (first + pads[2]) / step
      for index in 0..<max(0, min(room, (input[2] - first + step - 1) / step)) { target[to + index] = line[first + index * step] }
    }
  }
}

extension Window {
  /// `values` of the spatial axes, in three axes.
  static func threeAxes(_ values: some Collection<Int>, filling lead: Int) -> [Int] {
    [Int](repeating: lead, count: 3 - values.count) + values
  }

  /// Taps by axis, row-major.
  static func taps(_ kernel: [Int]) -> [[Int]] {
    (0..<kernel.reduce(1, *)).map { [$0 / kernel[2] / kernel[1], $0 / kernel[2] % kernel[1], $0 % kernel[2]] }
  }
}
