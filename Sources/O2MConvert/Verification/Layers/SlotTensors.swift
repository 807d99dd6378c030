import O2MOps
import O2MRuntime
import O2MTensor

/// Elements of whole models, without a generic call for each.
extension Tensor {
  /// Every element as float64.
  var numbers: [Double] {
    guard element == .float32 else { return doubles() }
    return withBytes { bytes in bytes.bindMemory(to: Float.self).map { Double($0) } }
  }

  /// A tensor of these float32.
  init(_ shape: Shape, floats: [Float]) {
    self.init(.float32, shape, storage: TensorStorage(unfilled: 4 * shape.count))
    floats.withUnsafeBytes { storage.bytes.copyMemory(from: $0) }
  }
}

/// Tensors as they lie in the memory of a plan's slots.
extension Tensor {
  /// A copy of an operand, row-major.
  init(copying operand: StepView.Operand) {
    let type = operand.type
    self.init(type.element, type.shape, storage: TensorStorage(unfilled: type.byteCount))
    guard type.shape.count > 0, let from = operand.memory.baseAddress, let to = storage.bytes.baseAddress else { return }
    guard let pixels = Pixels(operand.slot, type) else {
      storage.bytes.copyMemory(from: operand.memory)
      return
    }
    switch type.element.size {
    case 1: pixels.read(from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self))
    case 2: pixels.read(from.assumingMemoryBound(to: UInt16.self), to.assumingMemoryBound(to: UInt16.self))
    case 4: pixels.read(from.assumingMemoryBound(to: UInt32.self), to.assumingMemoryBound(to: UInt32.self))
    default: pixels.read(from.assumingMemoryBound(to: UInt64.self), to.assumingMemoryBound(to: UInt64.self))
    }
  }

  /// Copies the elements to where a slot of this type lies; the gaps of a slice stay as they are.
  func write(to memory: UnsafeMutableRawBufferPointer, _ slot: Plan.Slot) {
    let type = TypedShape(element, shape)
    guard shape.count > 0, let from = storage.bytes.baseAddress, let to = memory.baseAddress else { return }
    guard let pixels = Pixels(slot, type) else { return memory.copyMemory(from: UnsafeRawBufferPointer(storage.bytes)) }
    switch element.size {
    case 1: pixels.write(from.assumingMemoryBound(to: UInt8.self), to.assumingMemoryBound(to: UInt8.self))
    case 2: pixels.write(from.assumingMemoryBound(to: UInt16.self), to.assumingMemoryBound(to: UInt16.self))
    case 4: pixels.write(from.assumingMemoryBound(to: UInt32.self), to.assumingMemoryBound(to: UInt32.self))
    default: pixels.write(from.assumingMemoryBound(to: UInt64.self), to.assumingMemoryBound(to: UInt64.self))
    }
  }
}

/// `[N, C, D…]` stored as `[N, D…, C]`, with a pitch from pixel to pixel.
private struct Pixels {
  let batch: Int
  let channels: Int
  let plane: Int
  let pitch: Int

  /// nil for a slot whose elements lie row-major.
  init?(_ slot: Plan.Slot, _ type: TypedShape) {
    guard slot.layout == .channelsLast, type.shape.rank >= 3 else { return nil }
    batch = type.shape[0]
    channels = type.shape[1]
    plane = type.shape.dims.dropFirst(2).reduce(1, *)
    pitch = slot.pitch
  }

  func read<T>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>) { each { to[$0] = from[$1] } }
  func write<T>(_ from: UnsafePointer<T>, _ to: UnsafeMutablePointer<T>) { each { to[$1] = from[$0] } }

  /// The places of every element, row-major and in the slot.
  @inline(__always)
  private func each(_ body: (Int, Int) -> Void) {
    for n in 0..<batch {
      for pixel in 0..<plane {
        let row = (n * plane + pixel) * pitch, column = n * channels * plane + pixel
        for c in 0..<channels { body(column + c * plane, row + c) }
      }
    }
  }
}
