import CO2MAllocations
import Dispatch
import Foundation
import O2MBundle
import O2MGraph
import O2MRuntime
import O2MTensor
import O2MUnpack
import Synchronization
import Testing

/// Many sessions of one model, through Swift and through o2m.h. `make sanitize` runs these under the thread sanitizer.
struct ConcurrencyTests {
  /// Sessions of one model, some with threads of their own, do not disturb each other.
  @Test(arguments: [Models.mobile(), Models.mixed(), Models.recurrent()])
  func sessionsShareAModel(graph: Graph) throws {
    let model = try Emitted(FlatModel(graph)).model
    let inputs = (1...4 as ClosedRange<UInt64>).map { model.graph.seededInputs($0, .symmetric) }
    let expected = try inputs.map { try Session(model).run($0).map(bits) }
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 8) { worker in
      guard let session = try? Session(model, threads: 1 + worker % 3) else {
        wrong.add(1, ordering: .relaxed)
        return
      }
      for turn in 0..<12 {
        let index = (worker + turn) % inputs.count
        if (try? session.run(inputs[index]).map(bits)) != expected[index] { wrong.add(1, ordering: .relaxed) }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  /// Closing a model gives up the caller's hold and no more: its sessions go on, each on a thread of its own.
  @Test func aClosedModelLivesOnInItsSessions() throws {
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("o2m-\(UUID().uuidString).o2m")
    defer { try? FileManager.default.removeItem(at: scratch) }
    try writeAtomically(try unpack(try Emitted(FlatModel(Models.mobile())).bytes), to: scratch.path)
    let model = try Model(BundleBytes(mapping: scratch.path)), inputs = model.graph.seededInputs(3, .symmetric)
    let expected = try Session(model).run(inputs).map(bits)

    let handle = Handle(cModelOpen(scratch.path, 0, nil))
    let sessions = (0..<6).map { Handle(cSessionCreate(handle.pointer, UInt32(1 + $0 % 2), nil)) }
    #expect(handle.pointer != nil && sessions.allSatisfy { $0.pointer != nil })
    cModelClose(handle.pointer)
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: sessions.count) { worker in
      let session = sessions[worker].pointer
      for _ in 0..<20 {
        for (index, tensor) in inputs.enumerated() {
          tensor.withBytes { cSessionInput(session, UInt32(index))?.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        }
        if cSessionRun(session, nil) != 0 { wrong.add(1, ordering: .relaxed) }
        for (index, bytes) in expected.enumerated() {
          guard let output = cSessionOutput(session, UInt32(index)) else { continue }
          if Array(UnsafeRawBufferPointer(start: output, count: bytes.count)) != bytes { wrong.add(1, ordering: .relaxed) }
        }
      }
      cSessionDestroy(session)
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  /// Who calls while another thread has the session is refused, and the session goes on.
  @Test func aSessionHasOneUser() throws {
    let model = try Emitted(FlatModel(Models.mobile())).model, session = try Session(model)
    let handle = OpaquePointer(Unmanaged.passUnretained(session).toOpaque()), busy: Int32 = 22
    let bytes = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 8)
    defer { bytes.deallocate() }
    bytes.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
    let map = bytes.assumingMemoryBound(to: UInt8.self), inputs = UInt32(model.plan.inputs.count)
    let calls: [() -> Int32] = [
      { cSessionRun(handle, nil) }, { cSessionResize(handle, bytes, inputs, nil) }, { cSetImage(handle, 0, bytes, nil) },
      { cClassify(handle, nil, 1, bytes, nil, nil) }, { cDetect(handle, nil, 1, bytes, nil, nil) },
      { cSegment(handle, nil, map, 1, 1, nil) }, { cSetBoxLimits(handle, 0.5, 0.5, nil) },
      { cSessionSaveState(handle, bytes, 4096, nil) }, { cSessionRestoreState(handle, bytes, 4096, nil) },
    ]
    #expect(session.enter())
    for (index, call) in calls.enumerated() { #expect(call() == busy, "call \(index)") }
    session.leave()
    for (index, call) in calls.enumerated() { #expect(call() != busy, "call \(index)") }

    let handles = Handle(handle), ended = Atomic(0), others = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<50 {
        let code = cSessionRun(handles.pointer, nil)
        if code == 0 { ended.add(1, ordering: .relaxed) }
        if code != 0, code != busy { others.add(1, ordering: .relaxed) }
      }
    }
    #expect(ended.load(ordering: .relaxed) > 0 && others.load(ordering: .relaxed) == 0)
  }

  /// Models that are opened, used and closed by several threads at once.
  @Test func modelsComeAndGo() throws {
    let bytes = try unpack(try Emitted(FlatModel(Models.mixed())).bytes)
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 6) { worker in
      for turn in 0..<8 {
        guard let model = try? Model(BundleBytes(copying: bytes)), let session = try? Session(model, threads: 1 + (worker + turn) % 2),
          (try? session.run()) != nil
        else {
          wrong.add(1, ordering: .relaxed)
          continue
        }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  /// A hundred thousand runs take no more memory than one: none of them allocates.
  @Test(.enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"))
  func runsTakeNoMemory() throws {
    let session = try Session(Emitted(FlatModel(Models.small())).model)
    try session.run()
    o2m_allocations_begin()
    for _ in 0..<100_000 { try session.run() }
    #expect(o2m_allocations_end() == 0)
  }
}

/// A handle of o2m.h, which any thread may use.
private struct Handle: @unchecked Sendable {
  let pointer: OpaquePointer?
  init(_ pointer: OpaquePointer?) { self.pointer = pointer }
}
