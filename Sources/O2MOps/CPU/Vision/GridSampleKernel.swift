import CO2MKernels
import O2MTensor

/// GridSample of float32 pictures that lie channels last, by a plain grid.
public struct GridSampleKernel {
  private var params = o2m_f32_grid_params()

  /// nil unless picture and grid are float32, with two spatial axes.
  init?(_ op: GridSample, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), grid = try site.input(1), y = site.outputs[0]
    guard x.shape.rank == 4, x.isFloat32, grid.isFloat32, y.isFloat32, grid.isRowMajor, x.layout == .channelsLast,
      y.layout == .channelsLast
    else { return nil }
    params.mode =
      switch op.mode {
      case .nearest: O2M_GRID_NEAREST.rawValue
      case .linear: O2M_GRID_LINEAR.rawValue
      case .cubic: O2M_GRID_CUBIC.rawValue
      }
    params.padding =
      switch op.padding {
      case .zeros: O2M_GRID_ZEROS.rawValue
      case .border: O2M_GRID_BORDER.rawValue
      case .reflection: O2M_GRID_REFLECTION.rawValue
      }
    params.aligns_corners = op.alignsCorners ? 1 : 0
    params.batch = x.shape[0]
    (params.height, params.width) = x.picture
    (params.channels, params.x_pitch) = (x.shape[1], x.pitch)
    (params.positions, params.y_pitch) = (y.shape[2] * y.shape[3], y.pitch)
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let grid = memory.floats(1), let y = memory.result() else { return }
    var params = params
    o2m_f32_grid_sample(&params, x, grid, y, memory.pool)
  }
}

extension GridSample: CPUKernels {
  public static var memory: OperandMemory { .channelSlices }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard inputs.isFloat32(), let x = inputs.first ?? nil, x.shape.rank == 4 else { return .plain(inputs, outputs: outputs) }
    return .channelsLast(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try GridSampleKernel(self, site).map { .gridSample($0) } }
}
