internal import CO2MRuntime
import Foundation

/// Chunks of one stream, run one after another: the model's state goes from each to the next.
///
///     let stream = try await model.stream()
///     for chunk in audio {
///       let voice = try await stream.run(["audio": chunk]).tensor("voice", of: Float.self)
///     }
///
/// A stream has an arena of its own. Calls wait for each other, in the order in which they came; one that fails or is cancelled leaves the
/// state as it was.
public actor ModelStream {
  private let model: MobileModel
  private let session: RunSession
  /// What the call before ends with.
  private var last: Task<Void, Never>?

  fileprivate init(_ model: MobileModel) throws(ModelError) {
    self.model = model
    session = try RunSession(model.handle, threads: UInt32(model.options.threads))
  }

  /// Runs the next chunk: a tensor for every input, by name; state may be left out, and begins anew with what is given for it.
  ///
  /// - Errors: those of `MobileModel.run`.
  public func run(_ inputs: [String: any AnyModelTensor]) async throws(ModelError) -> ModelOutputs {
    let given = try model.ordered(inputs), outputs = model.outputs
    let (found, timings) = try await perform { session throws(ModelError) in try session.run(given, outputs) }
    model.lastTimings.value = timings
    return found
  }

  /// Begins a new stream: the state is what it was before the first chunk.
  public func reset() async throws(ModelError) {
    try await perform { session throws(ModelError) in o2m_session_reset_state(session.pointer) }
  }

  /// The state, for `restore` here or in another process.
  public func save() async throws(ModelError) -> Data {
    try await perform { session throws(ModelError) in
      var bytes = [UInt8](repeating: 0, count: o2m_session_state_size(session.pointer))
      let count = bytes.count
      try bytes.withUnsafeMutableBytes { target in
        Result { () throws(ModelError) in try session.check { o2m_session_save_state(session.pointer, target.baseAddress, count, $0) } }
      }.get()
      return Data(bytes)
    }
  }

  /// Makes the state what `save` gave.
  ///
  /// - Errors: `.state` where it is of another model, of other extents, or damaged; then the state stays.
  public func restore(_ state: Data) async throws(ModelError) {
    let bytes = [UInt8](state)
    try await perform { session throws(ModelError) in
      try bytes.withUnsafeBytes { source in
        Result { () throws(ModelError) in
          try session.check { o2m_session_restore_state(session.pointer, source.baseAddress, bytes.count, $0) }
        }
      }.get()
    }
  }

  /// What `work` gives after the calls before: an actor lets others in while one waits.
  private func perform<Value: Sendable>(
    _ work: @escaping @Sendable (RunSession) throws(ModelError) -> Value
  ) async throws(ModelError) -> Value {
    let before = last, session = session
    let call = Task {
      await before?.value
      return await session.perform(work)
    }
    last = Task { _ = await call.value }
    let result = await withTaskCancellationHandler {
      await call.value
    } onCancel: {
      call.cancel()
    }
    return try result.get()
  }
}

extension MobileModel {
  /// A stream of chunks, which keeps the state of the model from one to the next; any number of them may go on side by side.
  ///
  /// - Errors: `.memory`, `.threads`.
  public func stream() throws(ModelError) -> ModelStream { try ModelStream(self) }
}
