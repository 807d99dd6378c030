import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// Plans whose slots lie elsewhere: each is refused, or gives what it gave before.
///
/// One slot at a time is moved to where every other one lies, and by a few bytes and channels; a buffer is moved with all its slices; the
/// pitch of a slot becomes that of others and numbers beside it. What a check lets pass has to be without harm, whichever check it was.
@Test(arguments: [Models.small, Models.mobile, Models.mixed, Models.longLived, joined])
func movedSlotsAreRefusedOrDoNoHarm(graph: @Sendable () -> Graph) throws {
  let flat = try FlatModel(graph()), sound = try Emitted(flat).model, inputs = flat.graph.seededInputs(3, .symmetric)
  let expected = try Session(sound).run(inputs).map(bits)
  var parts = try Parts(Emitted(flat).bytes)
  let place = try #require(parts.sections.firstIndex { $0.type == .plan })
  var refused = 0, taken = 0
  func attempt(_ plan: Plan, _ what: String) throws {
    guard plan != sound.plan else { return }
    parts.sections[place].raw = plan.encoded()
    guard let model = try? Model(BundleBytes(copying: parts.bundle())) else { return refused += 1 }
    taken += 1
    #expect(try Session(model).run(inputs).map(bits) == expected, "\(what)")
  }
  let offsets = Set(sound.plan.slots.compactMap { if case .arena(let offset) = $0.place { offset } else { nil } }).sorted()
  for (index, slot) in sound.plan.slots.enumerated() {
    guard case .arena(let offset) = slot.place else { continue }
    for target in offsets + [4, 16, 64, -4, -64].map({ offset + $0 }) where target >= 0 {
      var plan = sound.plan
      plan.slots[index].place = .arena(target)
      try attempt(plan, "slot \(index) at \(target) instead of \(offset)")
      plan.arenaBytes += 1 << 16
      try attempt(plan, "slot \(index) at \(target) instead of \(offset), with more memory")
    }
    for pitch in Set(sound.plan.slots.map(\.pitch) + [0, 1, slot.pitch - 1, slot.pitch + 1, 2 * slot.pitch]) {
      var plan = sound.plan
      plan.slots[index].pitch = pitch
      plan.arenaBytes += 1 << 16
      try attempt(plan, "slot \(index) with a pitch of \(pitch)")
    }
  }
  for (index, slot) in sound.plan.slots.enumerated() {
    let members = sound.plan.slices(in: index)
    guard case .arena(let offset) = slot.place, members.count > 1 else { continue }
    for target in offsets where target != offset {
      var plan = sound.plan
      plan.arenaBytes += 1 << 16
      for (member, place) in members { plan.slots[member].place = .arena(place - offset + target) }
      try attempt(plan, "slot \(index) with its slices at \(target) instead of \(offset)")
    }
  }
  #expect(refused > 10 * taken / 100 && taken > 0, "\(refused) refused, \(taken) taken")
}

extension Plan {
  /// The slots that begin in the first pixel of a buffer and have its pitch, itself among them, and where they lie.
  fileprivate func slices(in buffer: Int) -> [(slot: Int, offset: Int)] {
    guard case .arena(let start) = slots[buffer].place, slots[buffer].layout == .channelsLast else { return [] }
    return slots.indices.compactMap { index in
      guard case .arena(let offset) = slots[index].place, slots[index].layout == .channelsLast, slots[index].pitch == slots[buffer].pitch,
        (start..<start + 4 * slots[buffer].pitch).contains(offset)
      else { return nil }
      return (index, offset)
    }
  }
}

/// Runs of channels in two buffers of one pitch, and a part of the first that is read when the second is there.
@Sendable private func joined() -> Graph {
  var m = ModelBuilder()
  let x = m.conv(m.input(1, 3, 6, 5), 16, 3)
  let a = m.conv(x, 8, 1), b = m.conv(x, 8, 3, activation: .relu), c = m.conv(x, 12, 1)
  let whole = m.node(.concat(Concat(axis: 1)), a, b, c), bent = m.node(.relu(Relu()), whole)
  let d = m.conv(bent, 20, 1), e = m.conv(bent, 8, 1)
  m.graph.addOutput(m.conv(m.node(.concat(Concat(axis: 1)), d, e), 4, 1))
  m.graph.addOutput(m.conv(b, 4, 1))
  return m.graph
}

/// Whose memory an operator that writes over its input takes: only that of the same layout and type, which nobody reads later.
@Test(
  arguments: [
    ([1, 4, 3, 3], [1, 4, 3, 3], .channelsLast, .channelsLast, 1), ([1, 4, 3, 3], [1, 4, 3, 3], .plain, .plain, 1),
    ([1, 4, 3, 3], [1, 4, 3, 3], .plain, .channelsLast, 2), ([1, 4, 3, 3], [1, 4, 3, 3], .channelsLast, .plain, 2),
    ([1, 4, 1, 3], [1, 4, 3, 3], .plain, .plain, 2), ([4, 1, 3, 3], [1, 4, 3, 3], .plain, .plain, 2),
  ] as [([Int], [Int], Layout, Layout, Int)])
func memoryIsTakenOverByItsLike(input: [Int], output: [Int], from: Layout, to: Layout, blocks: Int) throws {
  let x = TypedShape(.float32, Shape(input)), y = TypedShape(.float32, Shape(output))
  let graph = FlatGraph(
    values: [x, y], inputCount: 1, constantCount: 0, nodes: [FlatGraph.Node(.relu(Relu()), inputs: [0], outputs: 1..<2)], outputs: [1])
  let slots = [
    Plan.Slot(0, layout: from, pitch: Operand(x).pitch, place: .arena(0)),
    Plan.Slot(1, layout: to, pitch: Operand(y).pitch, place: .arena(0)),
  ]
  let plan = Plan(arenaBytes: 0, slots: slots, steps: [.node(0, inputs: [0], outputs: [1])], inputs: [0], outputs: [1])
  #expect(Lifetimes(plan, graph, ChannelHomes(slots: 2)).blocks.count == blocks)
}
