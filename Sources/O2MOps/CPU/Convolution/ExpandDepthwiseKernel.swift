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
  var kinds: [Kernel.Kind] { [.expandDepthwise] + conv.activation.kinds + expand.activation.kinds }

  /// Nil where an operand is not float32 or does not lie channels last. `window` is resolved, and one that the kernel has.
  init?(window: Window, expansion: Activation, _ activation: Activation, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), w = try site.input(1), v = try site.input(3), y = site.outputs[0]
    guard x.shape.rank == 4, x.isFloat32, y.isFloat32, w.element == .float32, v.element == .float32 else { return nil }
    guard x.layout == .channelsLast, y.layout == .channelsLast else { return nil }
    let channels = y.shape[1]
    guard let first = try PackedWeights(.convolution(w.shape, groups: 1), site),
      let second = try PackedWeights(.depthwise(v.shape), site, at: 3)
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

extension ExpandDepthwise: CPUKernels {
  /// Whether the kernel has this window: 3×3 or 5×5, one stride of 1 or 2, no dilation.
  public static func hasKernel(_ window: Window) -> Bool {
    window.kernel.count == 2 && (window.kernel == [3, 3] || window.kernel == [5, 5])
      && (window.strides == [1, 1] || window.strides == [2, 2]) && window.dilations == [1, 1]
  }

  public static var memory: OperandMemory { .channelSlices }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard inputs.isFloat32(), let v = inputs[3], let x = inputs[0],
      let window = try? window.resolved(kernel: Array(v.shape.dims.dropFirst(2)), input: Array(x.shape.dims.dropFirst(2))),
      Self.hasKernel(window)
    else { return .plain(inputs, outputs: outputs) }
    return .channelsLast(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0).shape, v = try site.input(3).shape
    let resolved = try window.resolved(kernel: Array(v.dims.dropFirst(2)), input: Array(x.dims.dropFirst(2)))
    guard Self.hasKernel(resolved) else { return nil }
    return try ExpandDepthwiseKernel(window: resolved, expansion: expansion, activation, site).map { .expandDepthwise($0) }
  }

  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    guard let operand = inputs.packable(index) else { return .plain }
    switch index {
    case 1: return [.convolution(operand, groups: 1)]
    case 3: return [.depthwise(operand)]
    case 2, 4: return [.vector(operand)]
    default: return .plain
    }
  }
}
