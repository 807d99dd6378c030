/// Sorts in place. The standard library's sort is ten times this in code.
func heapSort(_ values: inout [Int], by isBefore: (Int, Int) -> Bool) {
  func sink(_ start: Int, _ end: Int) {
    var parent = start
    while 2 * parent + 1 < end {
      var child = 2 * parent + 1
      if child + 1 < end, isBefore(values[child], values[child + 1]) { child += 1 }
      guard isBefore(values[parent], values[child]) else { return }
      values.swapAt(parent, child)
      parent = child
    }
  }
  var start = values.count / 2
  while start > 0 {
    start -= 1
    sink(start, values.count)
  }
  var end = values.count
  while end > 1 {
    end -= 1
    values.swapAt(0, end)
    sink(0, end)
  }
}

/// The numbers below `count` in order.
func sorted(_ count: Int, by isBefore: (Int, Int) -> Bool) -> [Int] {
  var values: [Int] = []
  values.reserveCapacity(count)
  for value in 0..<count { values.append(value) }
  heapSort(&values, by: isBefore)
  return values
}
