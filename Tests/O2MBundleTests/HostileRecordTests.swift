import Foundation
import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// Bundles with right hashes whose records, operands and constants are what nobody would write: through the C interface each is refused
/// with a typed error, or runs. A trap ends the child process in which they are opened.
struct HostileRecordTests {
  @Test(arguments: OpCode.allCases) func noOperatorTraps(code: OpCode) async throws {
    let trace = FileManager.default.temporaryDirectory.appendingPathComponent("hostile-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: trace) }
    await #expect(processExitsWith: .success) { [number = code.rawValue as UInt16, trace = trace as String] in
      let code = try #require(OpCode(rawValue: number))
      var attempts = Attempts(trace: trace)
      for (index, specimen) in try Specimens.all(code).enumerated() {
        attempts.specimen = "\(code.name) \(index)"
        try attempts.changeAll(specimen)
      }
      #expect(attempts.ran > 0, "no specimen of \(code.name) runs")
    }
    if let last = try? String(contentsOfFile: trace, encoding: .utf8), !last.hasPrefix("done") { Issue.record("\(last)") }
  }
}

/// Opens and runs bundles through the C interface and notes what it is at.
private struct Attempts {
  var specimen = ""
  var ran = 0
  private let trace: Int32

  /// Numbers at the ends of what types hold, and beside them.
  private static let wide: [Int64] = [
    0, 1, -1, 2, -2, 3, 7, 8, 9, 255, 1 << 20, 1 << 20 + 1, 1 << 31 - 1, 1 << 31, -1 << 31, 1 << 32, 1 << 32 + 1, 1 << 61, 1 << 62, .max,
    .min, .min + 1,
  ]
  private static let narrow: [UInt32] = [0, 1, 2, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7FFF_FFFF, 0x8000_0000, .max]

  init(trace path: String) {
    trace = open(path, O_CREAT | O_RDWR | O_TRUNC, 0o600)
    var memory = rlimit(rlim_cur: 4 << 30, rlim_max: 4 << 30)
    if !Sanitizer.checksAddresses { setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory) }
  }

  mutating func changeAll(_ specimen: Specimens.Specimen) throws {
    let flat = try FlatModel(try specimen.graph())
    var bundles = [try Bundle(specimen)]
    // What follows from constants alone is a constant itself in a bundle that the planner laid out.
    if !flat.graph.nodes.isEmpty {
      let emitted = try Emitted(flat), laid = Bundle(emitted.model, try Parts(emitted.bytes))
      bundles = [laid, laid.plain()]
    }
    attempt(bundles[0], "as it is", counts: true)
    for bundle in bundles {
      changeRecord(bundle)
      changeConstants(bundle)
    }
    changeOperands(bundles[bundles.count - 1])
    note("done")
  }

  /// Every byte of the record on, as the first of a field of each width.
  private mutating func changeRecord(_ bundle: Bundle) {
    let place = bundle.record
    for at in place {
      var values = Self.wide.map { (bytes: withUnsafeBytes(of: $0.littleEndian) { [UInt8]($0) }, text: "\($0)") }
      values += Self.narrow.map { (withUnsafeBytes(of: $0.littleEndian) { [UInt8]($0) }, "\($0) of 4 bytes") }
      values += [0, 1, 2, 3, 4, 10, 127, 128, 255].map { ([$0], "byte \($0)") }
      for (bytes, text) in values where at + bytes.count <= place.upperBound {
        var changed = bundle
        changed.graphBytes.replaceSubrange(at..<at + bytes.count, with: bytes)
        attempt(changed, "record byte \(at - place.lowerBound): \(text)")
        changed.infer()
        attempt(changed, "record byte \(at - place.lowerBound): \(text), with the outputs that follow")
      }
    }
  }

  private mutating func changeConstants(_ bundle: Bundle) {
    for (slot, constant) in bundle.wholeConstants {
      for element in 0..<constant.count / 8 {
        for value in Self.wide {
          var changed = bundle
          withUnsafeBytes(of: value.littleEndian) {
            changed.weights.replaceSubrange(constant.lowerBound + 8 * element..<constant.lowerBound + 8 * element + 8, with: $0)
          }
          attempt(changed, "slot \(slot), element \(element): \(value)")
          changed.infer()
          attempt(changed, "slot \(slot), element \(element): \(value), with the outputs that follow")
        }
      }
    }
  }

  /// Every operand with other ranks, extents and types, absent, once too often; then operands that end early.
  private mutating func changeOperands(_ bundle: Bundle) {
    let inputs = bundle.graph.nodes[0].inputs, outputs = bundle.graph.nodes[0].outputs
    for position in inputs.indices {
      guard let value = inputs[position] else { continue }
      let old = bundle.graph.values[value].shape
      var shapes = (0...8).flatMap { rank in [0, 1, 2].map { Shape([Int](repeating: $0, count: rank)) } }
      for axis in 0..<old.rank {
        for extent in [0, 1, 2, 3, 7, 1 << 12] {
          shapes.append(old)
          shapes[shapes.count - 1][axis] = extent
        }
        var empty = Shape([Int](repeating: 0, count: old.rank))
        for extent in [1 << 20, 1 << 28] {
          empty[axis] = extent
          shapes.append(empty)
        }
      }
      for shape in shapes {
        var changed = bundle
        changed.graph.values[value].shape = shape
        attempt(changed.relaid(), "operand \(position): \(shape.dims)")
        changed.infer()
        attempt(changed.relaid(), "operand \(position): \(shape.dims), with the outputs that follow")
      }
      for element in ElementType.allCases where element.isHeld {
        var changed = bundle
        changed.graph.values[value].element = element
        changed.infer()
        attempt(changed.relaid(), "operand \(position): \(element)")
      }
      var absent = bundle
      absent.graph.nodes[0].inputs[position] = nil
      attempt(absent.relaid(), "operand \(position) is absent")
      absent.graph.nodes[0].inputs = Array(inputs[..<position])
      attempt(absent.relaid(), "operands end before \(position)")
      for other in inputs {
        absent.graph.nodes[0].inputs = inputs
        absent.graph.nodes[0].inputs[position] = other
        absent.infer()
        attempt(absent.relaid(), "operand \(position) is another one")
      }
    }
    for more in [1, 4, 300] {
      var changed = bundle
      changed.graph.nodes[0].inputs += [Int?](repeating: inputs[0], count: more)
      attempt(changed.relaid(), "\(more) operands more")
    }
    for count in 0...outputs.count + 2 {
      var changed = bundle
      changed.setOutputs(count)
      attempt(changed.relaid(), "\(count) outputs")
    }
  }

  private func note(_ text: String) {
    let line = Array("\(text)\n".utf8)
    ftruncate(trace, 0)
    pwrite(trace, line, line.count, 0)
  }

  private mutating func attempt(_ bundle: Bundle, _ text: @autoclosure () -> String, counts: Bool = false) {
    note("\(specimen): \(text())")
    // Of its own time, so that a busy machine ends nothing.
    var patience = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: 10, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_VIRTUAL.rawValue), &patience, nil)
    let bytes = bundle.assembled()
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
    defer { memory.deallocate() }
    memory.copyMemory(from: bytes, byteCount: bytes.count)
    guard let model = cModelFromMemory(memory, bytes.count, 0, nil) else { return }
    defer { cModelClose(model) }
    _ = cNodeOutput(model, 0, nil, 0)
    guard let session = cSessionCreate(model, 1, nil) else { return }
    defer { cSessionDestroy(session) }
    if cSessionRun(session, nil) == 0, counts { ran += 1 }
  }
}

/// The parts of a bundle with one node, changed apart and put together with the hashes that they then have.
private struct Bundle {
  var graph: FlatGraph {
    didSet { graphBytes = graph.encoded() }
  }
  /// The graph as the bundle has it; it may hold a record that no operator writes.
  var graphBytes: [UInt8]
  var plan: Plan
  var weights: [UInt8]
  /// The plans of bodies in the node.
  var bodies: [Plan] = []

  init(_ model: Model, _ parts: Parts) {
    graph = model.graph
    graphBytes = model.graph.encoded()
    plan = model.plan
    bodies = model.bodyPlans
    weights = parts.sections.first { $0.type == .weights }!.raw
  }

  /// Every operand plain and in a place of its own.
  init(_ specimen: Specimens.Specimen) throws {
    var values: [TypedShape] = [], indices = [Int?](repeating: nil, count: specimen.operands.count)
    var bytes: [UInt8] = [], places: [Int: Range<Int>] = [:]
    for (position, operand) in specimen.operands.enumerated() {
      guard case .input(let element, let shape) = operand else { continue }
      indices[position] = values.count
      values.append(TypedShape(element, shape))
    }
    let inputCount = values.count
    for (position, operand) in specimen.operands.enumerated() {
      guard case .constant(let tensor) = operand else { continue }
      bytes += [UInt8](repeating: 0, count: (64 - bytes.count % 64) % 64)
      places[values.count] = bytes.count..<bytes.count + tensor.count * tensor.element.size
      tensor.withBytes { bytes += $0 }
      indices[position] = values.count
      values.append(TypedShape(tensor.element, tensor.shape))
    }
    let first = values.count
    for type in try specimen.op.infer(specimen.facts) { values.append(TypedShape(type.element, try #require(type.shape))) }
    let outputs = first..<values.count
    graph = FlatGraph(
      values: values, inputCount: inputCount, constantCount: first - inputCount,
      nodes: [FlatGraph.Node(specimen.op, inputs: indices, outputs: outputs)], outputs: Array(outputs))
    graphBytes = graph.encoded()
    plan = Plan(arenaBytes: 0, slots: [], steps: [], inputs: [], outputs: [])
    weights = bytes
    stored = places
    if !specimen.op.bodies.isEmpty { bodies = try Emitted(FlatModel(specimen.graph())).model.bodyPlans }
    self = relaid()
  }

  /// Where the node's record lies in the graph section.
  var record: Range<Int> {
    let node = graph.nodes[0], end = graphBytes.count - 4 * graph.outputs.count
    var record = RecordWriter()
    node.op.encode(to: &record)
    return end - record.bytes.count..<end
  }

  /// Where constants lie that are stored as ONNX has them.
  var wholeConstants: [(slot: Int, bytes: Range<Int>)] {
    plan.slots.enumerated().compactMap { index, slot in
      guard case .weights(let offset, let count, _) = slot.place, slot.packing == .plain, graph.values[slot.value].element == .int64
      else { return nil }
      return (index, offset..<offset + count / 8 * 8)
    }
  }

  /// Everything plain; constants that are packed become computed ones.
  func plain() -> Bundle {
    var changed = self
    let whole = wholeConstants.map { plan.slots[$0.slot].value }
    let order = Array(0..<graph.inputCount) + graph.constants.filter { !whole.contains($0) } + graph.constants.filter { whole.contains($0) }
    var moved = graph
    moved.inputCount = order.count - whole.count
    moved.constantCount = whole.count
    for (index, value) in order.enumerated() { moved.values[index] = graph.values[value] }
    moved.nodes[0].inputs = graph.nodes[0].inputs.map { $0.map { order.firstIndex(of: $0)! } }
    changed.stored = Dictionary(
      uniqueKeysWithValues: wholeConstants.map { (order.firstIndex(of: plan.slots[$0.slot].value)!, $0.bytes) })
    changed.graph = moved
    return changed.relaid()
  }

  private var stored: [Int: Range<Int>] = [:]

  /// A plan for what the graph says now: every value in a place of its own.
  func relaid() -> Bundle {
    var changed = self
    var slots: [Plan.Slot] = [], arena = 0
    for (index, value) in graph.values.enumerated() {
      let pitch = Operand(value).pitch
      if let bytes = stored[index] {
        slots.append(Plan.Slot(index, layout: .plain, pitch: pitch, place: .weights(bytes.lowerBound, count: bytes.count, scales: nil)))
      } else {
        slots.append(Plan.Slot(index, layout: .plain, pitch: pitch, place: .arena(arena)))
        arena += (value.byteCount + 63) / 64 * 64
      }
    }
    let node = graph.nodes[0]
    changed.plan = Plan(
      arenaBytes: arena, slots: slots, steps: [.node(0, inputs: node.inputs, outputs: Array(node.outputs))],
      inputs: Array(0..<graph.inputCount), outputs: graph.outputs)
    return changed
  }

  /// Gives the outputs the types that the operator infers, as a forger would; nothing where it refuses or they are large.
  mutating func infer() {
    var reader: [TensorType]?
    graphBytes.withUnsafeBytes { raw in
      var record = RecordReader(raw, range: self.record)
      guard let op = try? Op(graph.nodes[0].code, from: &record), record.isAtEnd else { return }
      let facts = graph.nodes[0].inputs.map { input in
        input.map { value in InputFact(TensorType(graph.values[value]), value: constant(value)) }
      }
      reader = try? op.infer(facts)
    }
    guard let types = reader else { return }
    let kept = Array(graphBytes[record])
    var changed = graph
    for (value, type) in zip(graph.nodes[0].outputs, types) {
      guard let shape = type.shape, shape.rank <= 8, (shape.checkedCount ?? .max) <= 1 << 12 else { return }
      changed.values[value] = TypedShape(type.element, shape)
    }
    guard changed.values != graph.values else { return }
    graph = changed
    graphBytes.replaceSubrange(record, with: kept)
    self = relaid()
  }

  private func constant(_ value: Int) -> Tensor? {
    guard let slot = plan.slots.first(where: { $0.value == value }), case .weights(let offset, let count, _) = slot.place,
      slot.packing == .plain, graph.values[value].byteCount <= count
    else { return nil }
    let type = graph.values[value]
    let storage = TensorStorage(byteCount: type.byteCount)
    storage.bytes.copyBytes(from: weights[offset..<offset + type.byteCount])
    return Tensor(type.element, type.shape, storage: storage)
  }

  mutating func setOutputs(_ count: Int) {
    var changed = graph
    let first = graph.nodes[0].outputs.lowerBound
    while changed.values.count < first + count { changed.values.append(changed.values[first]) }
    changed.values.removeLast(changed.values.count - first - count)
    changed.nodes[0].outputs = first..<first + count
    changed.outputs = Array(first..<first + count)
    graph = changed
  }

  func assembled() -> [UInt8] {
    var manifest = Manifest()
    manifest.inputs = (0..<graph.inputCount).map { Manifest.Port("x\($0)", graph.values[$0]) }
    manifest.outputs = graph.outputs.map { Manifest.Port("y\($0)", graph.values[$0]) }
    manifest.arenaBytes = plan.arenaBytes
    var sections: [(SectionType, [UInt8])] = [
      (.manifest, manifest.encoded()), (.graph, graphBytes), (.plan, plan.encoded()), (.weights, weights),
      (.names, Names(origins: graph.values.map { _ in [] }).encoded()),
    ]
    if !bodies.isEmpty { sections.append((.bodies, BodyPlans(bodies).encoded())) }
    return BundleWriter.assemble(
      sections.map { type, raw in
        BundleWriter.Part(type: type, stored: raw, rawBytes: raw.count, codec: .store, hash: raw.withUnsafeBytes { xxh64($0) })
      }, flags: 0)
  }
}
