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

/// A channel's largest weight has the largest code, and what the others lose adds up to less than a step.
@Test func sumsAndTheLargestAreKept() throws {
  var random = SeededInput(seed: 13)
  let weights = drawn(5 * 36, &random).map { $0 * $0 * $0 + 0.01 * $0 }
  let found = try rounded(weights)
  for channel in 0..<5 {
    let members = channel * 36..<(channel + 1) * 36, largest = members.max { weights[$0].magnitude < weights[$1].magnitude }!
    #expect((found[largest] - weights[largest]).magnitude <= 1e-6 * weights[largest].magnitude)
    let lost = members.reduce(0) { $0 + Double(found[$1]) - Double(weights[$1]) }
    #expect(lost.magnitude <= 0.51 * Double(weights[largest].magnitude) / 127, "channel \(channel)")
  }
}

/// A channel that is noise beside the others holds zeros.
@Test(arguments: [0, 1e-12, 0.9 * 0x1p-24] as [Float]) func deadChannelsAreZeros(magnitude: Float) throws {
  var random = SeededInput(seed: 14)
  var weights = drawn(5 * 36, &random)
  weights[0] = 1
  for index in 72..<108 { weights[index] *= magnitude }
  #expect(try rounded(weights)[72..<108].allSatisfy { $0 == 0 })
}

/// float16 holds weights between its smallest normal number and its largest.
@Test(
  arguments: [
    (1, true), (65504, true), (65536, false), (0x1p-14, true), (0x1p-15, false), (0, true), (.infinity, false), (.nan, false),
  ] as [(Float, Bool)])
func float16HoldsWhatItHasDigitsFor(weight: Float, fits: Bool) throws {
  let (_, flat, constant) = try convolutions([Float](repeating: weight, count: 5 * 36), outputs: 5, strides: [1])
  #expect(StoredConstants(flat, int8: false).precisions([constant: .float16]).contains(.float16) == fits)
}

/// Readers with one layout share a constant of any precision. Where a second layout reads it, by strides that Winograd does not take, there
/// is no one order of channels for int8, and the plan has the constant in both layouts.
@Test(arguments: [[1], [1, 1], [1, 2], [2, 1, 2]]) func int8NeedsOneLayout(strides: [Int]) throws {
  var random = SeededInput(seed: 15)
  let (graph, flat, constant) = try convolutions(drawn(32 * 16 * 9, &random), outputs: 32, side: 28, strides: strides)
  let layouts = Set(strides).count
  #expect(StoredConstants(flat, int8: true).precisions([constant: .int8]).contains(.int8) == (layouts == 1))
  let model = try Emitted(flat).model, inputs = flat.graph.seededInputs(1, .symmetric)
  #expect(model.plan.slots.filter { $0.packing.isWeights }.count == layouts)
  for (found, expected) in zip(try Session(model).run(inputs), try Evaluator(graph).run(inputs)) {
    #expect(distance(found, expected) <= 1e-5)
  }
}

private func drawn(_ count: Int, _ random: inout SeededInput) -> [Float] {
  random.tensor(.float32, [count] as Shape, .symmetric).doubles().map { Float($0) }
}

/// What a convolution with 5 output channels sees of 180 weights that are stored as int8.
private func rounded(_ weights: [Float]) throws -> [Float] {
  let (_, flat, constant) = try convolutions(weights, outputs: 5, strides: [1])
  let stored = StoredConstants(flat, int8: true)
  #expect(stored.precisions([constant: .int8]).contains(.int8))
  return try #require(stored.rounded([constant: .int8])[constant]).doubles().map { Float($0) }
}

/// One input and 3 by 3 convolutions of these weights, one for each stride: the graph, what it is lowered to, and the weights' index there.
private func convolutions(
  _ weights: [Float], outputs: Int, side: Int = 6, strides: [Int]
) throws -> (graph: Graph, flat: FlatModel, constant: Int) {
  var graph = Graph(name: "weights")
  let channels = weights.count / outputs / 9, x = graph.addInput("x", TensorType(.float32, [1, channels, side, side] as Shape))
  let w = graph.addConstant("w", Tensor([outputs, channels, 3, 3], weights))
  for (index, stride) in strides.enumerated() {
    let conv = Conv(window: Window(kernel: [3, 3], strides: [stride, stride]))
    graph.addOutput(try graph.addNode(.conv(conv), [x, w], name: "conv\(index)", outputs: ["y\(index)"])[0])
  }
  let flat = try FlatModel(graph)
  return (graph, flat, try #require(flat.graph.constants.first))
}
