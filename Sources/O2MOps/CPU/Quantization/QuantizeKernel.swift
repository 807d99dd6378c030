import CO2MKernels
import O2MTensor

/// float32 to 8 bits and back, with a scale and a zero point for all elements or for each index of an axis.
public struct QuantizeKernel {
  private let quantizes: Bool
  private let element: o2m_element
  private let outer, axis, inner: Int
  private let hasZeroPoints: Bool

  /// `quantized` is the side that holds integers. Nil where C has no kernel for the types, or scales come in blocks.
  init?(_ x: Operand, _ y: Operand, quantized: Operand, _ pairs: Granularity, _ site: KernelSite) {
    quantizes = quantized.element == y.element
    guard (quantizes ? x : y).isFloat32, site.inputs[1]?.isFloat32 == true, !pairs.isBlocked else { return nil }
    switch quantized.element {
    case .uint8, .int8: break
    case .int32: guard !quantizes, site.optional(2) == nil else { return nil }
    default: return nil
    }
    element = o2m_element(rawValue: UInt32(quantized.element.rawValue))
    axis = pairs.extent
    inner = pairs.blocks == 0 ? x.shape.count : pairs.inner
    hasZeroPoints = site.optional(2) != nil
    outer = x.shape.count / max(1, axis * inner)
  }

  func run(_ memory: KernelMemory) {
    guard outer > 0, let x = memory.inputs[0], let scale = memory.floats(1), let y = memory.outputs[0] else { return }
    let zero = hasZeroPoints ? memory.inputs[2] : nil
    if quantizes {
      _ = o2m_quantize(element, outer, axis, inner, x.assumingMemoryBound(to: Float.self), scale, zero, y, memory.pool)
    } else {
      _ = o2m_dequantize(element, outer, axis, inner, x, scale, zero, y.assumingMemoryBound(to: Float.self), memory.pool)
    }
  }
}

/// float32 to uint8 by the range of the numbers themselves, which gives the scale and the zero point too.
public struct DynamicQuantizeKernel {
  private let count: Int

  /// Nil where an output is left out, or there is nothing to quantize.
  init?(_ site: KernelSite) throws(OpFault) {
    let x = try site.input(0)
    guard x.isFloat32, x.isRowMajor, x.shape.count > 0, site.outputs.count == 3 else { return nil }
    count = x.shape.count
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.floats(0), let y = memory.outputs[0], let scale = memory.result(1), let zero = memory.outputs[2] else { return }
    o2m_dynamic_quantize(
      count, x, y.assumingMemoryBound(to: UInt8.self), scale, zero.assumingMemoryBound(to: UInt8.self), memory.pool)
  }
}

extension QuantizeLinear: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    guard precision == nil || precision == .float32 else { return nil }
    let pairs = try granularity(try site.input(0).shape, try site.input(1).shape)
    return QuantizeKernel(try site.input(0), site.outputs[0], quantized: site.outputs[0], pairs, site).map { .quantize($0) }
  }
}

extension DequantizeLinear: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let pairs = try granularity(try site.input(0).shape, try site.input(1).shape)
    return QuantizeKernel(try site.input(0), site.outputs[0], quantized: try site.input(0), pairs, site).map { .quantize($0) }
  }
}

extension DynamicQuantizeLinear: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try DynamicQuantizeKernel(site).map { .dynamicQuantize($0) } }
}
