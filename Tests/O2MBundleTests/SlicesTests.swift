import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// Graphs of Transpose, Split, Slice, Concat and what lies between them, in an order that follows from a seed.
private struct DrawnGraph {
  private var builder: ModelBuilder
  private var random: Seeded
  private var values: [ValueID]
  private let rank: Int

  var graph: Graph { builder.graph }

  init(seed: UInt64) {
    builder = ModelBuilder()
    random = Seeded(seed)
    rank = 3 + Int(random.next() % 3)
    let dims = (0..<rank).map { _ in 0 }
    var drawn = dims
    for axis in 1..<rank { drawn[axis] = 2 + Int(random.next() % 5) }
    drawn[0] = 1 + Int(random.next() % 2)
    values = [builder.graph.addInput("x", TensorType(.float32, Shape(drawn)))]
    // The usual beginning of a model that was trained with channels last.
    if random.next() % 2 == 0 { transpose(values[0]) }
    for _ in 0..<3 + random.next() % 8 { step() }
    for value in values.dropFirst() where graph.readers(of: value) == 0 || random.next() % 8 == 0 { builder.graph.addOutput(value) }
  }

  private mutating func draw(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }

  /// Channels, or what are the channels in the other order of axes.
  private mutating func axis() -> Int { [1, 1, 1, rank - 1, -1][draw(5)] }

  private mutating func step() {
    let x = values[max(0, values.count - 1 - draw(4))], shape = graph.shape(x)!
    switch draw(8) {
    case 0, 1: transpose(x)
    case 2, 3: split(x, axis(), shape)
    case 4: slice(x, axis(), shape)
    case 5, 6: concat(x, 1 + draw(rank - 1), shape)
    default: values.append(builder.node(.relu(Relu()), x))
    }
  }

  private mutating func transpose(_ x: ValueID) {
    let toLast = [0] + Array(2..<rank) + [1], toFirst = [0, rank - 1] + Array(1..<rank - 1)
    var order = [toFirst, toLast, Array((0..<rank).reversed())][draw(5) % 3]
    if draw(6) == 0 { order.swapAt(0, draw(rank)) }
    values.append(builder.node(.transpose(Transpose(perm: order)), x))
  }

  private mutating func split(_ x: ValueID, _ axis: Int, _ shape: Shape) {
    let extent = shape[axis < 0 ? axis + rank : axis]
    guard extent > 1 else { return }
    let first = 1 + draw(extent - 1), name = "split\(values.count)"
    let lengths = builder.graph.addConstant(name + ".lengths", .indices([first, extent - first]))
    let op: Op = .split(Split(axis: axis, pieces: 2))
    guard let parts = try? builder.graph.addNode(op, [x, lengths], name: name, outputs: [name + ".a", name + ".b"]) else { return }
    values += parts
    if draw(2) == 0 { values.append(builder.node(.concat(Concat(axis: axis)), parts[1], parts[0])) }
  }

  private mutating func slice(_ x: ValueID, _ axis: Int, _ shape: Shape) {
    let from = draw(shape[axis < 0 ? axis + rank : axis]), name = "slice\(values.count)"
    let operands = [[from], [Int(Int32.max)], [axis]].enumerated().map {
      builder.graph.addConstant("\(name).\($0.offset)", .indices($0.element))
    }
    values.append(builder.node(.slice(Slice()), x, operands[0], operands[1], operands[2]))
  }

  private mutating func concat(_ x: ValueID, _ axis: Int, _ shape: Shape) {
    let fitting = values.filter { other in (0..<rank).allSatisfy { $0 == axis || graph.shape(other)![$0] == shape[$0] } }
    let others = (0...draw(2)).map { _ in fitting[draw(fitting.count)] }
    values.append(
      others.count == 1
        ? builder.node(.concat(Concat(axis: axis)), others[0], x) : builder.node(.concat(Concat(axis: axis)), others[0], x, others[1]))
  }
}

/// Wherever runs of channels are taken apart and joined, before and behind changes of layout, the bundle reads back and nothing but
/// moves happens.
@Test(arguments: 0..<20) func slicesKeepTheirValues(batch: UInt64) throws {
  for seed in batch * 25..<batch * 25 + 25 {
    let graph = DrawnGraph(seed: seed).graph
    guard !graph.outputs.isEmpty else { continue }
    let session = try Session(Emitted(FlatModel(graph)).model), inputs = session.model.graph.seededInputs(seed, .symmetric)
    #expect(try session.run(inputs).map(bits) == Evaluator(graph).run(inputs).map(bits), "seed \(seed)")
  }
}
