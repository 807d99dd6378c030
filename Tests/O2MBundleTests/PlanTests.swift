import CO2MAllocations
import Foundation
import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// An architecture as its bundle reads it back; small pictures have the plan of large ones.
private func emitted(_ architecture: Architecture) throws -> Emitted {
  let file = FileManager.default.temporaryDirectory.appendingPathComponent("o2m-plan-\(architecture)-\(UUID().uuidString).onnx").path
  try architecture.model(size: 64, classes: 10).write(to: file)
  defer { try? FileManager.default.removeItem(atPath: file) }
  var graph = try importModel(path: file).graph
  _ = try Driver(Pipeline.passes).run(&graph)
  var options = BundleOptions()
  options.zstdLevel = 1
  return try Emitted(FlatModel(graph), options)
}

/// Every step has a kernel of its own, and only the picture and the scores change their layout.
@Test(arguments: Architecture.allCases)
func planNeedsNoReferenceAndNoConversion(architecture: Architecture) throws {
  let model = try emitted(architecture).model, plan = model.plan
  for (index, step) in plan.steps.enumerated() {
    if case .reference = try model.kernel(of: index, threads: 1) { Issue.record("\(step) runs its reference") }
    guard case .convert(let from, let to) = step else { continue }
    #expect(plan.inputs.contains(from) || plan.outputs.contains(to), "\(step) amid the plan")
  }
}

/// A plain input of eight channels is read as it lies, unless Winograd pays: then it is brought to channels last.
@Test(arguments: [6, 28])
func eightChannelsHaveAKernel(side: Int) throws {
  var m = ModelBuilder()
  let x = m.input(1, 8, side, side)
  m.graph.addOutput(m.conv(x, 32, 3))
  let model = try Emitted(FlatModel(m.graph)).model
  #expect(model.plan.slots.contains { $0.packing == .winogradPanels } == (side == 28))
  for step in model.plan.steps.indices {
    if case .reference = try model.kernel(of: step, threads: 1) { Issue.record("step \(step) runs its reference") }
  }
}

@Test(
  .enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"), arguments: Architecture.allCases)
func aRunAllocatesNothing(architecture: Architecture) throws {
  let model = try emitted(architecture).model
  for threads in 1...2 {
    let session = try Session(model, threads: threads)
    try session.run()
    o2m_allocations_begin()
    try session.run()
    #expect(o2m_allocations_end() == 0)
  }
  o2m_allocations_begin()
  let array = [Int](repeating: model.plan.arenaBytes, count: 1000)
  #expect(o2m_allocations_end() > 0, "the counter must see an array of \(array.count) elements")
}

@Test(.enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"), arguments: 1...2)
func aRunOfRecurrentCellsAllocatesNothing(threads: Int) throws {
  let model = try Emitted(FlatModel(Models.recurrent())).model
  for step in model.plan.steps.indices {
    if case .reference = try model.kernel(of: step, threads: threads) { Issue.record("step \(step) runs its reference") }
  }
  let session = try Session(model, threads: threads)
  try session.run()
  o2m_allocations_begin()
  try session.run()
  #expect(o2m_allocations_end() == 0)
}

/// However pixels and weights are dealt out, the sums are the same.
@Test(arguments: Architecture.allCases)
func threadsChangeNoBit(architecture: Architecture) throws {
  let model = try emitted(architecture).model, inputs = model.graph.seededInputs(4, .symmetric)
  let one = try Session(model).run(inputs).map(bits)
  for threads in 2...4 { #expect(try Session(model, threads: threads).run(inputs).map(bits) == one) }
}

/// What a run needs, whoever else is on the machine.
private struct Footprint: CustomStringConvertible {
  var steps: Int
  /// Changes of layout that move anything.
  var conversions: Int
  /// Bytes that steps read and write only to put them elsewhere, changes of layout among them.
  var movedBytes: Int
  var arenaBytes: Int
  /// Bytes of weights that a run reads, padding included.
  var weightBytes: Int

  init(steps: Int, conversions: Int, movedBytes: Int, arenaBytes: Int, weightBytes: Int) {
    self.steps = steps
    self.conversions = conversions
    self.movedBytes = movedBytes
    self.arenaBytes = arenaBytes
    self.weightBytes = weightBytes
  }

  init(_ model: Model) throws {
    let plan = model.plan, costs = plan.costs(model.graph)
    self.init(steps: plan.steps.count, conversions: 0, movedBytes: 0, arenaBytes: plan.arenaBytes, weightBytes: 0)
    for index in plan.steps.indices {
      weightBytes += costs[index].weightBytes
      if case .convert = plan.steps[index], costs[index].bytes > 0 { conversions += 1 }
      switch try model.kernel(of: index, threads: 1) {
      case .copy, .shuffle: movedBytes += costs[index].bytes
      default: break
      }
    }
  }

  var description: String {
    "steps: \(steps), conversions: \(conversions), movedBytes: \(movedBytes), arenaBytes: \(arenaBytes), weightBytes: \(weightBytes)"
  }
}

/// Counts at 64 by 64 pixels and 10 classes. A change that needs less lowers the limit; one that needs more has a reason.
@Test(
  arguments: zip(
    Architecture.allCases,
    [
      Footprint(steps: 39, conversions: 0, movedBytes: 0, arenaBytes: 303_616, weightBytes: 2_922_816),
      Footprint(steps: 54, conversions: 0, movedBytes: 0, arenaBytes: 319_488, weightBytes: 8_916_992),
      Footprint(steps: 145, conversions: 0, movedBytes: 159_616, arenaBytes: 147_456, weightBytes: 5_229_440),
      Footprint(steps: 24, conversions: 0, movedBytes: 0, arenaBytes: 327_680, weightBytes: 44_719_680),
    ]))
private func aRunNeedsNoMore(architecture: Architecture, than limit: Footprint) throws {
  let found = try Footprint(emitted(architecture).model)
  #expect(found.steps <= limit.steps, "\(found)")
  #expect(found.conversions <= limit.conversions, "\(found)")
  #expect(found.movedBytes <= limit.movedBytes, "\(found)")
  #expect(found.arenaBytes <= limit.arenaBytes, "\(found)")
  #expect(found.weightBytes <= limit.weightBytes, "\(found)")
}

/// The expanding convolutions of SqueezeNet write into the buffer of their Concat, which then copies nothing.
@Test func concatInputsLieInTheOutput() throws {
  let model = try emitted(.squeezenet11).model
  var concats = 0
  for case .node(let node, let inputs, let outputs) in model.plan.steps {
    guard case .concat = model.graph.nodes[node].op else { continue }
    concats += 1
    for case let input? in inputs { #expect(model.plan.slots[input].pitch == model.plan.slots[outputs[0]].pitch) }
  }
  #expect(concats == 8)
}

/// Concats in Concats, parts of a Split joined again, an input that two Concats read, one that is joined twice, and slices that are read
/// after the whole is: what shares a buffer and what is copied, the values are the same.
@Test(arguments: 1...2, [5, 16])
func joinsAndPartsKeepTheirValues(batch: Int, width: Int) throws {
  var m = ModelBuilder()
  let x = m.conv(m.input(batch, 3, 6, 5), 2 * width, 3)
  let parts = try m.graph.addNode(.split(Split(axis: 1, pieces: 2)), [x], name: "split", outputs: ["left", "right"])
  let a = m.conv(parts[1], width, 1), b = m.conv(a, 3, 3, activation: .relu)
  let inner = m.node(.concat(Concat(axis: 1)), a, b), c = m.conv(inner, 7, 1)
  let outer = m.node(.concat(Concat(axis: -3)), inner, c, parts[0])
  let again = m.node(.concat(Concat(axis: 1)), b, c, c, parts[1])
  let pooled = m.node(.maxPool(MaxPool(window: Window(kernel: [2, 2]))), b)
  let bent = m.node(.relu(Relu()), outer), late = m.conv(a, 4, 1)
  for value in [bent, again, pooled, late, x] { m.graph.addOutput(value) }
  let session = try Session(Emitted(FlatModel(m.graph)).model), inputs = session.model.graph.seededInputs(2, .symmetric)
  let expected = try Evaluator(m.graph).run(inputs)
  // Sums of at most 9 · 16 + 1 terms, four layers deep.
  for (found, expected) in zip(try session.run(inputs), expected) { #expect(distance(found, expected) <= 2e-5) }
}

/// The halves of a buffer in the other order, both orders in one, and a half behind the whole that it lies in: what a Concat copies must
/// not come from where it copies to.
@Test(arguments: 1...3, [false, true]) func halvesAreDealtOutAgain(depth: Int, turns: Bool) throws {
  var m = ModelBuilder()
  var whole = m.conv(m.input(2, 3, 6, 5), 16, 3)
  for level in 0..<depth {
    let pieces = Split(axis: 1, pieces: 2), names = ["left\(level)", "right\(level)"]
    let parts = try m.graph.addNode(.split(pieces), [whole], name: "split\(level)", outputs: names)
    let more = turns ? m.node(.concat(Concat(axis: 1)), parts[1], parts[0]) : parts[1]
    whole = m.node(.concat(Concat(axis: 1)), whole, more)
  }
  m.graph.addOutput(m.conv(whole, 4, 1))
  let session = try Session(Emitted(FlatModel(m.graph)).model), inputs = session.model.graph.seededInputs(2, .symmetric)
  let expected = try Evaluator(m.graph).run(inputs)
  #expect(try distance(session.run(inputs)[0], expected[0]) <= 1e-5)
}
