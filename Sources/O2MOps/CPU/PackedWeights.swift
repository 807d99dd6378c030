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
  private let layout: WeightLayout
  /// The weights without what is packed at every run.
  private(set) var stored: o2m_weights
  private let packsWeights: Bool
  private let packsBias: Bool
  private let weightBytes: Int
  private let index: Int

  /// Input `index` of `site` and, unless there is `noBias`, the one behind it; nil where computed operands are not float32.
  init?(_ layout: WeightLayout, _ site: KernelSite, at index: Int = 1, noBias: Bool = false) throws(OpFault) {
    let w = try site.input(index), b = noBias ? nil : site.optional(index + 1)
    self.layout = layout
    self.index = index
    stored = o2m_weights(type: UInt32(O2M_WEIGHTS_F32), data: nil, scale: nil, bias: nil)
    packsWeights = w.constant == nil || w.packing != layout.packing
    if packsWeights {
      guard w.isFloat32, w.isRowMajor else { return nil }
    } else {
      stored.type = UInt32(w.precision.rawValue)
      stored.data = w.constant
      stored.scale = w.scales
    }
    // A bias beside computed weights is stored in one group.
    if let b {
      guard b.element == .float32 else { return nil }
      packsBias = b.constant == nil || b.packing != .bias || (packsWeights && layout.groups > 1)
      if !packsBias { stored.bias = b.constant?.assumingMemoryBound(to: Float.self) }
    } else {
      packsBias = false
    }
    weightBytes = packsWeights ? Self.aligned(layout.elements * 4) : 0
  }

  var scratchBytes: Int { weightBytes + (packsBias ? Self.aligned(layout.vector.elements * 4) : 0) }

  static func aligned(_ bytes: Int) -> Int { (bytes + 63) & ~63 }

  /// The weights for this run; `scratch` holds `scratchBytes`.
  func resolve(_ memory: KernelMemory, scratch: UnsafeMutableRawPointer?) -> o2m_weights {
    var weights = stored
    if packsWeights, let w = memory.floats(index), let scratch {
      let packed = scratch.assumingMemoryBound(to: Float.self)
      layout.pack(w, to: packed)
      weights.data = UnsafeRawPointer(packed)
    }
    if packsBias, let b = memory.floats(index + 1), let scratch {
      let packed = (scratch + weightBytes).assumingMemoryBound(to: Float.self)
      layout.vector.pack(b, to: packed)
      weights.bias = UnsafePointer(packed)
    }
    return weights
  }
}
