import Dispatch
import Foundation
import O2MBundle
import O2MGraph
import O2MRuntime
import O2MTensor
import O2MUnpack
import Synchronization
import Testing

/// What a session keeps over runs, and how a run ends early.
struct KeptInputsTests {
  static let graphs = [Models.small, Models.mobile, Models.winograd, Models.mixed, Models.recurrent, Models.longLived]

  /// Inputs stay what they are over runs, so a run again gives the same; a session that shares them gives it where they are written again.
  @Test(arguments: graphs.indices, [1, 2]) func inputsStay(graph: Int, threads: Int) throws {
    let model = try Emitted(FlatModel(Self.graphs[graph]())).model, inputs = model.graph.seededInputs(5, .symmetric)
    let session = try Session(model, threads: threads), shared = try Session(model, threads: threads, sharesInputs: true)
    let expected = try session.run(inputs).map(bits)
    #expect(try shared.run(inputs).map(bits) == expected)
    #expect(try shared.run(inputs).map(bits) == expected)
    for _ in 0..<3 {
      try session.run()
      for (index, bytes) in expected.enumerated() { #expect(Array(session.output(index)) == bytes) }
    }
    for (index, tensor) in inputs.enumerated() { #expect(Array(session.input(index)) == bits(tensor)) }
  }

  /// Else the test above shows nothing: some of these models use the memory of an input for something else.
  @Test func sharedInputsAreWrittenOver() throws {
    let isOverwritten = try Self.graphs.contains { graph in
      let model = try Emitted(FlatModel(graph())).model, inputs = model.graph.seededInputs(5, .symmetric)
      let shared = try Session(model, sharesInputs: true)
      _ = try shared.run(inputs)
      return inputs.indices.contains { Array(shared.input($0)) != bits(inputs[$0]) }
    }
    #expect(isOverwritten)
  }

  /// The run that is asked to end does, at one of its steps; the next one is whole.
  @Test func anotherThreadEndsARun() throws {
    let model = try Emitted(FlatModel(Models.mobile())).model, inputs = model.graph.seededInputs(5, .symmetric)
    let session = try Session(model), expected = try session.run(inputs).map(bits)
    session.cancel()
    session.cancel()
    #expect(throws: RunFault.cancelled) { try session.run() }
    try session.run()
    #expect(Array(session.output(0)) == expected[0])

    let stop = Atomic(false), cancelled = Atomic(0), shared = Unchecked(session)
    let group = DispatchGroup()
    DispatchQueue.global().async(group: group) {
      while !stop.load(ordering: .relaxed) {
        do { try shared.session.run() } catch { cancelled.add(1, ordering: .relaxed) }
      }
    }
    for _ in 0..<50 {
      let before = cancelled.load(ordering: .relaxed)
      session.cancel()
      while cancelled.load(ordering: .relaxed) == before { usleep(100) }
    }
    stop.store(true, ordering: .relaxed)
    group.wait()
    #expect(cancelled.load(ordering: .relaxed) == 50)
  }

  private struct Unchecked: @unchecked Sendable {
    let session: Session
    init(_ session: Session) { self.session = session }
  }

  /// A bundle in the middle of a file, at any multiple of 64.
  @Test(arguments: [0, 64, 4096, 16384 + 64, 3 * 4096 + 192]) func aPartOfAFileOpens(offset: Int) throws {
    let bytes = try unpack(try Emitted(FlatModel(Models.mobile())).bytes)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("o2m-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data([UInt8](repeating: 7, count: offset) + bytes + [1, 2, 3]).write(to: URL(fileURLWithPath: path))
    let file = open(path, O_RDONLY)
    defer { close(file) }
    let model = try Model.open(descriptor: file, offset: UInt64(offset), count: UInt64(bytes.count))
    let inputs = model.graph.seededInputs(3, .symmetric)
    #expect(try Session(model).run(inputs).map(bits) == Session(Model(BundleBytes(copying: bytes))).run(inputs).map(bits))
    #expect(throws: RunFault.misaligned) { try Model.open(descriptor: file, offset: UInt64(offset) + 1, count: 1000) }
    #expect(throws: RunFault.open(EINVAL)) { try Model.open(descriptor: file, offset: UInt64(offset), count: UInt64(bytes.count) + 4) }
    #expect(throws: RunFault.open(EINVAL)) { try Model.open(descriptor: file, offset: 1 << 40) }
    #expect(throws: RunFault.open(EBADF)) { try Model.open(descriptor: -1) }
  }
}
