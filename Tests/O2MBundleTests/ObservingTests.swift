import CO2MAllocations
import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack
import Testing

/// An operand's elements in the order of its axes, whatever its layout and pitch.
private func floats(_ operand: StepView.Operand) -> [Float] {
  let shape = operand.type.shape, memory = operand.memory.bindMemory(to: Float.self)
  guard operand.slot.layout == .channelsLast, shape.count > 0 else { return Array(memory) }
  let pixels = shape.dims[2...].reduce(1, *)
  return (0..<shape.count).map { index in
    let pixel = index / (pixels * shape[1]) * pixels + index % pixels
    return memory[pixel * operand.slot.pitch + index / pixels % shape[1]]
  }
}

/// Every step is seen once, in order, and every value that a step gives is the one that the model has by the same name.
@Test(arguments: [Models.mobile(), Models.mixed(), Models.longLived()], 1...2)
func everyStepIsSeenWithTheModelsValues(graph: Graph, threads: Int) throws {
  let model = try Emitted(FlatModel(graph)).model, session = try Session(model, threads: threads)
  let inputs = model.graph.seededInputs(3, .symmetric), names = try #require(model.names)
  var expected: [String: Tensor] = [:]
  _ = try Evaluator(graph).run(inputs) { node, outputs in
    for (id, tensor) in zip(node.outputs, outputs) { expected[graph[id].name] = tensor }
  }
  let plain = try session.run(inputs).map(bits)

  session.write(inputs)
  var steps: [Int] = [], compared = 0
  try session.run { step in
    steps.append(step.index)
    #expect((step.op == nil) == (step.node == nil))
    if let node = step.node { #expect(step.op == model.graph.nodes[node].op.code) }
    for output in step.outputs where output.type.element == .float32 {
      guard let name = names[output.slot.value], let reference = expected[name] else { continue }
      #expect(output.type.shape == reference.shape)
      let found = Tensor(reference.shape, floats(output))
      // Sums of at most 490 terms in float32, a few layers deep: see `kernelTolerance`.
      #expect(distance(found, reference) <= 2e-5, "step \(step.index), '\(name)'")
      compared += 1
    }
  }
  #expect(steps == Array(model.plan.steps.indices))
  #expect(compared >= model.graph.nodes.count)
  let watched = (0..<plain.count).map { Array(session.output($0)) }
  #expect(watched == plain, "a run that is watched gives the same bits")
}

/// The profile is made of what the observer sees.
@Test func aProfileHasATimeForEveryStepThatRuns() throws {
  let model = try Emitted(FlatModel(Models.mobile())).model, session = try Session(model)
  var times = [UInt64](repeating: 0, count: model.plan.steps.count)
  for _ in 0..<3 { try times.withUnsafeMutableBufferPointer { try session.run(addingTo: $0) } }
  let moving = model.plan.costs(model.graph).indices.filter { model.plan.costs(model.graph)[$0].macs > 0 }
  #expect(!moving.isEmpty && moving.allSatisfy { times[$0] > 0 })
}

/// Looking at a step allocates nothing either, unless its operands are asked for.
@Test(.enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"))
func observingAllocatesNothing() throws {
  let session = try Session(Emitted(FlatModel(Models.mobile())).model)
  try session.run()
  var total: UInt64 = 0
  o2m_allocations_begin()
  try session.run { total += $0.nanoseconds }
  #expect(o2m_allocations_end() == 0)
  #expect(total > 0)
}

/// A bundle whose section of names was replaced by `raw`, or left out.
private func model(names raw: [UInt8]?) throws -> Model {
  let flat = try FlatModel(Models.mobile())
  var options = BundleOptions()
  options.keepsNames = false
  let installed = try unpack(try Emitted(flat, options).bytes)
  var parts = try installed.withUnsafeBytes { bytes in
    try BundleReader(bytes).sections.map { section in
      let stored = Array(bytes[section.range])
      return BundleWriter.Part(
        type: SectionType(rawValue: section.type)!, stored: stored, rawBytes: stored.count, codec: .store, hash: section.hash)
    }
  }
  if let raw {
    parts.append(.init(type: .names, stored: raw, rawBytes: raw.count, codec: .store, hash: raw.withUnsafeBytes { xxh64($0) }))
  }
  return try Model(BundleBytes(copying: BundleWriter.assemble(parts, flags: BundleFormat.installed)))
}

/// Names that lie about their lengths are no names: the bundle opens and runs, and nothing is read outside the section.
@Test func hostileNamesAreNoNames() throws {
  let flat = try FlatModel(Models.mobile()), sound = Names(origins: flat.origins).encoded()
  #expect(try model(names: sound).names?.origins == flat.origins)
  #expect(try model(names: nil).names == nil)
  func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  let count = UInt32(flat.graph.values.count), rest = Array(sound.dropFirst(4))
  let hostile = [
    [], number(.max), number(count), number(count - 1) + rest, number(count + 1) + rest, number(count) + number(.max) + rest,
    number(count) + number(1) + number(.max) + rest, Array(sound.dropLast()),
  ]
  for raw in hostile {
    let model = try model(names: raw)
    #expect(model.names == nil)
    #expect(throws: FormatFault.self) { try model.section(Names.self) }
    let run = RunError(.run(node: 0, .overflow), in: model)
    #expect(run.node?.output == .init(name: nil, number: model.graph.nodes[0].outputs.lowerBound))
    _ = try Session(model).run(model.graph.seededInputs(1, .symmetric))
  }
}
