import CO2MPlatform
import O2MGraph
import O2MOps

extension StoredConstants {
  /// The bytes that each of `constants` takes in a bundle when it is stored as `precision`, as an order-0 entropy coder would code
  /// them: int8 values, and floats as planes of bytes. By value index.
  ///
  /// It stands in for the length after zstd, which may not decide anything: raw sections are the same for every libzstd.
  public func bytes(_ constants: [Int], as precision: WeightPrecision) -> [Int: Int] {
    let found = concurrentMap(constants.count) { bytes(constants[$0], as: precision) }
    return Dictionary(uniqueKeysWithValues: zip(constants, found).compactMap { index, bytes in bytes.map { (index, $0) } })
  }

  private func bytes(_ index: Int, as precision: WeightPrecision) -> Int? {
    guard let tensor = model.constant(index) else { return nil }
    defer { tensor.rest() }
    switch precision {
    case .float32: return Self.entropyBytes(tensor.withElements(of: Float.self) { $0.map(\.bitPattern) }, planes: 4)
    case .float16:
      let words = tensor.withElements(of: Float.self) { $0.map { UInt32(Float16($0).bitPattern) } }
      return Self.entropyBytes(words, planes: 2)
    case .int8:
      guard let int8 = int8(index) else { return nil }
      return Self.entropyBytes(int8.values.map { UInt32(UInt8(bitPattern: $0)) }, planes: 1) + 4 * int8.scales.count
    }
  }

  /// Shannon's bound for the lowest `planes` bytes of every word, each plane by itself; in steps of 1/256 bit per symbol, so that the
  /// last digit of a logarithm changes nothing.
  private static func entropyBytes(_ words: [UInt32], planes: Int) -> Int {
    var bits = 0
    for plane in 0..<planes {
      var counts = [Int](repeating: 0, count: 256)
      for word in words { counts[Int(word >> UInt32(8 * plane)) & 0xFF] += 1 }
      var entropy = 0.0
      for count in counts where count > 0 { entropy -= Double(count) * (o2m_log(Double(count) / Double(words.count)) / o2m_log(2)) }
      bits += Int(entropy / Double(max(1, words.count)) * 256 + 0.5) * words.count
    }
    return bits / 256 / 8
  }
}
