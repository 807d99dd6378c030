import CO2MKernels
import O2MTensor

extension Activation {
  /// The activation as C kernels take it.
  var device: o2m_activation {
    switch self {
    case .none: o2m_activation(kind: UInt32(O2M_ACT_NONE), a: 0, b: 0)
    case .relu: o2m_activation(kind: UInt32(O2M_ACT_RELU), a: 0, b: 0)
    case .clip(let low, let high): o2m_activation(kind: UInt32(O2M_ACT_CLIP), a: low, b: high)
    case .leakyRelu(let alpha): o2m_activation(kind: UInt32(O2M_ACT_LEAKY_RELU), a: alpha, b: 0)
    case .hardSigmoid(let alpha, let beta): o2m_activation(kind: UInt32(O2M_ACT_HARD_SIGMOID), a: alpha, b: beta)
    case .hardSwish(let alpha, let beta): o2m_activation(kind: UInt32(O2M_ACT_HARD_SWISH), a: alpha, b: beta)
    case .sigmoid: o2m_activation(kind: UInt32(O2M_ACT_SIGMOID), a: 0, b: 0)
    case .silu: o2m_activation(kind: UInt32(O2M_ACT_SILU), a: 0, b: 0)
    case .tanh: o2m_activation(kind: UInt32(O2M_ACT_TANH), a: 0, b: 0)
    case .gelu: o2m_activation(kind: UInt32(O2M_ACT_GELU_ERF), a: 0, b: 0)
    case .geluTanh: o2m_activation(kind: UInt32(O2M_ACT_GELU_TANH), a: 0, b: 0)
    }
  }
}

/// Weights and bias as C kernels read them: where they lie when the bundle holds them packed, else packed anew at every run.
struct PackedWeights {
  /// What the weights are, as ONNX has them.
  enum Source {
    /// `[groups · outputs, inputs, taps]`
    case convolution(groups: Int, outputs: Int, inputs: Int, taps: Int)
    /// `[groups · inputs, outputs, taps]`, the taps in this order.
    case transposed(groups: Int, outputs: Int, inputs: Int, taps: [UInt32])
    /// `[channels, 1, taps]`
    case depthwise(channels: Int, taps: Int)
  }

  private let source: Source
  /// The weights without what is packed at every run.
  private(set) var stored: o2m_weights
  private let packsWeights: Bool
  private let packsBias: Bool
  private let weightBytes: Int
  private let index: Int

  /// Input `index` of `site` and, unless there is `noBias`, the one behind it; nil where computed operands are not float32.
  init?(_ source: Source, _ packing: Packing, _ site: KernelSite, at index: Int = 1, noBias: Bool = false) throws(OpFault) {
    let w = try site.input(index), b = noBias ? nil : site.optional(index + 1)
    self.source = source
    self.index = index
    stored = o2m_weights(type: UInt32(O2M_WEIGHTS_F32), data: nil, scale: nil, bias: nil)
    packsWeights = w.constant == nil || w.packing != packing
    if packsWeights {
      guard w.isFloat32, w.isRowMajor else { return nil }
    } else {
      stored.type = UInt32(w.precision.rawValue)
      stored.data = w.constant
      stored.scale = w.scales
    }
    // A bias beside computed weights is stored in one group.
    let isGrouped = if case .depthwise = source { false } else { source.groups > 1 }
    if let b {
      guard b.element == .float32 else { return nil }
      packsBias = b.constant == nil || b.packing != .bias || (packsWeights && isGrouped)
      if !packsBias { stored.bias = b.constant?.assumingMemoryBound(to: Float.self) }
    } else {
      packsBias = false
    }
    weightBytes = packsWeights ? Self.aligned(source.packedCount * 4) : 0
  }

  var scratchBytes: Int { weightBytes + (packsBias ? Self.aligned(source.vectorCount * 4) : 0) }

  static func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

  /// The weights for this run; `scratch` holds `scratchBytes`.
  func resolve(_ memory: KernelMemory, scratch: UnsafeMutableRawPointer?) -> o2m_weights {
    var weights = stored
    if packsWeights, let w = memory.floats(index), let scratch {
      let packed = scratch.assumingMemoryBound(to: Float.self)
      source.pack(w, packed)
      weights.data = UnsafeRawPointer(packed)
    }
    if packsBias, let b = memory.floats(index + 1), let scratch {
      let packed = (scratch + weightBytes).assumingMemoryBound(to: Float.self)
      o2m_pack_vector(source.groups, source.outputs, b, 0, packed)
      weights.bias = UnsafePointer(packed)
    }
    return weights
  }
}

extension PackedWeights.Source {
  var groups: Int {
    switch self {
    case .convolution(let groups, _, _, _), .transposed(let groups, _, _, _): groups
    case .depthwise: 1
    }
  }

  var outputs: Int {
    switch self {
    case .convolution(_, let outputs, _, _), .transposed(_, let outputs, _, _): outputs
    case .depthwise(let channels, _): channels
    }
  }

  fileprivate var vectorCount: Int { o2m_packed_vector_count(groups, outputs) }

  fileprivate var packedCount: Int {
    switch self {
    case .depthwise(let channels, let taps): return o2m_packed_depthwise_count(channels, taps)
    case .convolution(let groups, let outputs, let inputs, let taps):
      var source = o2m_pack_oihw(groups, outputs, inputs, taps)
      return o2m_packed_count(&source)
    case .transposed(let groups, let outputs, let inputs, let order):
      return order.withUnsafeBufferPointer {
        var source = o2m_pack_iohw(groups, outputs, inputs, $0.count, $0.baseAddress)
        return o2m_packed_count(&source)
      }
    }
  }

  fileprivate func pack(_ w: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>) {
    switch self {
    case .depthwise(let channels, let taps): o2m_pack_depthwise_f32(channels, taps, w, packed)
    case .convolution(let groups, let outputs, let inputs, let taps):
      var source = o2m_pack_oihw(groups, outputs, inputs, taps)
      o2m_pack_f32(&source, w, packed)
    case .transposed(let groups, let outputs, let inputs, let order):
      order.withUnsafeBufferPointer {
        var source = o2m_pack_iohw(groups, outputs, inputs, $0.count, $0.baseAddress)
        o2m_pack_f32(&source, w, packed)
      }
    }
  }
}
