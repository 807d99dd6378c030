/// Memory that grows at its end, and the gaps in it by their size.
///
/// A gap is as large as it can be: two never touch. They lie on shelves of similar sizes, eight for each doubling; the first that holds
/// what is asked for is taken, so taking and giving back cost the same however many gaps there are.
package struct FreeMemory {
  /// Bytes from the start to the end of what was ever taken.
  package private(set) var end = 0
  private var sizes: [Int: Int] = [:]
  private var starts: [Int: Int] = [:]
  /// The starts of gaps by shelf. One that was taken or has grown since stays until it is met.
  private var shelves: [[(start: Int, size: Int)]] = []

  package init() {}

  /// The start of so many bytes.
  package mutating func take(_ bytes: Int) -> Int {
    guard bytes > 0 else { return 0 }
    var shelf = Self.shelf(of: bytes)
    // On the first shelf some are too small; the last one put there is looked at.
    while shelf < shelves.count {
      guard let (start, size) = shelves[shelf].last else {
        shelf += 1
        continue
      }
      guard sizes[start] == size else {
        shelves[shelf].removeLast()
        continue
      }
      guard size >= bytes else {
        shelf += 1
        continue
      }
      shelves[shelf].removeLast()
      remove(start, size)
      if size > bytes { add(start + bytes, size - bytes) }
      return start
    }
    // The gap at the end grows.
    let start = starts[end] ?? end
    if start < end { remove(start, end - start) }
    if start + bytes < end { add(start + bytes, end - start - bytes) }
    end = max(end, start + bytes)
    return start
  }

  package mutating func release(_ start: Int, _ bytes: Int) {
    guard bytes > 0 else { return }
    var (start, stop) = (start, start + bytes)
    if let before = starts[start] {
      remove(before, start - before)
      start = before
    }
    if let size = sizes[stop] {
      remove(stop, size)
      stop += size
    }
    add(start, stop - start)
  }

  private mutating func add(_ start: Int, _ size: Int) {
    sizes[start] = size
    starts[start + size] = start
    let shelf = Self.shelf(of: size)
    while shelves.count <= shelf { shelves.append([]) }
    shelves[shelf].append((start, size))
  }

  private mutating func remove(_ start: Int, _ size: Int) {
    sizes[start] = nil
    starts[start + size] = nil
  }

  /// Ascends with the size.
  private static func shelf(of size: Int) -> Int {
    let doublings = Int.bitWidth - 1 - size.leadingZeroBitCount
    return doublings < 3 ? size : 8 * (doublings - 2) + (size >> (doublings - 3)) - 8
  }
}
