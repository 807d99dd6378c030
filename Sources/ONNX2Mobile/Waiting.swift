import Dispatch
import Foundation

/// What `work` gives on a thread of the queue's, so that none of Swift's tasks' waits for it.
func onQueue<Value: Sendable>(_ queue: DispatchQueue, _ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
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
