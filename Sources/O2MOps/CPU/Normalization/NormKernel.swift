import CO2MKernels
import O2MTensor

/// `y = x · slope[c] + shift[c]` over float32: a batch normalisation whose parameters are constant.
public struct AffineKernel {
  private let rows: MatchedRows
  private let slope: [Float]
  private let shift: [Float]

  /// Nil where an operand is not float32 or its channels do not lie together.
  init?(slope: [Float], shift: [Float], _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.isFloat32, y.isFloat32, let rows = MatchedRows(pixels: x, y) else { return nil }
    self.rows = rows
    self.slope = slope
    self.shift = shift
  }

  func run(_ memory: KernelMemory) {
    guard rows.count > 0, let x = memory.floats(0), let y = memory.result() else { return }
    slope.withUnsafeBufferPointer { slope in
      shift.withUnsafeBufferPointer { shift in
        o2m_f32_affine(rows.count, rows.channels, x, rows.xPitch, slope.baseAddress, shift.baseAddress, y, rows.yPitch, memory.pool)
      }
    }
  }
}

/// Layer normalisation over plain float32 rows.
public struct LayerNormKernel {
  private let epsilon: Float
  private let rows: Int
  private let length: Int
  private let hasBias: Bool
  private let statistics: Int

  /// Nil where an operand is not plain float32, or scale or bias are broadcast along the row.
  init?(rowLength length: Int, epsilon: Float, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0], bias = site.optional(2)
    guard x.isFloat32, y.isFloat32, x.isRowMajor, y.isRowMajor else { return nil }
    for parameter in [try site.input(1), bias] {
      guard let parameter else { continue }
      guard parameter.isFloat32, parameter.isRowMajor, parameter.shape.count == length else { return nil }
    }
    for statistic in site.outputs.dropFirst() where !statistic.isFloat32 || !statistic.isRowMajor { return nil }
    self.epsilon = epsilon
    self.length = length
    statistics = site.outputs.count - 1
    rows = length == 0 ? 0 : x.shape.count / length
    hasBias = bias != nil
  }

  func run(_ memory: KernelMemory) {
    guard rows > 0, let x = memory.floats(0), let y = memory.result() else { return }
    o2m_f32_layer_norm(
      0, epsilon, rows, length, x, length, memory.floats(1), hasBias ? memory.floats(2) : nil, y, length,
      statistics > 0 ? memory.result(1) : nil, statistics > 1 ? memory.result(2) : nil, memory.pool)
  }
}

/// Instance normalisation over float32 operands that lie channels last.
public struct InstanceNormKernel {
  private let epsilon: Float
  private let batch, pixels, channels, xPitch, yPitch: Int

  init?(epsilon: Float, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), scale = try site.input(1), bias = try site.input(2), y = site.outputs[0]
    guard x.isFloat32, y.isFloat32, scale.isFloat32, bias.isFloat32, x.shape.rank >= 3 else { return nil }
    guard x.layout == .channelsLast, y.layout == .channelsLast else { return nil }
    self.epsilon = epsilon
    batch = x.shape[0]
    channels = x.shape[1]
    pixels = x.shape.dims.dropFirst(2).reduce(1, *)
    xPitch = x.pitch
    yPitch = y.pitch
  }

  var scratchBytes: Int { o2m_f32_instance_norm_scratch_bytes(batch, channels) }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.result() else { return }
    o2m_f32_instance_norm(
      epsilon, batch, pixels, channels, x, xPitch, memory.floats(1), memory.floats(2), y, yPitch, memory.scratch, memory.pool)
  }
}

/// Normalisation across neighbouring channels, over float32 operands whose channels lie together.
public struct LRNKernel {
  private let params: o2m_f32_lrn_params
  private let rows: MatchedRows
  let scratchBytes: Int

  init?(_ op: LRN, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.isFloat32, y.isFloat32, let rows = MatchedRows(pixels: x, y) else { return nil }
    self.rows = rows
    var params = o2m_f32_lrn_params(alpha: op.alpha, beta: op.beta, bias: op.bias, size: UInt32(op.size))
    scratchBytes = o2m_f32_lrn_scratch_bytes(&params, rows.channels, UInt32(site.threads))
    self.params = params
  }

  func run(_ memory: KernelMemory) {
    guard rows.count > 0, let x = memory.floats(0), let y = memory.result() else { return }
    withUnsafePointer(to: params) { params in
      o2m_f32_lrn(params, rows.count, rows.channels, x, rows.xPitch, y, rows.yPitch, memory.scratch, memory.pool)
    }
  }
}

extension BatchNormalization: CPUKernels {
  public static var memory: OperandMemory { .inPlace }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard !trains, inputs.isFloat32(), (1...4).allSatisfy({ inputs.isFixed($0) }), let x = inputs[0], x.shape.rank >= 3 else {
      return .plain(inputs, outputs: outputs)
    }
    return .channelsLast(inputs, outputs: outputs)
  }

  /// One multiplication and one addition per element; the statistics must be constant.
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    guard !trains else { return nil }
    var parameters: [[Double]] = []
    for index in 1...4 {
      guard let value = try site.input(index).value else { return nil }
      parameters.append(value.doubles())
    }
    let slope = parameters[0].indices.map { parameters[0][$0] / o2m_sqrt(parameters[3][$0] + Double(epsilon)) }
    let shift = slope.indices.map { parameters[1][$0] - parameters[2][$0] * slope[$0] }
    return try AffineKernel(slope: slope.map { Float($0) }, shift: shift.map { Float($0) }, site).map { .affine($0) }
  }
}

extension LayerNormalization: CPUKernels {
  public static var memory: OperandMemory { .inPlace }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0).shape
    let length = x.dims.dropFirst(try x.resolve(axis)).reduce(1, *)
    return try LayerNormKernel(rowLength: length, epsilon: epsilon, site).map { .layerNorm($0) }
  }
}

extension InstanceNormalization: CPUKernels {
  public static var memory: OperandMemory { .inPlace }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    inputs.isFloat32() ? .channelsLast(inputs, outputs: outputs) : .plain(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try InstanceNormKernel(epsilon: epsilon, site).map { .instanceNorm($0) }
  }
}

extension LRN: CPUKernels {
  public static var memory: OperandMemory { .inPlace }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard inputs.isFloat32(), let x = inputs[0], x.shape.rank >= 3 else { return .plain(inputs, outputs: outputs) }
    return .channelsLast(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try LRNKernel(self, site).map { .lrn($0) } }
}
