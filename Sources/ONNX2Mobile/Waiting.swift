import Dispatch
import Foundation

/// What `work` gives on a thread of the queue's, so that none of Swift's tasks' waits for it.
///
/// The value goes from thread to thread through a lock: the thread sanitizer does not see what a continuation puts in order.
func onQueue<Value: Sendable>(_ queue: DispatchQueue, _ work: @escaping @Sendable () -> Value) async -> Value {
  let result = Locked<Value?>(nil)
  await withCheckedContinuation { continuation in
    queue.async {
      let value = work()
      result.value = value
      continuation.resume()
    }
  }
  guard let value = result.value else { preconditionFailure("a continuation went on before its work was done") }
  return value
}

/// A value that several threads read and write.
final class Locked<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var stored: Value

  init(_ value: Value) { stored = value }

  var value: Value {
    get { with { $0 } }
    set { with { $0 = newValue } }
  }

  func with<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return body(&stored)
  }
}
