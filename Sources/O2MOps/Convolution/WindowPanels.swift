import O2MTensor

/// `convolve` for channels that share their input: eight outputs of two channels at a time, so that sums stay in registers.
///
/// Every output element adds the same products in the same order as `convolveByRows` does, and the zeros of the padding between
/// them, so both give the same bits as long as the weights are finite.
///
/// - Shapes: `x` `[N, C, D…]`, `w` `[M, inner, K…]` → `[N, M, O…]`.
package func convolveByPanels(_ x: Tensor, _ w: [Double], inner: Int, output: Shape, window: Window, group: Int) -> [Double] {
  typealias Lanes = SIMD8<Double>
  let width = Lanes.scalarCount
  let inputPlane = x.shape.dims.dropFirst(2).reduce(1, *), plane = output.dims.dropFirst(2).reduce(1, *)
  let taps = window.kernel.reduce(1, *), perGroup = output[1] / group, depth = inner * taps
  let sources = window.sources(input: Array(x.shape.dims.dropFirst(2)), output: Array(output.dims.dropFirst(2)))
  var y = [Double](repeating: 0, count: output.count)
  var panel = [Lanes](repeating: .zero, count: depth)
  x.doubles().withUnsafeBufferPointer { x in
    w.withUnsafeBufferPointer { w in
      sources.withUnsafeBufferPointer { sources in
        y.withUnsafeMutableBufferPointer { y in
          panel.withUnsafeMutableBufferPointer { panel in
            for block in 0..<output[0] * group {
              let input = block * inner * inputPlane, channel = block % group * perGroup
              for start in stride(from: 0, to: plane, by: width) {
                let lanes = min(width, plane - start)
                panel.withMemoryRebound(to: Double.self) { panel in
                  for c in 0..<inner {
                    for tap in 0..<taps {
                      for lane in 0..<lanes {
                        let from = sources[tap * plane + start + lane]
                        panel[(c * taps + tap) * width + lane] = from < 0 ? 0 : x[input + c * inputPlane + from]
                      }
                    }
                  }
                }
                for m in stride(from: 0, to: perGroup, by: 2) {
                  // The last channel of an odd number is summed twice.
                  let next = min(m + 1, perGroup - 1)
                  let first = (channel + m) * depth, second = (channel + next) * depth
                  var a = Lanes.zero, b = Lanes.zero
                  for k in 0..<depth {
                    a += panel[k] * w[first + k]
                    b += panel[k] * w[second + k]
                  }
                  let target = (block * perGroup + m) * plane + start, nextTarget = (block * perGroup + next) * plane + start
                  for lane in 0..<lanes {
                    y[target + lane] = a[lane]
                    y[nextTarget + lane] = b[lane]
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  return y
}

extension Window {
  /// For each tap and each output of a plane the input element that it reads, or -1 in the padding: `[tap, output]`.
  fileprivate func sources(input: [Int], output: [Int]) -> [Int] {
    let plane = output.reduce(1, *)
    var sources = [Int](repeating: -1, count: kernel.reduce(1, *) * plane)
    let (rows, step) = rows(input: input, output: output)
    for row in rows {
      for o in row.first..<row.last { sources[row.tap * plane + row.output + o] = row.input + o * step }
    }
    return sources
  }
}
