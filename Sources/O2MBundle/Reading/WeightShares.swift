import CZstd
import O2MOps
import O2MRuntime

extension OpenedBundle {
  /// What each stored constant takes of the weights section as it lies in the file, by slot: the section's length divided as the constants
  /// would be long when each is compressed alone.
  ///
  /// One frame holds all of them, so that no constant has a length of its own there.
  public var weightShares: [Int: Int] {
    guard let section = sections.first(where: { $0.type == SectionType.weights.rawValue }) else { return [:] }
    var alone: [Int: Int] = [:], total = 0
    for (slot, form) in model.plan.slots.enumerated() {
      guard case .weights(_, let count, _) = form.place, let bytes = model.operand(form).constant else { continue }
      let width = form.precision == .float32 ? model.graph.values[form.value].element.size : form.precision.size(of: .float32)
      let own = section.storedBytes < section.rawBytes ? Self.compressedBytes(bytes, count, width: width) : count
      alone[slot] = own
      total += own
    }
    return alone.mapValues { Int((Double($0) / Double(max(1, total)) * Double(section.storedBytes)).rounded()) }
  }

  /// With the bytes of equal place side by side, as sections have them.
  private static func compressedBytes(_ bytes: UnsafeRawPointer, _ count: Int, width: Int) -> Int {
    var planes = [UInt8](repeating: 0, count: count)
    let rows = width > 0 ? count / width : 0
    for row in 0..<rows {
      for plane in 0..<width { planes[plane * rows + row] = bytes.load(fromByteOffset: row * width + plane, as: UInt8.self) }
    }
    var target = [UInt8](repeating: 0, count: ZSTD_compressBound(count))
    return ZSTD_compress(&target, target.count, planes, count, 1)
  }
}
