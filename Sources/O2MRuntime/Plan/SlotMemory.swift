import O2MOps
import O2MTensor

/// Where a slot's bytes lie, with aliases followed.
struct SlotMemory: Equatable {
  enum Region: Equatable {
    case arena, weights
    /// What follows from the shapes; offsets are numbers of slots.
    case derived
  }

  var region: Region
  /// Bytes from the start of the region.
  var offset: Int
  /// Bytes from the first element to the end of the last.
  var count: Int
  /// Bytes from pixel to pixel, and those of a pixel that belong to the slot: equal unless it is a slice of channels.
  var pitch: Int
  var run: Int

  var range: Range<Int> { offset..<offset + count }
  var isSlice: Bool { run < pitch }

  /// Whether the two are the same bytes: as slices of one kind, or both without gaps, however their pixels are counted.
  func isSame(as other: SlotMemory) -> Bool {
    guard region == other.region, range == other.range else { return false }
    return pitch == other.pitch && run == other.run || pitch == run && other.pitch == other.run
  }

  /// Whether a byte belongs to both. Slices of different channels of one buffer do not overlap.
  func overlaps(_ other: SlotMemory) -> Bool {
    guard region == other.region, count > 0, other.count > 0, range.overlaps(other.range) else { return false }
    guard pitch == other.pitch, run < pitch || other.run < pitch else { return true }
    let ahead = ((other.offset - offset) % pitch + pitch) % pitch
    return ahead < run || pitch - ahead < other.run
  }
}

extension Plan.Slot {
  /// Bytes from the first element to the end of the last one, with the pitch in bytes and the bytes of a pixel; nil where the pitch
  /// or the layout does not suit the shape.
  func extent(_ value: TypedShape) -> (count: Int, pitch: Int, run: Int)? {
    let shape = value.shape, size = value.element.size
    guard layout == .channelsLast else {
      return pitch == Operand(value).pitch ? (value.byteCount, 1, 1) : nil
    }
    guard shape.rank >= 3, pitch >= shape[1] else { return nil }
    guard shape.count > 0 else { return (0, 1, 1) }
    let pixels = shape.count / shape[1]
    let (gap, tooFar) = pitch.multipliedReportingOverflow(by: pixels)
    let (bytes, tooLong) = gap.multipliedReportingOverflow(by: size)
    guard !tooFar, !tooLong else { return nil }
    return (bytes - (pitch - shape[1]) * size, pitch * size, shape[1] * size)
  }
}

extension Plan {
  /// Where every slot lies. Throws unless each lies inside its region, aligned, in a form that its value can have.
  func memory(
    _ graph: FlatGraph, weightBytes: Int, derived: [Tensor?], counted: CountedValues
  ) throws(FormatFault) -> [SlotMemory] {
    var memory: [SlotMemory] = []
    memory.reserveCapacity(slots.count)
    for (index, slot) in slots.enumerated() {
      let value = graph.values[slot.value]
      switch slot.place {
      case .weights(let offset, let count, let scales):
        guard graph.isConstant(slot.value), slot.isForm(value) else { throw .step(-1, .form(slot: index)) }
        guard offset % BundleFormat.blobAlignment == 0, offset <= weightBytes, count <= weightBytes - offset else {
          throw .step(-1, .place(slot: index))
        }
        if let scales {
          guard scales % BundleFormat.blobAlignment == 0, scales <= weightBytes else { throw .step(-1, .place(slot: index)) }
        }
        memory.append(SlotMemory(region: .weights, offset: offset, count: count, pitch: 1, run: 1))
      case .arena(let offset):
        guard !graph.isConstant(slot.value), slot.isDense, let (count, pitch, run) = slot.extent(value, counted.room(slot.value)) else {
          throw .step(-1, .form(slot: index))
        }
        let unit = pitch == run ? BundleFormat.blobAlignment : value.element.size
        guard offset % unit == 0, offset <= arenaBytes, count <= arenaBytes - offset else { throw .step(-1, .place(slot: index)) }
        memory.append(SlotMemory(region: .arena, offset: offset, count: count, pitch: pitch, run: run))
      case .derived:
        guard graph.isConstant(slot.value), slot.isDense, index < derived.count, let tensor = derived[index],
          tensor.element == value.element, tensor.shape.count == value.shape.count
        else { throw .step(-1, .form(slot: index)) }
        memory.append(SlotMemory(region: .derived, offset: index, count: value.byteCount, pitch: 1, run: 1))
      case .alias(let root):
        guard !graph.isConstant(slot.value), slot.isDense, slots[root].isDense,
          let (count, pitch, run) = slot.extent(value, counted.room(slot.value)), pitch == run
        else { throw .step(-1, .form(slot: index)) }
        guard memory[root].count == count, memory[root].pitch == memory[root].run else { throw .step(-1, .place(slot: index)) }
        memory.append(SlotMemory(region: memory[root].region, offset: memory[root].offset, count: count, pitch: 1, run: 1))
      }
    }
    return memory
  }
}

extension Plan.Slot {
  /// The same for a value that may take `room` bytes, which has to lie without gaps.
  fileprivate func extent(_ value: TypedShape, _ room: Int?) -> (count: Int, pitch: Int, run: Int)? {
    guard let (count, pitch, run) = extent(value) else { return nil }
    guard let room else { return (count, pitch, run) }
    return pitch == run && self.pitch == Operand(value).pitch ? (room, 1, 1) : nil
  }

  /// Row-major or channels last in the value's own element type.
  var isDense: Bool { packing == .plain && precision == .float32 }

  /// Whether a constant of this type can be stored so; its length is checked where it is read.
  fileprivate func isForm(_ value: TypedShape) -> Bool {
    if precision != .float32 { return packing.isWeights && value.element == .float32 }
    return packing == .plain || value.element == .float32
  }
}
