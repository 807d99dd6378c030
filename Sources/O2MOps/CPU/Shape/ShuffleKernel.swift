import CO2MKernels
import O2MTensor

/// Channel shuffle of pixels whose channels lie together, for elements of 4 bytes.
public struct ShuffleKernel {
  private let groups: UInt32
  private let pixels, channels, inputPitch, outputPitch: Int

  /// nil unless input and output are channels last and their elements have 4 bytes.
  init?(groups: Int, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.layout == .channelsLast, y.layout == .channelsLast, x.shape.rank >= 3, x.element.size == 4 else { return nil }
    self.groups = UInt32(groups)
    channels = x.shape[1]
    pixels = x.shape.count / max(1, channels)
    inputPitch = x.pitch
    outputPitch = y.pitch
  }

  func run(_ memory: KernelMemory) {
    guard let x = memory.inputs[0], let y = memory.outputs[0] else { return }
    o2m_x32_channel_shuffle(groups, pixels, channels, x, inputPitch, y, outputPitch, memory.pool)
  }
}

extension ChannelShuffle: CPUKernels {
  public static var memory: OperandMemory { .channelSlices }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    if let kernel = try ShuffleKernel(groups: groups, site) { return .shuffle(kernel) }
    return try copyKernel(site)
  }
}
