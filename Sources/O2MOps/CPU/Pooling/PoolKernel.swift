import CO2MKernels
import O2MTensor

/// Moving and global pooling over float32 operands that lie channels last.
public struct PoolKernel {
  private var params = o2m_f32_pool_params()
  /// Whether the second output, the place of each maximum, is wanted.
  private let givesIndices: Bool
  private let columnMajor: Bool

  /// Nil where an operand is not float32, does not lie channels last, or has three spatial axes. `window` is resolved.
  init?(_ kind: o2m_pooling, window: Window, countsPadding: Bool = false, columnMajor: Bool = false, _ site: KernelSite) throws(OpFault) {
    givesIndices = site.outputs.count > 1
    self.columnMajor = columnMajor
    if givesIndices { guard site.outputs[1].layout == .channelsLast, site.outputs[1].isDense else { return nil } }
    let x = try site.input(0), y = site.outputs[0]
    guard x.shape.rank == 3 || x.shape.rank == 4, x.isFloat32, y.isFloat32 else { return nil }
    guard x.layout == .channelsLast, y.layout == .channelsLast else { return nil }
    let rank = window.kernel.count
    func pair(_ values: [Int], _ absent: Int) -> (UInt32, UInt32) {
      let (y, x) = window.pair(values, absent)
      return (UInt32(y), UInt32(x))
    }
    params.kind = kind
    (params.kernel_height, params.kernel_width) = pair(window.kernel, 1)
    (params.stride_height, params.stride_width) = pair(window.strides, 1)
    (params.dilation_height, params.dilation_width) = pair(window.dilations, 1)
    (params.pad_top, params.pad_left) = pair(Array(window.pads.prefix(rank)), 0)
    (params.pad_bottom, params.pad_right) = pair(Array(window.pads.suffix(rank)), 0)
    params.count_include_pad = countsPadding ? 1 : 0
    params.batch = x.shape[0]
    (params.in_height, params.in_width) = x.picture
    (params.channels, params.x_pitch) = (x.shape[1], x.pitch)
    (params.out_height, params.out_width) = y.picture
    params.y_pitch = y.pitch
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    withUnsafePointer(to: params) { params in
      if givesIndices {
        let indices = memory.outputs[1]?.assumingMemoryBound(to: Int64.self)
        o2m_f32_max_pool2d_indices(params, columnMajor ? 1 : 0, x, y, indices, memory.pool)
      } else {
        o2m_f32_pool2d(params, x, y, memory.pool)
      }
    }
  }
}

/// Global pooling over float32 operands that lie channels last, with any number of spatial axes.
public struct GlobalPoolKernel {
  private let kind: o2m_pooling
  private let batch, pixels, channels, xPitch, yPitch: Int

  init?(_ kind: o2m_pooling, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.shape.rank >= 3, x.isFloat32, y.isFloat32, x.layout == .channelsLast, y.layout == .channelsLast else { return nil }
    self.kind = kind
    batch = x.shape[0]
    channels = x.shape[1]
    pixels = x.shape.dims.dropFirst(2).reduce(1, *)
    xPitch = x.pitch
    yPitch = y.pitch
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    o2m_f32_global_pool(kind, batch, pixels, channels, x, xPitch, y, yPitch, memory.pool)
  }
}

extension MaxPool: CPUKernels {
  public static var memory: OperandMemory { .channelSlices }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .convolution(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let resolved = try window.resolved(try site.input(0).shape)
    return try PoolKernel(O2M_POOLING_MAX, window: resolved, columnMajor: columnMajor, site).map { .pool($0) }
  }
}

extension AveragePool: CPUKernels {
  public static var memory: OperandMemory { .channelSlices }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .convolution(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let resolved = try window.resolved(try site.input(0).shape)
    return try PoolKernel(O2M_POOLING_AVERAGE, window: resolved, countsPadding: countsPadding, site).map { .pool($0) }
  }
}

/// The largest or mean element of each channel.
protocol GlobalPoolKernels: CPUKernels {
  static var pooling: o2m_pooling { get }
}

extension GlobalPoolKernels {
  public static var memory: OperandMemory { .channelSlices }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    inputs.isFloat32() ? .channelsLast(inputs, outputs: outputs) : .plain(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try GlobalPoolKernel(Self.pooling, site).map { .globalPool($0) }
  }
}

extension GlobalMaxPool: GlobalPoolKernels { static var pooling: o2m_pooling { O2M_POOLING_MAX } }
extension GlobalAveragePool: GlobalPoolKernels { static var pooling: o2m_pooling { O2M_POOLING_AVERAGE } }
