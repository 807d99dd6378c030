import CO2MKernels
import O2MTensor

/// Every value in another element type, between operands of one layout.
public struct CastKernel {
  private let from, to: o2m_element
  private let fromSize, toSize: Int
  /// Elements that lie together, how many such runs there are, and the elements from one to the next.
  private let run, runs, inputPitch, outputPitch: Int

  /// nil where the C kernel does not know one of the types.
  init?(from x: Operand, to y: Operand) {
    from = o2m_element(rawValue: UInt32(x.element.rawValue))
    to = o2m_element(rawValue: UInt32(y.element.rawValue))
    guard o2m_element_bytes(from) > 0, o2m_element_bytes(to) > 0, x.layout == y.layout else { return nil }
    fromSize = x.element.size
    toSize = y.element.size
    if x.isDense, y.isDense {
      run = x.shape.count
      runs = 1
      inputPitch = 0
      outputPitch = 0
    } else {
      run = x.shape[1]
      runs = x.shape.count / max(1, x.shape[1])
      inputPitch = x.pitch
      outputPitch = y.pitch
    }
  }

  func run(_ memory: KernelMemory) {
    guard var x = memory.inputs[0], var y = memory.outputs[0] else { return }
    for _ in 0..<runs {
      _ = o2m_cast(from, to, run, x, y, memory.pool)
      x += inputPitch * fromSize
      y += outputPitch * toSize
    }
  }
}

extension Cast: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    if x.element == y.element { return layoutConversion(from: x, to: y) }
    return CastKernel(from: x, to: y).map { .cast($0) }
  }
}
