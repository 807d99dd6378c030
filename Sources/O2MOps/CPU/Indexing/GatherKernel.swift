import CO2MKernels
import O2MTensor

/// Slices picked by indices that are computed when the model runs, between plain operands.
///
/// - Errors: `.index` for an index outside the axis; nothing outside the input is read.
public struct GatherKernel {
  private let outer, extent, innerBytes, count: Int
  private let indexType: o2m_element

  /// nil unless all operands are plain and the indices int32 or int64.
  init?(axis: Int, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), indices = try site.input(1), y = site.outputs[0]
    guard x.isRowMajor, indices.isRowMajor, y.isRowMajor, indices.element == .int32 || indices.element == .int64 else { return nil }
    indexType = o2m_element(rawValue: UInt32(indices.element.rawValue))
    outer = x.shape.dims[..<axis].reduce(1, *)
    extent = x.shape[axis]
    innerBytes = x.shape.dims[(axis + 1)...].reduce(1, *) * x.element.size
    count = indices.shape.count
  }

  func run(_ memory: KernelMemory) throws(OpFault) {
    guard let x = memory.inputs[0], let indices = memory.inputs[1], let y = memory.outputs[0] else { return }
    guard o2m_gather(outer, extent, innerBytes, indexType, count, indices, x, y, memory.pool) != 0 else { return }
    let outside = (0..<count).lazy.map { index(indices, $0) }.first { $0 < -extent || $0 >= extent }
    throw .index(input: 1, found: outside ?? 0, limit: extent)
  }

  private func index(_ indices: UnsafeRawPointer, _ position: Int) -> Int {
    indexType == O2M_ELEMENT_S32
      ? Int(indices.load(fromByteOffset: position * 4, as: Int32.self))
      : Int(indices.load(fromByteOffset: position * 8, as: Int64.self))
  }
}
