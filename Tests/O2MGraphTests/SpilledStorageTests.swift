import O2MGraph
import O2MTensor
import Testing

/// Large tensors that may leave memory.
struct SpilledStorageTests {
  /// What was written is there again, however often the pages were given back; several tensors do not disturb each other.
  @Test func restingTensorsKeepTheirElements() {
    let count = SpilledStorage.leastBytes / 4 + 1000
    let tensors = (0..<3).map { number in
      let storage = SpilledStorage.storage(unfilled: 4 * count)
      #expect(storage is SpilledStorage && storage.bytes.count == 4 * count)
      let elements = storage.bytes.bindMemory(to: Float.self)
      for index in 0..<count { elements[index] = Float(index % 1013 + number) }
      return Tensor(.float32, [count], storage: storage)
    }
    for _ in 0..<3 {
      for (number, tensor) in tensors.enumerated() {
        tensor.rest()
        tensor.rest()
        let wrong = tensor.withElements(of: Float.self) { elements in
          elements.indices.count { elements[$0] != Float($0 % 1013 + number) }
        }
        #expect(wrong == 0)
      }
    }
  }

  @Test func smallTensorsStayInMemory() {
    let storage = SpilledStorage.storage(unfilled: SpilledStorage.leastBytes - 1)
    #expect(!(storage is SpilledStorage) && storage.bytes.count == SpilledStorage.leastBytes - 1)
    Tensor([2], [1, 2] as [Float]).rest()
  }
}
