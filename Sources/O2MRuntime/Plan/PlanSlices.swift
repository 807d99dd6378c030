import O2MOps
import O2MTensor

extension SlotMemory {
  /// The memory of a run of channels of this buffer; nil unless it holds pixels in the arena.
  fileprivate func channels(_ bytes: Range<Int>) -> SlotMemory? {
    guard region == .arena, count > 0, bytes.upperBound <= run else { return nil }
    return SlotMemory(region: region, offset: offset + bytes.lowerBound, count: count - run + bytes.count, pitch: pitch, run: bytes.count)
  }
}

extension PlanCheck {
  /// Where each part of a Concat or Split belongs in the whole; nil where the whole is not a buffer of pixels or there is no such part.
  func places(_ parts: [Int?], in whole: Int) -> [SlotMemory?] {
    var begin = 0
    return parts.map { part in
      guard let part, plan.slots[whole].layout == .channelsLast else { return nil }
      let value = graph.values[plan.slots[part].value]
      let end = begin + value.shape[1] * value.element.size
      defer { begin = end }
      return memory[whole].channels(begin..<end)
    }
  }

  /// Which parts of a Concat or Split lie in the whole already.
  func inPlace(_ parts: [Int?], of whole: Int?) -> [Bool] {
    guard let whole else { return parts.map { _ in false } }
    let places = places(parts, in: whole)
    return parts.indices.map { index in
      parts[index].map { plan.slots[$0].layout == .channelsLast && memory[$0] == places[index] } ?? false
    }
  }

  /// The same for parts that are all there. Embedded Swift has no conversion from `[Int]` to `[Int?]`.
  func inPlace(_ parts: [Int], of whole: Int?) -> [Bool] { inPlace(parts.map { Optional($0) }, of: whole) }
}
