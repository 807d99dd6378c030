import HostSystem
import O2MOps
import O2MTensor

/// The triangles that weigh the lines of a spectrum into bands of the mel scale, `mel(f) = 2595 · log10(1 + f / 700)`.
///
/// The corners of the triangles lie evenly on that scale, at whole lines of the spectrum; every triangle's peak is 1.
///
/// - Spec: ONNX MelWeightMatrix-17.
/// - Shapes: `num_mel_bins`, `dft_length`, `sample_rate` scalar integers, `lower_edge_hertz`, `upper_edge_hertz` scalar floats → `y` number
///   `[dft_length / 2 + 1, num_mel_bins]`.
/// - Parity: formed in float64, rounded once.
/// - Errors: `.index` for a frequency that is not a number or lies outside the spectrum.
struct MelWeightMatrix: ConstantEvaluation {
  static let name = "MelWeightMatrix"
  static let versions = [17]

  private let element: ElementType

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(5...5)
    element = try node.outputElement()
  }

  func elementCount(_ inputs: [Tensor?]) throws(OpFault) -> Int {
    let (bands, length) = try extents(inputs)
    return bands * (length / 2 + 1)
  }

  private func extents(_ inputs: [Tensor?]) throws(OpFault) -> (bands: Int, length: Int) {
    (try inputs.scalarInt(0, in: 0...1 << 16), try inputs.scalarInt(1, in: 1...1 << 24))
  }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let (bands, length) = try extents(inputs)
    let rate = try inputs.scalarInt(2, in: 1...Int(Int32.max)), lines = length / 2 + 1
    let corners = try corners(inputs, bands: bands, length: length, rate: rate, lines: lines)
    var y = [Double](repeating: 0, count: lines * bands)
    for band in 0..<bands {
      let (left, peak, right) = (corners[band], corners[band + 1], corners[band + 2])
      for line in left..<peak { y[line * bands + band] = Double(line - left) / Double(peak - left) }
      y[peak * bands + band] = 1
      for line in peak..<right { y[line * bands + band] = Double(right - line) / Double(right - peak) }
    }
    return [Tensor(element, [lines, bands], rounding: y)]
  }

  /// The lines at which triangles begin, peak and end, ascending.
  private func corners(_ inputs: [Tensor?], bands: Int, length: Int, rate: Int, lines: Int) throws(OpFault) -> [Int] {
    var edges: [Double] = []
    for index in 3...4 {
      let values = try inputs.tensor(index).doubles()
      guard values.count == 1 else { throw .elementCount(expected: 1, found: values.count) }
      edges.append(2595 * log10(1 + values[0] / 700))
    }
    let step = (edges[1] - edges[0]) / Double(bands + 2)
    var corners: [Int] = []
    for corner in 0..<bands + 2 {
      let hertz = 700 * (pow(10, (edges[0] + Double(corner) * step) / 2595) - 1)
      let line = (Double(length + 1) * hertz / Double(rate)).rounded(.down)
      guard line >= Double(corners.last ?? 0), line < Double(lines) else { throw .index(input: 4, found: corner, limit: lines) }
      corners.append(Int(line))
    }
    return corners
  }
}
