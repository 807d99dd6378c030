import CFuzzer

/// libFuzzer calls these three. One program holds all targets; `--target=NAME` says which it is.
nonisolated(unsafe) private var target = FuzzTarget.importer

@_cdecl("LLVMFuzzerInitialize")
public func initialize(_ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafePointer<CChar>>>)
  -> Int32
{
  for index in 0..<Int(count.pointee) {
    let words = String(cString: arguments.pointee[index]).split(separator: "=", maxSplits: 1)
    guard words.count == 2, words[0] == "--target" else { continue }
    guard let named = FuzzTarget(rawValue: String(words[1])) else { fatalError("there is no target \(words[1])") }
    target = named
  }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  target.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ count: Int, _ capacity: Int, _ seed: UInt32) -> Int {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  guard let other = target.mutation(of: bytes, seed: seed), !other.isEmpty, other.count <= capacity else {
    return LLVMFuzzerMutate(data, count, capacity)
  }
  for (index, byte) in other.enumerated() { data[index] = byte }
  return other.count
}
