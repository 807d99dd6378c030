import Testing

import O2MRuntime

struct WriteTimesTests {
  /// The tree says what a list of all bytes says, for ranges that it was made for and for parts of them.
  @Test(arguments: [0, 1, 2, 3, 30])
  func agreesWithEveryByte(count: Int) {
    var state = UInt64(count)
    func number(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let ranges = (0..<count).map { _ in
      let start = number(200)
      return start..<start + number(60)
    }
    var times = WriteTimes(ranges), bytes = [Int](repeating: 0, count: 300)
    for time in 1...400 where count > 0 {
      let range = ranges[number(count)], other = ranges[number(count)]
      if time % 3 == 0 {
        times.write(range, at: time)
        for byte in range { bytes[byte] = time }
      }
      #expect(times.last(other) == bytes[other].max() ?? 0)
    }
    #expect(times.last(0..<300) == bytes.max() ?? 0)
  }
}
