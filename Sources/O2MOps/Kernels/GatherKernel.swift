import CO2MKernels
import O2MTensor

/// Slices picked by indices that are computed when the model runs, between plain operands.
///
/// An index outside the axis leaves zeros in the whole output: a run does not fail, and nothing outside the input is read.
public struct GatherKernel {
  private let outer, extent, innerBytes, count, outputBytes: Int
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
    outputBytes = y.shape.count * y.element.size
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.inputs[0], let indices = memory.inputs[1], let y = memory.outputs[0] else { return }
    if o2m_gather(outer, extent, innerBytes, indexType, count, indices, x, y, memory.pool) != 0 {
      y.initializeMemory(as: UInt8.self, repeating: 0, count: outputBytes)
    }
  }
}
