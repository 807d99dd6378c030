import CO2MKernels
import O2MTensor

/// Convolution, dense, grouped or depthwise, and transposed convolution, over float32 operands that lie channels last; a dense one also
/// over a plain input of few channels.
///
/// - Shapes: one or two spatial axes; one axis is a picture of height 1.
public struct ConvKernel {
  enum Form { case panels, planar, winograd, depthwise, transposed }

  /// Most channels of an input that is read plain.
  static let mostPlanes = 8

  private let form: Form
  var kinds: [Kernel.Kind] {
    var conv = conv
    let products: [Kernel.Kind] =
      switch form {
      case .panels, .planar: Kernel.Kind.products(o2m_f32_conv_forms(&conv))
      case .transposed: [.narrowProduct]  // its taps are dealt out, so that some may be
      case .winograd, .depthwise: []
      }
    var planar: [Kernel.Kind] = []
    if form == .planar {
      let last = conv.y_channels % O2M_PANEL
      if last > 0, last <= O2M_PANEL / 2 { planar.append(.narrowPlanar) }
      if conv.stride_x > 2 { planar.append(.patches) }
    }
    return [form.kind] + planar + products + conv.activation.kinds
  }
  private var conv = o2m_f32_conv()
  private let weights: PackedWeights
  private let hasResidual: Bool
  private let ownScratch: Int
  let scratchBytes: Int

  /// Nil where an operand is not float32, does not lie as the form wants it, or has three spatial axes. `window` is resolved and, for a
  /// transposed convolution, the one that takes the output back to the input.
  init?(_ form: Form, window: Window, group: Int, _ activation: Activation, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), w = try site.input(1), r = site.optional(3), y = site.outputs[0]
    guard x.shape.rank == 3 || x.shape.rank == 4, x.isFloat32, y.isFloat32, w.element == .float32 else { return nil }
    guard x.layout == (form == .planar ? .plain : .channelsLast), y.layout == .channelsLast else { return nil }
    if form == .planar { guard group == 1, r == nil else { return nil } }
    if let r { guard r.isFloat32, r.layout == .channelsLast else { return nil } }
    let layout: WeightLayout =
      switch form {
      case .panels, .planar: .convolution(w.shape, groups: group)
      case .winograd: .winograd(w.shape)
      case .depthwise: .depthwise(w.shape)
      case .transposed: .transposedConvolution(w.shape, groups: group, window)
      }
    guard let weights = try PackedWeights(layout, site) else { return nil }
    self.form = form
    self.weights = weights
    hasResidual = r != nil

    conv.batch = x.shape[0]
    (conv.x_height, conv.x_width) = x.picture
    (conv.x_channels, conv.x_pitch) = (x.shape[1], x.pitch)
    (conv.y_height, conv.y_width) = y.picture
    (conv.y_channels, conv.y_pitch) = (y.shape[1], y.pitch)
    conv.residual_pitch = r?.pitch ?? 0
    conv.groups = group
    (conv.kernel_height, conv.kernel_width) = window.pair(window.kernel, 1)
    (conv.stride_y, conv.stride_x) = window.pair(window.strides, 1)
    (conv.dilation_y, conv.dilation_x) = window.pair(window.dilations, 1)
    (conv.pad_top, conv.pad_left) = window.pair(Array(window.pads.prefix(window.kernel.count)), 0)
    conv.activation = activation.device
    conv.weights = weights.stored
    if form == .winograd, o2m_f32_winograd_takes(&conv) == 0 { return nil }
    let threads = UInt32(site.threads)
    let bytes =
      switch form {
      case .panels: o2m_f32_conv_scratch_bytes(&conv, threads)
      case .winograd: o2m_f32_winograd_scratch_bytes(&conv, threads)
      case .planar: o2m_f32_conv_planar_scratch_bytes(&conv, threads)
      case .depthwise: o2m_f32_dwconv_scratch_bytes(&conv, threads)
      case .transposed: o2m_f32_conv_transpose_scratch_bytes(&conv, threads)
      }
    ownScratch = PackedWeights.aligned(bytes)
    scratchBytes = ownScratch + weights.scratchBytes
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    var conv = conv
    conv.weights = weights.resolve(memory, scratch: memory.scratch.map { $0 + ownScratch })
    let residual = hasResidual ? memory.floats(3) : nil
    switch form {
    case .panels: if Included.runs(.panels) { o2m_f32_conv_run(&conv, x, residual, y, memory.scratch, memory.pool) }
    case .winograd: if Included.runs(.winograd) { o2m_f32_winograd_run(&conv, x, residual, y, memory.scratch, memory.pool) }
    case .planar: if Included.runs(.planar) { o2m_f32_conv_planar_run(&conv, x, y, memory.scratch, memory.pool) }
    case .depthwise: if Included.runs(.depthwise) { o2m_f32_dwconv_run(&conv, x, residual, y, memory.scratch, memory.pool) }
    case .transposed: if Included.runs(.transposed) { o2m_f32_conv_transpose_run(&conv, x, residual, y, memory.scratch, memory.pool) }
    }
  }
}

extension ConvKernel.Form {
  fileprivate var kind: Kernel.Kind {
    switch self {
    case .panels: .panels
    case .planar: .planar
    case .winograd: .winograd
    case .depthwise: .depthwise
    case .transposed: .transposed
    }
  }
}

extension Operand {
  /// Height and width of `[N, C, H, W]` or `[N, C, W]`.
  var picture: (Int, Int) { shape.rank == 3 ? (1, shape[2]) : (shape[2], shape[3]) }
}

extension Window {
  /// A value per spatial axis as (y, x); one axis is x.
  func pair(_ values: [Int], _ absent: Int) -> (Int, Int) { values.count == 1 ? (absent, values[0]) : (values[0], values[1]) }
}

extension Conv: CPUKernels {
  public static var memory: OperandMemory { .channelSlices }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    var choice = LayoutChoice.convolution(inputs, outputs: outputs)
    // A picture of few channels is read as it comes, but not by Winograd.
    let hasResidual = inputs.count > 3 && inputs[3] != nil, isDirect = weightLayouts(of: 1, inputs)[0].packing != .winogradPanels
    if group == 1, !hasResidual, isDirect, let x = inputs[0], x.layout == .plain, x.shape.rank >= 3, x.shape[1] <= ConvKernel.mostPlanes {
      choice.inputs[0] = .plain
    }
    return choice
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), w = try site.input(1)
    let resolved = try window.resolved(kernel: Array(w.shape.dims.dropFirst(2)), input: Array(x.shape.dims.dropFirst(2)))
    let form: ConvKernel.Form =
      if isDepthwise(w.shape) { .depthwise } else if w.packing == .winogradPanels { .winograd } else if x.layout == .plain { .planar } else
      { .panels }
    return try ConvKernel(form, window: resolved, group: group, activation, site).map { .convolution($0) }
  }

  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    guard index == 1 || index == 2, let w = inputs.packable(1), let operand = inputs.packable(index) else { return .plain }
    let direct = isDepthwise(w) ? WeightLayout.depthwise(w) : .convolution(w, groups: group)
    if index == 2 { return [inputs.bias(operand, of: direct)] }
    guard takesWinograd(w) else { return [direct] }
    let prefersWinograd = inputs[0].flatMap { x in try? tiles(x.shape, w) }?.prefersWinograd ?? false
    return prefersWinograd ? [.winograd(w), direct] : [direct, .winograd(w)]
  }

  /// Whether the Winograd kernel can run this convolution at all.
  private func takesWinograd(_ w: Shape) -> Bool {
    group == 1 && w.rank == 4 && w[2] == 3 && w[3] == 3 && w[1] >= WinogradTiles.leastInputs
      && window.strides.allSatisfy { $0 == 1 } && window.dilations.allSatisfy { $0 == 1 }
  }

  private func tiles(_ x: Shape, _ w: Shape) throws(OpFault) -> WinogradTiles {
    let spatial = Array(x.dims.dropFirst(2))
    let y = try window.resolved(kernel: [3, 3], input: spatial).output(input: spatial)
    return WinogradTiles(batch: x[0], height: y[0], width: y[1], inputs: w[1], outputs: w[0])
  }

  /// Whether every channel is a group of its own, with one output.
  func isDepthwise(_ w: Shape) -> Bool { group > 1 && group == w[0] && w[1] == 1 }
}

extension ConvTranspose: CPUKernels {
  public static var memory: OperandMemory { .channelSlices }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    .convolution(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let window = try placement(try site.input(0).shape, try site.input(1).shape).window
    return try ConvKernel(.transposed, window: window, group: group, activation, site).map { .convolution($0) }
  }

  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    guard index == 1 || index == 2, let w = inputs.packable(1), let operand = inputs.packable(index) else { return .plain }
    let weights = WeightLayout.transposedConvolution(w, groups: group, window)
    return [index == 2 ? inputs.bias(operand, of: weights) : weights]
  }
}
