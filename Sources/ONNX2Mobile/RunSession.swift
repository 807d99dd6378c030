internal import CO2MRuntime
import Dispatch

/// A session of the runtime, used by one call at a time on a queue of its own.
final class RunSession: @unchecked Sendable {
  /// For the `work` that `perform` calls.
  let pointer: OpaquePointer
  let model: ModelHandle
  /// Those that the inputs have now, for the `work` that `perform` calls.
  private var shapes: [[Int]]
  private let queue = DispatchQueue(label: "onnx2mobile.session", qos: .userInitiated)

  init(_ model: ModelHandle, threads: UInt32) throws(ModelError) {
    var error = o2m_error()
    guard let pointer = o2m_session_create(model.pointer, threads, &error) else { throw ModelError(error) }
    self.pointer = pointer
    self.model = model
    shapes = []
    shapes = inputShapes
  }

  deinit { o2m_session_destroy(pointer) }

  /// What `work` gives. Where the task is cancelled, the run that goes on ends before its next step.
  func perform<Value: Sendable>(
    _ work: @escaping @Sendable (RunSession) throws(ModelError) -> Value
  ) async -> Result<Value, ModelError> {
    let cancellation = Cancellation(self)
    return await withTaskCancellationHandler {
      await onQueue(queue) {
        guard cancellation.begin() else { return .failure(.cancelled) }
        let result = Result { () throws(ModelError) in try work(self) }
        cancellation.end(wasTaken: result.isCancelled)
        return result
      }
    } onCancel: {
      cancellation.cancel()
    }
  }

  /// Gives the inputs these shapes, where they have others: what stands in them is lost. nil for state, whose shape follows.
  ///
  /// - Errors: `.shape` where the bundle does not take them; `.memory`.
  func resize(to shapes: [[Int]?]) throws(ModelError) {
    guard zip(shapes, self.shapes).contains(where: { $0 != nil && $0 != $1 }) else { return }
    let tensors = shapes.map { o2m_tensor(shape: $0) }
    try check { o2m_session_resize(pointer, tensors, UInt32(tensors.count), $0) }
    self.shapes = inputShapes
  }

  /// Those that the runtime has now.
  private var inputShapes: [[Int]] {
    (0..<o2m_model_input_count(model.pointer)).map { index in
      var tensor = o2m_tensor()
      _ = o2m_session_input_shape(pointer, index, &tensor)
      return tensor.shape
    }
  }

  /// Throws what a function of the runtime left, unless its code is 0.
  func check(_ call: (UnsafeMutablePointer<o2m_error>) -> Int32) throws(ModelError) {
    var error = o2m_error()
    guard call(&error) == 0 else { throw ModelError(error, model: model.pointer) }
  }
}

extension Result where Failure == ModelError {
  fileprivate var isCancelled: Bool { if case .failure(let error) = self { error.reason == .cancelled } else { false } }
}

/// What becomes of one call when its task is cancelled: before it, during it, or too late. The session goes on to the next call clean.
private final class Cancellation: Sendable {
  private enum State { case waiting, running, over }

  private let session: RunSession
  private let state = Locked((now: State.waiting, isCancelled: false))

  init(_ session: RunSession) { self.session = session }

  func cancel() {
    state.with { state in
      state.isCancelled = true
      if state.now == .running { o2m_session_cancel(session.pointer) }
    }
  }

  /// False where there is nothing to do any more.
  func begin() -> Bool {
    state.with { state in
      state.now = .running
      return !state.isCancelled
    }
  }

  /// A cancellation that no run has taken would end the next one, of another call: a run takes it, before its first step.
  func end(wasTaken: Bool) {
    let isLeft = state.with { state in
      state.now = .over
      return state.isCancelled && !wasTaken
    }
    if isLeft { _ = o2m_session_run(session.pointer, nil) }
  }
}
