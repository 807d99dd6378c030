import O2MOps
import O2MTensor
import Testing

/// Both loops of the convolution add the same products in the same order.
@Test(arguments: [
  // x, w, strides, pads, dilations, group; planes straddle the eight lanes, channels the pairs.
  ([1, 3, 5, 7], [5, 3, 3, 3], [1, 1], [1, 1, 1, 1], [1, 1], 1),
  ([2, 6, 4, 2], [8, 3, 1, 1], [1, 1], [0, 0, 0, 0], [1, 1], 2),
  ([1, 4, 9, 9], [4, 4, 3, 2], [2, 3], [0, 2, 1, 0], [2, 1], 1),
  ([1, 2, 1, 1], [7, 2, 3, 3], [1, 1], [1, 1, 1, 1], [1, 1], 1),
  ([2, 4, 17], [6, 2, 5], [2], [2, 1], [1], 2),
  ([1, 2, 3, 4, 3], [4, 2, 2, 2, 2], [1, 1, 1], [1, 0, 1, 0, 1, 0], [1, 1, 1], 1),
])
func panelsAndRowsGiveTheSameBits(x: [Int], w: [Int], strides: [Int], pads: [Int], dilations: [Int], group: Int) throws {
  func wave(_ shape: [Int], _ step: Int) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor(Shape(shape), (0..<count).map { Float($0 * step % 1009) / 731 - 0.7 })
  }
  let input = wave(x, 37), weights = wave(w, 101)
  let window = Window(kernel: Array(w.dropFirst(2)), strides: strides, dilations: dilations, pads: pads)
  let output = Shape([x[0], w[0]] + (try window.output(input: Array(x.dropFirst(2)))))
  let rows = convolveByRows(input, weights, output: output, window: window, group: group)
  let panels = convolveByPanels(input, weights.doubles(), inner: w[1], output: output, window: window, group: group)
  #expect(rows.map(\.bitPattern) == panels.map(\.bitPattern))
}
