import CO2MKernels
import O2MTensor

// Kernels of operators that find results, between plain operands.

/// The places of what is not zero, and how many there are.
public struct NonZeroKernel {
  private let rank: Int
  private let extents: [Int]
  private let element: o2m_element

  /// nil unless all operands are plain.
  init?(_ site: KernelSite) throws(OpFault) {
    let x = try site.input(0)
    guard x.isRowMajor, x.shape.rank <= 8, site.outputs.count == 2 else { return nil }
    rank = x.shape.rank
    extents = x.shape.dims
    element = o2m_element(rawValue: UInt32(x.element.rawValue))
    guard o2m_element_bytes(element) == x.element.size else { return nil }
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.inputs[0], let places = memory.outputs[0], let count = memory.outputs[1] else { return }
    let found = extents.withUnsafeBufferPointer { extents in
      extents.withMemoryRebound(to: UInt.self) { extents in
        o2m_non_zero(UInt32(rank), extents.baseAddress, element, x, places.assumingMemoryBound(to: Int64.self))
      }
    }
    count.storeBytes(of: max(0, found), as: Int64.self)
  }
}

/// The best boxes, and how many there are. Numbers that the model computes are read when it runs.
public struct NonMaxSuppressionKernel {
  private var what = o2m_suppression()
  private let hasMost, hasOverlap, hasThreshold: Bool
  private let room: Int
  let scratchBytes: Int

  /// nil unless all operands are plain float32, with int64 for the most boxes.
  init?(_ op: NonMaxSuppression, _ site: KernelSite) throws(OpFault) {
    let boxes = try site.input(0), scores = try site.input(1)
    guard boxes.isFloat32, scores.isFloat32, boxes.isRowMajor, scores.isRowMajor, site.outputs.count == 2 else { return nil }
    for index in 3...4 { if let operand = site.optional(index), !operand.isFloat32 || !operand.isRowMajor { return nil } }
    if let most = site.optional(2), most.element != .int64 || !most.isRowMajor { return nil }
    (hasMost, hasOverlap, hasThreshold) = (site.optional(2) != nil, site.optional(3) != nil, site.optional(4) != nil)
    let items = boxes.shape[0].clampedTimes(scores.shape[1])
    room = items == 0 ? 0 : site.outputs[0].shape[0] / items
    what.batches = boxes.shape[0]
    what.classes = scores.shape[1]
    what.count = boxes.shape[1]
    what.centered = op.isCentered ? 1 : 0
    what.has_threshold = hasThreshold ? 1 : 0
    guard let bytes = Int(exactly: o2m_f32_suppress_scratch_bytes(&what, room, UInt32(site.threads))), bytes < Int.max / 4 else {
      throw .overflow
    }
    scratchBytes = bytes
  }

  func run(_ memory: KernelMemory) {
    guard let boxes = memory.floats(0), let scores = memory.floats(1), let found = memory.outputs[0], let count = memory.outputs[1] else {
      return
    }
    var what = what
    let most = hasMost ? memory.inputs[2]?.load(as: Int64.self) ?? 0 : 0
    what.most = max(0, min(room, Int(clamping: most)))
    if hasOverlap, let overlap = memory.floats(3) { what.overlap = overlap[0] }
    if hasThreshold, let threshold = memory.floats(4) { what.threshold = threshold[0] }
    let rows = o2m_f32_suppress(
      &what, boxes, scores, memory.scratch, found.assumingMemoryBound(to: Int64.self), memory.pool)
    count.storeBytes(of: Int64(rows), as: Int64.self)
  }
}

/// The best elements of lines.
public struct TopKKernel {
  private let element: o2m_element
  private let isLargest: Bool
  private let lines: Lines
  private let k: Int
  private let hasIndices: Bool
  let scratchBytes: Int

  /// nil unless all operands are plain, and the elements float32 or int32.
  init?(_ op: TopK, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.isRowMajor, y.isRowMajor, x.element == .float32 || x.element == .int32, x.shape.rank >= 1 else { return nil }
    let axis = try x.shape.resolve(op.axis)
    guard x.shape[axis] < Int(Int32.max), y.shape[axis] <= x.shape[axis] else { return nil }
    for output in site.outputs where !output.isRowMajor { return nil }
    element = o2m_element(rawValue: UInt32(x.element.rawValue))
    isLargest = op.isLargest
    lines = x.shape.lines(along: axis)
    k = y.shape[axis]
    hasIndices = site.outputs.count > 1
    scratchBytes = Int(clamping: o2m_top_k_scratch_bytes(k, UInt32(site.threads)))
    guard scratchBytes < Int.max / 4 else { throw .overflow }
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.inputs[0], let values = memory.outputs[0] else { return }
    let indices = hasIndices ? memory.outputs[1]?.assumingMemoryBound(to: Int64.self) : nil
    _ = o2m_top_k(
      element, isLargest ? 1 : 0, lines.outer, lines.extent, lines.inner, k, x, values, indices, memory.scratch, memory.pool)
  }
}

/// An operator whose operands all lie plain.
protocol PlainKernels: CPUKernels {}

extension PlainKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }
}

extension NonZero: PlainKernels {
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try NonZeroKernel(site).map { .nonZero($0) } }
}

extension NonMaxSuppression: PlainKernels {
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try NonMaxSuppressionKernel(self, site).map { .suppress($0) } }
}

extension TopK: PlainKernels {
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try TopKKernel(self, site).map { .topK($0) } }
}

extension Shorten: PlainKernels {
  /// The first rows lie in front.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { .alias }
}
