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
  for (step, kernel) in zip(plan.steps, try model.kernels(threads: 1)) {
    if case .reference = kernel { Issue.record("\(step) runs its reference") }
    guard case .convert(let from, let to) = step else { continue }
    #expect(plan.inputs.contains(from) || plan.outputs.contains(to), "\(step) amid the plan")
  }
}

@Test(.enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"), arguments: Architecture.allCases)
func aRunAllocatesNothing(architecture: Architecture) throws {
  let session = try Session(emitted(architecture).model)
  try session.run()
  o2m_allocations_begin()
  try session.run()
  #expect(o2m_allocations_end() == 0)
  o2m_allocations_begin()
  let array = [Int](repeating: session.threads, count: 1000)
  #expect(o2m_allocations_end() > 0, "the counter must see an array of \(array.count) elements")
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
