import CO2MKernels
import O2MTensor

/// Elements put where indices that are computed when the model runs say, between plain operands.
///
/// - Errors: `.index` for an index outside the axis; nothing outside the output is written.
public struct ScatterKernel {
  private let axis, elementBytes, extent, count: Int
  private let extents, indexExtents: [Int]
  private let indexType: o2m_element

  /// nil unless all operands are plain, the indices int32 or int64, and elements of a size that C moves.
  init?(axis: Int, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), indices = try site.input(1), updates = try site.input(2), y = site.outputs[0]
    guard x.isRowMajor, indices.isRowMajor, updates.isRowMajor, y.isRowMajor, indices.element == .int32 || indices.element == .int64,
      [1, 2, 4, 8].contains(x.element.size), (1...Int(O2M_MAX_DIMS)).contains(x.shape.rank)
    else { return nil }
    self.axis = axis
    elementBytes = x.element.size
    extent = x.shape[axis]
    count = indices.shape.count
    extents = x.shape.dims
    indexExtents = indices.shape.dims
    indexType = o2m_element(rawValue: UInt32(indices.element.rawValue))
  }

  func run(_ memory: KernelMemory) throws(OpFault) {
    guard let x = memory.inputs[0], let indices = memory.inputs[1], let updates = memory.inputs[2], let y = memory.outputs[0] else {
      return
    }
    let failed = extents.withUnsafeBufferPointer { extents in
      indexExtents.withUnsafeBufferPointer {
        o2m_scatter_elements(
          UInt32(extents.count), UInt32(axis), extents.baseAddress, $0.baseAddress, elementBytes, indexType, indices, updates, x, y)
      }
    }
    guard failed != 0 else { return }
    throw .index(input: 1, found: GatherKernel.firstOutside(extent, indexType, count, indices), limit: extent)
  }
}

extension ScatterElements: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    guard reduction == .none else { return nil }
    return try ScatterKernel(axis: try site.input(0).shape.resolve(axis), site).map { .scatter($0) }
  }
}
