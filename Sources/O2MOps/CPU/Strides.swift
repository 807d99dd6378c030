import CO2MKernels
import O2MTensor

extension Operand {
  /// Elements between neighbours along each axis, in ONNX's order of axes.
  var strides: [Int] { Placement(self).strides }

  /// The strides when the operand is read as if it had the shape `target`: 0 along broadcast axes.
  func strides(as target: Shape) -> [Int] { Placement(self, broadcastTo: target).strides }

  /// The element type as C kernels name it; nil for those that have no arithmetic there.
  var native: o2m_element? {
    switch element {
    case .float32, .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .float64, .uint32, .uint64:
      o2m_element(rawValue: UInt32(element.rawValue))
    default: nil
    }
  }

  var isFloat32: Bool { element == .float32 && packing == .plain && precision == .float32 }
}

extension [OperandFact?] {
  /// Whether input `index` is there and float32.
  func isFloat32(_ index: Int = 0) -> Bool { index < count && self[index]?.element == .float32 }

  /// Whether input `index` is absent or constant.
  func isFixed(_ index: Int) -> Bool { index >= count || self[index]?.isConstant ?? true }
}

extension LayoutChoice {
  /// Input, residual and output channels last where a kernel serves: float32 and one or two spatial axes.
  static func convolution(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard inputs.isFloat32(), let x = inputs[0], x.shape.rank == 3 || x.shape.rank == 4 else { return .plain(inputs, outputs: outputs) }
    return LayoutChoice(
      inputs: inputs.indices.map { $0 == 0 || $0 == 3 ? .channelsLast : .plain },
      outputs: [Layout](repeating: .channelsLast, count: outputs))
  }
}

/// Two operands of one shape as rows of neighbouring elements.
struct MatchedRows {
  let count: Int
  let channels: Int
  let xPitch: Int
  let yPitch: Int

  /// Nil where the operands differ in shape or layout.
  init?(_ x: Operand, _ y: Operand) {
    guard x.shape == y.shape, x.layout == y.layout || (x.isRowMajor && y.isRowMajor) else { return nil }
    if x.isDense, y.isDense {
      count = x.shape.count == 0 ? 0 : 1
      channels = x.shape.count
      xPitch = channels
      yPitch = channels
    } else {
      channels = x.shape[1]
      count = channels == 0 ? 0 : x.shape.count / channels
      xPitch = x.pitch
      yPitch = y.pitch
    }
  }

  /// The pixels of `[N, C, D…]` operands, each a row of channels; nil where the channels do not lie together.
  init?(pixels x: Operand, _ y: Operand) {
    guard x.shape.rank >= 2, x.shape == y.shape, x.layout == y.layout, x.layout == .channelsLast || x.shape.rank == 2 else { return nil }
    channels = x.shape[1]
    count = channels == 0 ? 0 : x.shape.count / channels
    xPitch = x.shape.rank == 2 ? channels : x.pitch
    yPitch = y.shape.rank == 2 ? channels : y.pitch
  }
}

extension KernelMemory {
  func floats(_ index: Int) -> UnsafePointer<Float>? { inputs[index]?.assumingMemoryBound(to: Float.self) }
  func result(_ index: Int = 0) -> UnsafeMutablePointer<Float>? { outputs[index]?.assumingMemoryBound(to: Float.self) }
}
