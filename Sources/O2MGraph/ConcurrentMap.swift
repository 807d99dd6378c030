import Dispatch

/// `body` of every index below `count`, on all cores; the results in order.
package func concurrentMap<T: Sendable>(_ count: Int, _ body: @Sendable (Int) -> T) -> [T] {
  let slots = Slots<T>(count: count)
  DispatchQueue.concurrentPerform(iterations: count) { index in slots.set(index, body(index)) }
  return slots.values.compactMap { $0 }
}

/// Both results, worked out at the same time.
package func concurrently<A: Sendable, B: Sendable>(_ first: @Sendable () -> A, _ second: @Sendable () -> B) -> (A, B) {
  let a = Slots<A>(count: 1), b = Slots<B>(count: 1)
  DispatchQueue.concurrentPerform(iterations: 2) { index in
    if index == 0 { a.set(0, first()) } else { b.set(0, second()) }
  }
  guard let first = a.values[0], let second = b.values[0] else { preconditionFailure("work was left undone") }
  return (first, second)
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
