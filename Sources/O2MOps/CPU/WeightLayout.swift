import CO2MKernels
import O2MTensor

/// The order in which a constant is stored for the kernel that reads it. Schemas/bundle.md has the bytes.
public enum Packing: UInt8, Sendable {
  /// Row-major in the operand's layout.
  case plain = 0
  /// Panels of 16 output channels of a convolution, per group: `[group][panel][ky, kx, ci][16]`.
  case convPanels = 1
  /// A depthwise convolution's taps: `[ky, kx][channels, padded to 16]`.
  case depthwise = 2
  /// Panels of 16 columns of a matrix `[K, N]`: `[panel][k][16]`.
  case matrixPanels = 3
  /// The same from matrices stored transposed, `[…, N, K]`: each in panels of its own.
  case transposedPanels = 4
  /// One float32 per output channel, each group padded to 16 with zeros.
  case bias = 5
  /// Panels for a transposed convolution, `[group][panel][ky, kx, ci][16]` from `[C, M/G, K…]`.
  case transposedConvPanels = 6
  /// Panels of a 3×3 convolution that runs by Winograd's F(4×4, 3×3): `[panel][ci, ky, kx][16]`.
  case winogradPanels = 7

  /// How many there are; their numbers are below it.
  public static let count = 8

  /// Whether constants in this order may be stored as float16 or int8.
  public var isWeights: Bool { self != .plain && self != .bias }
}

/// The element type in which packed weights are stored.
public enum WeightPrecision: UInt8, Sendable {
  case float32 = 0
  case float16 = 1
  /// Symmetric int8 in [-127, 127] with a float32 scale per output channel.
  case int8 = 2

  public var name: StaticString {
    switch self {
    case .float32: "float32"
    case .float16: "float16"
    case .int8: "int8"
    }
  }

  /// What kernels for it are called where a library may be without them.
  public var kind: Kernel.Kind? {
    switch self {
    case .float32: nil
    case .float16: .float16Weights
    case .int8: .int8Weights
    }
  }

  /// Bytes of one element of a constant of type `element`: `float32` means the constant's own type.
  public func size(of element: ElementType) -> Int {
    switch self {
    case .float32: element.size
    case .float16: 2
    case .int8: 1
    }
  }
}

/// How a constant lies for the kernel that reads it: its order, and the extents that the order needs.
///
/// Operators make it from their attributes and the shapes of operands that `infer` took; then no extent is 0 and nothing overflows
/// that the constant itself does not. `description` has the order as a formula, which C walks.
public struct WeightLayout: Equatable, Sendable {
  /// As ONNX has it; no extents.
  public static let plain = WeightLayout(.plain, outputs: 0)

  /// Columns of a panel.
  public static let panel = Int(O2M_PANEL)

  public let packing: Packing
  public let groups: Int
  /// Output channels of a group.
  public let outputs: Int
  /// Terms per tap of an output.
  public let inputs: Int
  public let taps: Int
  private var order = TapOrder()

  /// What decides in which order taps are packed: o2m_weights.h has the rule.
  private struct TapOrder: Equatable, Sendable {
    var width = 1, strideY = 1, strideX = 1, dilationY = 1, dilationX = 1
  }

  private init(_ packing: Packing, groups: Int = 1, outputs: Int, inputs: Int = 1, taps: Int = 1) {
    self.packing = packing
    self.groups = groups
    self.outputs = outputs
    self.inputs = inputs
    self.taps = taps
  }

  /// Convolution weights `[M, C/G, K…]`.
  static func convolution(_ w: Shape, groups: Int) -> WeightLayout {
    WeightLayout(.convPanels, groups: groups, outputs: w[0] / groups, inputs: w[1], taps: w.spatialCount)
  }

  /// `[M, C, 3, 3]`; to the packer all nine taps of an input are inputs.
  static func winograd(_ w: Shape) -> WeightLayout { WeightLayout(.winogradPanels, outputs: w[0], inputs: w[1] * w.spatialCount) }

  /// `[C, 1, K…]`
  static func depthwise(_ w: Shape) -> WeightLayout { WeightLayout(.depthwise, outputs: w[0], taps: w.spatialCount) }

  /// `[C, M/G, K…]` of one or two spatial axes; no strides or dilations are ones.
  static func transposedConvolution(_ w: Shape, groups: Int, _ window: Window) -> WeightLayout {
    var layout = WeightLayout(.transposedConvPanels, groups: groups, outputs: w[1], inputs: w[0] / groups, taps: w.spatialCount)
    layout.order.width = w[w.rank - 1]
    if !window.strides.isEmpty { (layout.order.strideY, layout.order.strideX) = window.pair(window.strides, 1) }
    if !window.dilations.isEmpty { (layout.order.dilationY, layout.order.dilationX) = window.pair(window.dilations, 1) }
    return layout
  }

  /// A matrix `[K, N]` whose columns are the output channels.
  static func columns(_ b: Shape) -> WeightLayout { WeightLayout(.matrixPanels, outputs: b[1], inputs: b[0]) }

  /// Matrices `[…, N, K]` whose rows are the output channels; each is a group.
  static func rows(_ b: Shape) -> WeightLayout {
    WeightLayout(
      .transposedPanels, groups: b.dims.dropLast(2).reduce(1, *), outputs: b[b.rank - 2], inputs: b[b.rank - 1])
  }

  /// A table `[V, …]` whose rows are picked one by one; it is stored in order.
  public static func table(_ x: Shape) -> WeightLayout {
    WeightLayout(.plain, outputs: x[0], inputs: x.dims.dropFirst().reduce(1, *))
  }

  /// A bias in one group.
  static func vector(_ b: Shape) -> WeightLayout { WeightLayout(.bias, outputs: b.count) }

  /// A vector over the output channels of these weights: a bias, or the scales.
  public var vector: WeightLayout { WeightLayout(.bias, groups: groups, outputs: outputs) }
}

extension WeightLayout {
  /// Where every element lies, as C kernels are told.
  var description: o2m_weight_layout {
    switch packing {
    case .plain, .convPanels, .winogradPanels, .transposedPanels, .bias: return o2m_layout_oihw(groups, outputs, inputs, taps)
    case .depthwise: return o2m_layout_depthwise(outputs, taps)
    case .matrixPanels: return o2m_layout_iohw(groups, outputs, inputs, taps)
    case .transposedConvPanels:
      var layout = o2m_layout_iohw(groups, outputs, inputs, taps)
      (layout.kernel_width, layout.stride_y, layout.stride_x) = (order.width, order.strideY, order.strideX)
      (layout.dilation_y, layout.dilation_x) = (order.dilationY, order.dilationX)
      return layout
    }
  }

  /// Elements with padding; `Int.max` where there are more.
  public var elements: Int {
    var layout = description
    return o2m_packed_count(&layout)
  }

  /// Output channels, as many as int8 weights have scales.
  public var channels: Int { groups * outputs }

  /// Neighbours that belong to one term each of as many output channels.
  public var columns: Int { packing == .depthwise ? vector.elements : Self.panel }

  /// All channels in runs of at most 16 whose elements lie side by side: those of the next channel are one behind. Runs of one where they
  /// do not.
  public var channelRuns: [Range<Int>] {
    let most = description.output_step == 1 ? 16 : 1
    return (0..<groups).flatMap { group in
      stride(from: group * outputs, to: (group + 1) * outputs, by: most).map { $0..<min($0 + most, (group + 1) * outputs) }
    }
  }

  /// The row-major indices of the elements that belong to an output channel, ascending.
  public func elements(of channel: Int) -> [Int] {
    let at = description, start = channel / outputs * at.group_step + channel % outputs * at.output_step
    var indices: [Int] = []
    indices.reserveCapacity(inputs * taps)
    for input in 0..<inputs { for tap in 0..<taps { indices.append(start + input * at.input_step + tap * at.tap_step) } }
    return indices
  }

  /// Brings elements of 1, 2 or 4 bytes from ONNX's order to this one; `packed` has room for `elements`.
  func pack<T: BitwiseCopyable>(_ values: UnsafePointer<T>, padding: UInt32 = 0, to packed: UnsafeMutablePointer<T>) {
    var layout = description
    o2m_pack(&layout, MemoryLayout<T>.size, values, padding, packed)
  }

  /// The same for all elements, of which each one of `packed` gets its own or padding.
  public func pack<T: BitwiseCopyable>(
    _ values: UnsafeBufferPointer<T>, padding: UInt32 = 0, to packed: UnsafeMutableBufferPointer<T>
  ) {
    precondition(values.count == channels * inputs * taps && packed.count == elements)
    if let from = values.baseAddress, let to = packed.baseAddress { pack(from, padding: padding, to: to) }
  }

  /// `values` in this order.
  public func packed<T: FixedWidthInteger & BitwiseCopyable>(_ values: [T], padding: UInt32 = 0) -> [T] {
    let count = elements
    return [T](unsafeUninitializedCapacity: count) { target, written in
      values.withUnsafeBufferPointer { pack($0, padding: padding, to: UnsafeMutableBufferPointer(rebasing: target[..<count])) }
      written = count
    }
  }
}

extension Shape {
  /// The product of the extents behind the first two.
  fileprivate var spatialCount: Int { dims.dropFirst(2).reduce(1, *) }
}

extension [OperandFact?] {
  /// The shape of input `index` where kernels read it packed: float32 and not empty.
  func packable(_ index: Int) -> Shape? {
    guard index < count, let operand = self[index], operand.element == .float32, operand.shape.count > 0 else { return nil }
    // Three spatial axes have no kernel.
    return operand.shape.rank <= 4 ? operand.shape : nil
  }

  /// The layout of the bias `b` of the weights that are input 1: beside computed ones it is stored in one group.
  func bias(_ b: Shape, of weights: WeightLayout) -> WeightLayout { self[1]?.isConstant == true ? weights.vector : .vector(b) }
}

extension [WeightLayout] {
  /// As ONNX has it, and nothing else. One function, so that the device has one such list, not one for each operator.
  @inline(never)
  public static var plain: [WeightLayout] { [WeightLayout.plain] }
}
