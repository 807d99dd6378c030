import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// Of the whole numbers that weights can be multiples of.
private let kinds: [[Int]] = [[-1, 1], [-1, 0, 1], [2, 3], [-8, 7, 5, 1], [-127, 126, 3], [127, 64, -96], [0, 0, 6]]

/// A channel's unit comes from training and a folded norm, so it is any float32; the multiples are rounded, as folding does.
@Test(arguments: kinds, [1, 0.0371, 0x1p-128, 1e-20, 1e36] as [Float])
func multiplesOfOneNumberStayExact(multiples: [Int], magnitude: Float) throws {
  var random = SeededInput(seed: 11)
  let units = drawn(5, &random).map { ($0 + 1.5) * magnitude }
  let weights = drawn(5 * 36, &random).enumerated().map { index, x in
    let chosen = multiples[Int((x + 1) * 7919) % multiples.count]
    return Float(chosen) * units[index / 36]
  }
  #expect(try rounded(weights) == weights)
}

/// One weight beside the multiples, and the channel has the whole range of codes again: the error is half a step at most.
@Test func othersTakeTheWholeRange() throws {
  var random = SeededInput(seed: 12)
  let weights = drawn(5 * 36, &random)
  let found = try rounded(weights)
  for channel in 0..<5 {
    let members = channel * 36..<(channel + 1) * 36, step = weights[members].reduce(0) { max($0, $1.magnitude) } / 127
    // Balancing moves a weight by a step from its neighbour on the other side.
    for index in members { #expect((found[index] - weights[index]).magnitude <= step * 1.001) }
    #expect(zip(found[members], weights[members]).contains { $0 != $1 })
  }
}

private func drawn(_ count: Int, _ random: inout SeededInput) -> [Float] {
  random.tensor(.float32, [count] as Shape, .symmetric).doubles().map { Float($0) }
}

/// What a convolution with 5 output channels sees of 180 weights that are stored as int8.
private func rounded(_ weights: [Float]) throws -> [Float] {
  var graph = Graph(name: "weights")
  let x = graph.addInput("x", TensorType(.float32, [1, 4, 6, 6] as Shape))
  let w = graph.addConstant("w", Tensor([5, 4, 3, 3], weights))
  graph.addOutput(try graph.addNode(.conv(Conv(window: Window(kernel: [3, 3]))), [x, w], name: "y", outputs: ["y"])[0])
  let flat = try FlatModel(graph), constant = try #require(flat.graph.constants.first)
  let stored = StoredConstants(flat, int8: true)
  #expect(stored.precisions([constant: .int8]).contains(.int8))
  return try #require(stored.rounded([constant: .int8])[constant]).doubles().map { Float($0) }
}
