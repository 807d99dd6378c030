import CO2MKernels
import O2MTensor

/// A 1×1 convolution and the depthwise one behind it, over float32 operands that lie channels last.
public struct ExpandDepthwiseKernel {
  private var conv = o2m_f32_conv()
  private var expand = o2m_f32_expansion()
  private let expansionWeights: PackedWeights
  private let weights: PackedWeights
  private let ownScratch: Int
  let scratchBytes: Int

  /// Nil where an operand is not float32 or does not lie channels last. `window` is resolved, and one that the kernel has.
  init?(window: Window, expansion: Activation, _ activation: Activation, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), w = try site.input(1), v = try site.input(3), y = site.outputs[0]
    guard x.shape.rank == 4, x.isFloat32, y.isFloat32, w.element == .float32, v.element == .float32 else { return nil }
    guard x.layout == .channelsLast, y.layout == .channelsLast else { return nil }
    let channels = y.shape[1]
    guard
      let first = try PackedWeights(.convolution(groups: 1, outputs: channels, inputs: x.shape[1], taps: 1), .convPanels, site),
      let second = try PackedWeights(.depthwise(channels: channels, taps: window.kernel[0] * window.kernel[1]), .depthwise, site, at: 3)
    else { return nil }
    expansionWeights = first
    weights = second

    conv.batch = x.shape[0]
    (conv.x_height, conv.x_width) = x.picture
    (conv.y_height, conv.y_width) = y.picture
    (conv.x_channels, conv.x_pitch, conv.y_channels, conv.y_pitch) = (channels, channels, channels, y.pitch)
    conv.groups = channels
    (conv.kernel_height, conv.kernel_width) = (window.kernel[0], window.kernel[1])
    (conv.stride_y, conv.stride_x, conv.dilation_y, conv.dilation_x) = (window.strides[0], window.strides[1], 1, 1)
    (conv.pad_top, conv.pad_left) = (window.pads[0], window.pads[1])
    conv.activation = activation.device
    conv.weights = second.stored
    (expand.inputs, expand.pitch) = (x.shape[1], x.pitch)
    expand.activation = expansion.device
    expand.weights = first.stored
    ownScratch = PackedWeights.aligned(o2m_f32_expand_dwconv_scratch_bytes(&conv, &expand, UInt32(site.threads)))
    scratchBytes = ownScratch + PackedWeights.aligned(first.scratchBytes) + second.scratchBytes
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    var conv = conv, expand = expand
    let free = memory.scratch.map { $0 + ownScratch }
    expand.weights = expansionWeights.resolve(memory, scratch: free)
    conv.weights = weights.resolve(memory, scratch: free.map { $0 + PackedWeights.aligned(expansionWeights.scratchBytes) })
    o2m_f32_expand_dwconv_run(&conv, &expand, x, y, memory.scratch, memory.pool)
  }
}
