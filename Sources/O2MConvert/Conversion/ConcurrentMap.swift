import Dispatch

/// `body` of every index below `count`, on all cores; the results in order.
func concurrentMap<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
  let slots = Slots<T>(count: count)
  DispatchQueue.concurrentPerform(iterations: count) { index in slots.set(index, body(index)) }
  return slots.values.compactMap { $0 }
}

/// Results that threads fill in, each at its own index.
private final class Slots<T>: @unchecked Sendable {
  private let lock = DispatchSemaphore(value: 1)
  private(set) var values: [T?]

  init(count: Int) { values = [T?](repeating: nil, count: count) }

  func set(_ index: Int, _ value: T) {
    lock.wait()
    values[index] = value
    lock.signal()
  }
}
