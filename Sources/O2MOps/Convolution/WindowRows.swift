import O2MTensor

/// The elements along one output row that one tap of a window reaches.
package struct WindowRow: Sendable {
  /// Row-major index of the tap.
  package var tap: Int
  /// Where the row of outputs starts in an output plane.
  package var output: Int
  /// Where tap 0 of output 0 would lie in an input plane: output `o` reads `input + o * step`.
  package var input: Int
  /// The outputs whose tap lies inside the input, as indices along the row.
  package var first: Int
  package var last: Int
}

extension Window {
  /// Every (tap, output row) of a plane, taps outermost, and the step from one output of a row to the next in the input.
  ///
  /// It is the loop under convolution, transposed convolution and pooling: what lies in the padding is left out here, once.
  /// The window must be resolved; `input` and `output` are spatial extents.
  package func rows(input: [Int], output: [Int]) -> (rows: [WindowRow], step: Int) {
    let rank = kernel.count, lead = [Int](repeating: 1, count: 3 - rank)
    let kernel = lead + kernel, strides = lead + strides, dilations = lead + dilations
    let pads = [Int](repeating: 0, count: 3 - rank) + pads.prefix(rank)
    let plane = output.reduce(1, *)
    if kernel == [1, 1, 1], strides == [1, 1, 1], pads == [0, 0, 0], input == output {
      return ([WindowRow(tap: 0, output: 0, input: 0, first: 0, last: plane)], 1)
    }
    let input = lead + input, output = lead + output
    /// The taps along an axis that some output reaches inside the input: a kernel may be far larger than what it slides over.
    func taps(_ axis: Int) -> Range<Int> {
      let pad = pads[axis], step = dilations[axis], reach = max(0, output[axis] - 1) * strides[axis]
      let first = pad > reach ? (pad - reach + step - 1) / step : 0
      let end = input[axis] + pad > 0 ? min(kernel[axis], (input[axis] - 1 + pad) / step + 1) : 0
      return first..<max(first, end)
    }
    var rows: [WindowRow] = []
    for kz in taps(0) {
      for ky in taps(1) {
        for kx in taps(2) {
          let tap = (kz * kernel[1] + ky) * kernel[2] + kx, shift = kx * dilations[2] - pads[2]
          // 0 <= o * step + shift < input
          let first = shift >= 0 ? 0 : (-shift + strides[2] - 1) / strides[2]
          let last = shift >= input[2] ? 0 : min(output[2], (input[2] - 1 - shift) / strides[2] + 1)
          guard first < last else { continue }
          for oz in 0..<output[0] {
            let iz = oz * strides[0] + kz * dilations[0] - pads[0]
            guard iz >= 0, iz < input[0] else { continue }
            for oy in 0..<output[1] {
              let iy = oy * strides[1] + ky * dilations[1] - pads[1]
              guard iy >= 0, iy < input[1] else { continue }
              rows.append(
                WindowRow(
                  tap: tap, output: (oz * output[1] + oy) * output[2], input: (iz * input[1] + iy) * input[2] + shift, first: first,
                  last: last))
            }
          }
        }
      }
    }
    return (rows, strides[2])
  }
}

/// The sums of a convolution in float64: over channels, then over taps, in that order for every output element.
///
/// - Shapes: `x` `[N, C, D…]`, `w` `[M, C/G, K…]` → `[N, M, O…]`.
func convolve(_ x: Tensor, _ w: Tensor, output: Shape, window: Window, group: Int) -> [Double] {
  // A panel is worth making where several channels read it. It holds zeros for the padding, which only an infinite weight could tell.
  let weights = w.doubles()
  if output[1] / group >= 4, weights.allSatisfy({ $0.isFinite }) {
    return convolveByPanels(x, weights, inner: w.shape[1], output: output, window: window, group: group)
  }
  return convolveByRows(x, w, output: output, window: window, group: group)
}

/// `convolve`, one tap and one row of outputs at a time.
package func convolveByRows(_ x: Tensor, _ w: Tensor, output: Shape, window: Window, group: Int) -> [Double] {
  var y = [Double](repeating: 0, count: output.count)
  let (rows, step) = window.rows(input: Array(x.shape.dims.dropFirst(2)), output: Array(output.dims.dropFirst(2)))
  let inputPlane = x.shape.dims.dropFirst(2).reduce(1, *), outputPlane = output.dims.dropFirst(2).reduce(1, *)
  let taps = window.kernel.reduce(1, *), inner = w.shape[1], perGroup = output[1] / group
  x.doubles().withUnsafeBufferPointer { x in
    w.doubles().withUnsafeBufferPointer { w in
      y.withUnsafeMutableBufferPointer { y in
        for n in 0..<output[0] {
          for m in 0..<output[1] {
            for c in 0..<inner {
              let source = ((n * group + m / perGroup) * inner + c) * inputPlane, target = (n * output[1] + m) * outputPlane
              for row in rows {
                let weight = w[(m * inner + c) * taps + row.tap], from = source + row.input, to = target + row.output
                for o in row.first..<row.last { y[to + o] += weight * x[from + o * step] }
              }
            }
          }
        }
      }
    }
  }
  return y
}

/// The sums of a transposed convolution in float64: every input element adds its window, scaled, to the output.
///
/// - Shapes: `x` `[N, C, D…]`, `w` `[C, M/G, K…]` → `[N, M, O…]`. The window is the one that takes O to D.
func convolveTransposed(_ x: Tensor, _ w: Tensor, output: Shape, window: Window, group: Int) -> [Double] {
  var y = [Double](repeating: 0, count: output.count)
  let (rows, step) = window.rows(input: Array(output.dims.dropFirst(2)), output: Array(x.shape.dims.dropFirst(2)))
  let inputPlane = x.shape.dims.dropFirst(2).reduce(1, *), outputPlane = output.dims.dropFirst(2).reduce(1, *)
  let taps = window.kernel.reduce(1, *), channels = x.shape[1], inner = channels / group, perGroup = w.shape[1]
  x.doubles().withUnsafeBufferPointer { x in
    w.doubles().withUnsafeBufferPointer { w in
      y.withUnsafeMutableBufferPointer { y in
        for n in 0..<output[0] {
          for c in 0..<channels {
            for m in 0..<perGroup {
              let source = (n * channels + c) * inputPlane
              let target = (n * output[1] + c / inner * perGroup + m) * outputPlane
              for row in rows {
                let weight = w[(c * perGroup + m) * taps + row.tap], from = source + row.output, to = target + row.input
                for o in row.first..<row.last { y[to + o * step] += weight * x[from + o] }
              }
            }
          }
        }
      }
    }
  }
  return y
}
