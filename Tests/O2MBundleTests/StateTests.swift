import CO2MAllocations
import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack
import Testing

/// State that a session carries from run to run.
struct StateTests {
  /// s' = s + x, y = 2 · s', and a row of delays: a' = x, b' = a. One of the outputs is an input itself.
  static func model(initial: [Float]? = nil, links: [StateLinks.Link]? = nil) throws -> Emitted {
    var graph = Graph(name: "sums")
    let x = graph.addInput("x", TensorType(.float32, [2])), s = graph.addInput("s", TensorType(.float32, [2]))
    let a = graph.addInput("a", TensorType(.float32, [2])), b = graph.addInput("b", TensorType(.float32, [2]))
    let sum = try graph.addNode(.add(Add()), [s, x], name: "sum", outputs: ["s'"])[0]
    let twice = try graph.addNode(.add(Add()), [sum, sum], name: "twice", outputs: ["y"])[0]
    let late = try graph.addNode(.add(Add()), [b, twice], name: "late", outputs: ["z"])[0]
    for output in [twice, sum, x, a, late] { graph.addOutput(output) }
    var options = BundleOptions()
    let bytes = initial.map { Tensor([2], $0).bytes }
    options.state = StateLinks(
      links ?? [.init(input: 1, output: 1, initial: bytes), .init(input: 2, output: 2), .init(input: 3, output: 3)])
    return try Emitted(FlatModel(graph), options)
  }

  /// What the model above is, in plain arithmetic.
  private struct Sums {
    var s: [Float] = [0, 0]
    var a: [Float] = [0, 0]
    var b: [Float] = [0, 0]

    mutating func step(_ x: [Float]) -> [[Float]] {
      let sum = [s[0] + x[0], s[1] + x[1]], y = [2 * sum[0], 2 * sum[1]], z = [b[0] + y[0], b[1] + y[1]]
      let outputs = [y, sum, x, a, z]
      (s, a, b) = (sum, x, a)
      return outputs
    }
  }

  private static func floats(_ bytes: UnsafeRawBufferPointer) -> [Float] { Array(bytes.bindMemory(to: Float.self)) }

  private static func run(_ session: Session, _ x: [Float]) throws -> [[Float]] {
    session.write(given: [Tensor([2], x), nil, nil, nil])
    try session.run()
    return (0..<5).map { floats(session.output($0)) }
  }

  private static let chunks: [[Float]] = [[1, -2], [3, 0.5], [0, 8], [-4, 1], [2, 2]]

  /// Inputs, outputs and a delay line are what arithmetic says, in either form of the bundle, however many threads and whatever is shared.
  @Test(arguments: [nil, [5, -1]] as [[Float]?], [(1, false), (1, true), (2, false), (2, true)])
  func stateIsTheOutputOfTheRunBefore(initial: [Float]?, how: (threads: Int, shares: Bool)) throws {
    let model = try Self.model(initial: initial).model
    #expect(model.header.minor == BundleFormat.minorOfState && model.state.links.map(\.output) == [1, 2, 3])
    let session = try Session(model, threads: how.threads, sharesInputs: how.shares)
    for _ in 0..<2 {
      var sums = Sums()
      if let initial { sums.s = initial }
      for chunk in Self.chunks {
        #expect(try Self.run(session, chunk) == sums.step(chunk))
        #expect(Self.floats(UnsafeRawBufferPointer(session.input(1))) == sums.s)
        #expect(Self.floats(UnsafeRawBufferPointer(session.input(3))) == sums.b)
      }
      session.resetState()
    }
  }

  /// A run that is cancelled, before its first step or by a refusal of an operator, leaves the state; what a caller writes counts.
  @Test func failedRunsLeaveTheState() throws {
    let session = try Session(Self.model().model)
    var sums = Sums()
    for (index, chunk) in Self.chunks.enumerated() {
      session.cancel()
      #expect(throws: RunFault.cancelled) { _ = try Self.run(session, [9, 9]) }
      if index == 3 {
        session.write(given: [nil, Tensor([2], [7, 7] as [Float]), nil, nil])
        sums.s = [7, 7]
      }
      #expect(try Self.run(session, chunk) == sums.step(chunk))
    }
    // A step that fails behind others that ran.
    var graph = Graph(name: "picks")
    let h = graph.addInput("h", TensorType(.float32, [3])), i = graph.addInput("i", TensorType(.int64, [3]))
    let next = try graph.addNode(.relu(Relu()), [h], name: "n", outputs: ["n"])[0]
    let grown = try graph.addNode(
      .add(Add()), [next, graph.addConstant("one", Tensor([3], [1, 1, 1] as [Float]))], name: "g", outputs: ["g"])[0]
    graph.addOutput(try graph.addNode(.gather(Gather(axis: 0)), [grown, i], name: "p", outputs: ["p"])[0])
    var options = BundleOptions()
    options.state = StateLinks([.init(input: 0, output: 0)])
    let picks = try Session(Emitted(FlatModel(graph), options).model)
    let good = Tensor([3], [2, 1, 0] as [Int64]), bad = Tensor([3], [0, 1, 3] as [Int64])
    _ = try picks.run(given: [nil, good])
    #expect(throws: RunFault.self) { _ = try picks.run(given: [nil, bad]) }
    #expect(try picks.run(given: [nil, good])[0].doubles() == [2, 2, 2])
  }

  /// A session that goes on from saved bytes gives what the other would have given.
  @Test func savedStateGoesOn() throws {
    let emitted = try Self.model(), model = emitted.model
    // The installed form of the same bundle, opened by itself, has the same name for its states.
    let other = try Session(Model(BundleBytes(copying: unpack(emitted.bytes))))
    let session = try Session(model)
    for chunk in Self.chunks.prefix(3) { _ = try Self.run(session, chunk) }
    let saved = session.savedState()
    #expect(saved.count == session.savedStateBytes)
    try saved.withUnsafeBytes { raw in try other.restoreState(from: raw) }
    for chunk in Self.chunks.suffix(2) { #expect(try Self.run(session, chunk) == Self.run(other, chunk)) }
  }

  /// No byte of a saved state can change, and none be missing, without a fault; the session keeps what it had.
  @Test func damagedStatesAreRefused() throws {
    let session = try Session(Self.model().model)
    _ = try Self.run(session, [1, 2])
    let saved = session.savedState()
    _ = try Self.run(session, [1, 2])
    let now = session.savedState()
    func restore(_ bytes: [UInt8]) -> StateFault? {
      do { try bytes.withUnsafeBytes { raw in try session.restoreState(from: raw) } } catch {
        if case .state(let fault) = error as? RunFault { return fault }
      }
      return nil
    }
    for index in saved.indices {
      var changed = saved
      changed[index] ^= 0x40
      #expect(restore(changed) != nil, "byte \(index)")
      #expect(restore(Array(saved.prefix(index))) == .damaged)
    }
    #expect(restore(saved + [0]) == .damaged && restore([]) == .damaged)
    #expect(session.savedState() == now)
    let stranger = try Session(Self.model(initial: [1, 1]).model)
    guard case .otherModel? = restore(stranger.savedState()) else {
      Issue.record("the state of another model was taken")
      return
    }
    // Hashes that are right around what is wrong.
    for (place, byte) in [(8, UInt8(2)), (12, 9), (24, 7), (28, 200), (29, 9), (30, 255), (37, 255)] {
      var forged = Array(saved.dropLast(8))
      forged[place] = byte
      var hash = RecordWriter()
      hash.put(forged.withUnsafeBytes { xxh64($0) })
      #expect(restore(forged + hash.bytes) != nil, "byte \(place)")
    }
    #expect(session.savedState() == now && restore(saved) == nil && session.savedState() == saved)
    var small = [UInt8](repeating: 0, count: saved.count - 1)
    small.withUnsafeMutableBytes { target in
      #expect(throws: RunFault.state(.size(found: saved.count - 1, needed: saved.count))) { try session.saveState(to: target) }
    }
  }

  /// Links that contradict the graph are refused by the reader, each by its own place.
  @Test func hostileLinksAreRefused() throws {
    let bundle = try unpack(try Self.model().bytes)
    let section = try #require(try bundle.withUnsafeBytes { try BundleReader($0).section(.state) })
    func opened(_ place: Int, _ value: UInt32) -> RunFault? {
      var bytes = bundle
      for index in 0..<4 { bytes[section.offset + place + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(index))) }
      do { _ = try Model(BundleBytes(copying: bytes), trusted: true) } catch { return error as? RunFault }
      return nil
    }
    #expect(opened(0, 3) == nil)
    // The number of links; an input and an output that are not there; one input twice; links out of order.
    for (place, value) in [(0, UInt32(4)), (0, 2), (0, .max), (4, 4), (4, .max), (8, 5), (13, 1), (22, 2), (13, 3)] {
      guard case .format? = opened(place, value) else {
        Issue.record("\(value) at \(place) was taken")
        continue
      }
    }
    // Another type, and elements that are not there.
    #expect(throws: PlanError.self) { try Self.model(links: [.init(input: 1, output: 1, initial: [1, 2, 3])]) }
    var graph = Graph(name: "types")
    let x = graph.addInput("x", TensorType(.float32, [2])), h = graph.addInput("h", TensorType(.float32, [1, 2]))
    graph.addOutput(try graph.addNode(.add(Add()), [x, x], name: "y", outputs: ["y"])[0])
    graph.addOutput(try graph.addNode(.relu(Relu()), [h], name: "z", outputs: ["z"])[0])
    var options = BundleOptions()
    options.state = StateLinks([.init(input: 1, output: 0)])
    let flat = try FlatModel(graph)
    #expect(throws: PlanError.self) { try Emitted(flat, options) }
  }

  /// Bundles without state are what they were, and an older reader refuses those with it.
  @Test func onlyBundlesWithStateStateTheNewFormat() throws {
    let plain = try Emitted(FlatModel(Models.small()))
    #expect(plain.model.header.minor == BundleFormat.minor)
    #expect(try plain.bytes.withUnsafeBytes { try BundleReader($0).section(.state) } == nil)
    let section = try #require(try Self.model().bytes.withUnsafeBytes { try BundleReader($0).section(.state) })
    #expect(section.isRequired)
  }

  @Test(.enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"))
  func carryingAllocatesNothing() throws {
    let session = try Session(Self.model().model)
    try session.run()
    o2m_allocations_begin()
    for _ in 0..<5 { try session.run() }
    #expect(o2m_allocations_end() == 0)
  }

  /// The chunks of a certificate are one sequence: a state that does not go on, or a runtime that does not reset, fails it.
  @Test func certificatesAreSequences() throws {
    var sums = Sums(), cases: [Certificate.Measured] = []
    for (index, chunk) in Self.chunks.prefix(3).enumerated() {
      let outputs = sums.step(chunk).map { Tensor([2], $0) }
      cases.append(
        .init(
          seed: UInt64(index), inputs: [.stored(Tensor([2], chunk).bytes), .carried, .carried, .carried], found: outputs, reference: outputs
        ))
    }
    func session(_ links: [StateLinks.Link]?) throws -> Session {
      var options = BundleOptions()
      options.certificate = Certificate(cases, outputs: ["y", "s'", "x", "a", "z"], tolerance: .float32)
      let emitted = try Self.model(links: links)
      options.state = emitted.model.state
      let flat = FlatModel(
        graph: emitted.model.graph, constants: [], inputNames: emitted.manifest.inputs.map(\.name),
        outputNames: emitted.manifest.outputs.map(\.name))
      return try Session(Emitted(flat, options).model)
    }
    let sound = try session(nil)
    _ = try Self.run(sound, [100, 100])
    let test = try #require(try sound.selfTest())
    #expect(test.passed && test.cases == 3)
    let certificate = try #require(try sound.model.section(Certificate.self))
    #expect(certificate.cases[2].inputs[1] == .carried)
    #expect(try certificate.check(sound, tolerance: .float32).verdict == .pass)
    let wrong = try #require(try session([.init(input: 1, output: 1), .init(input: 2, output: 2)]).selfTest())
    #expect(!wrong.passed)
  }
}
