/// Candidates by their scores: a heap, of which as many are taken in order as are needed.
struct BoxQueue {
  /// The bits of a score, which order scores from 0 on, above the complement of the candidate's number.
  private let keys: UnsafeMutablePointer<UInt64>
  private(set) var count = 0

  init(_ keys: UnsafeMutablePointer<UInt64>) { self.keys = keys }

  /// Adds a candidate, out of order. `score` is 0 or more.
  mutating func add(_ score: Float, _ index: Int) {
    // Of two zeros one.
    keys[count] = UInt64((score + 0).bitPattern) << 32 | UInt64(~UInt32(truncatingIfNeeded: index))
    count += 1
  }

  /// Once after all were added.
  func order() {
    var index = count / 2
    while index > 0 {
      index -= 1
      sink(index)
    }
  }

  /// Takes the best; of equal scores the lowest number.
  mutating func next() -> (score: Float, index: Int)? {
    guard count > 0 else { return nil }
    let key = keys[0]
    count -= 1
    keys[0] = keys[count]
    sink(0)
    return (Float(bitPattern: UInt32(truncatingIfNeeded: key >> 32)), Int(~UInt32(truncatingIfNeeded: key)))
  }

  private func sink(_ start: Int) {
    guard start < count else { return }
    let key = keys[start]
    var place = start
    while 2 * place + 1 < count {
      var child = 2 * place + 1
      if child + 1 < count, keys[child + 1] > keys[child] { child += 1 }
      guard keys[child] > key else { break }
      keys[place] = keys[child]
      place = child
    }
    keys[place] = key
  }
}
