/// The sessions of a model, each with one call at a time. Calls that find none free wait in the order in which they came.
actor SessionPool {
  private let model: ModelHandle
  private let threads: UInt32
  private let limit: Int
  private var idle: [RunSession]
  private var made = 1
  private var waiting: [(number: UInt64, call: CheckedContinuation<RunSession?, Never>)] = []
  private var lastNumber: UInt64 = 0

  /// The first session is made now, so that opening a model finds out whether there is memory.
  init(_ model: ModelHandle, threads: UInt32, limit: Int) throws(ModelError) {
    (self.model, self.threads, self.limit) = (model, threads, limit)
    idle = [try RunSession(model, threads: threads)]
  }

  /// What `work` gives with a session of its own.
  ///
  /// - Errors: those of `work`; `.cancelled` where the task is cancelled first; `.memory` and `.threads`.
  nonisolated func run<Value: Sendable>(
    _ work: @escaping @Sendable (RunSession) throws(ModelError) -> Value
  ) async throws(ModelError) -> Value {
    let session = try await take()
    let result = await session.perform(work)
    await give(session)
    return try result.get()
  }

  private func take() async throws(ModelError) -> RunSession {
    guard !Task.isCancelled else { throw .cancelled }
    if let session = idle.popLast() { return session }
    if made < limit {
      let session = try RunSession(model, threads: threads)
      made += 1
      return session
    }
    lastNumber += 1
    let number = lastNumber
    let given = await withTaskCancellationHandler {
      await withCheckedContinuation { waiting.append((number, $0)) }
    } onCancel: {
      Task { await self.leave(number) }
    }
    guard let given else { throw .cancelled }
    return given
  }

  private func give(_ session: RunSession) {
    if waiting.isEmpty { idle.append(session) } else { waiting.removeFirst().call.resume(returning: session) }
  }

  /// A call whose task was cancelled waits no longer.
  private func leave(_ number: UInt64) {
    guard let place = waiting.firstIndex(where: { $0.number == number }) else { return }
    waiting.remove(at: place).call.resume(returning: nil)
  }
}
