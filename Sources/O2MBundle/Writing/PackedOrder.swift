import O2MOps
import O2MRuntime
import O2MTensor

/// Which element of a constant comes at which place of its packed form, and to which output channel it belongs.
///
/// - Spec: Schemas/bundle.md, "Packing".
struct PackedOrder {
  /// Row-major indices of the constant's elements; -1 is padding.
  let source: [Int]
  /// For each place in the vector of scales the output channel, -1 for padding.
  let channels: [Int]
  /// How many output channels there are.
  let channelCount: Int
  private let channelOf: (Int) -> Int

  /// The output channel of the element with this row-major index.
  func channel(_ index: Int) -> Int { channelOf(index) }

  /// `taps` is the order of a transposed convolution's taps.
  init(_ packing: Packing, _ shape: Shape, groups: Int, taps order: [Int]? = nil) {
    let count = shape.count, panel = PackedSize.panel
    switch packing {
    case .plain:
      source = Array(0..<count)
      (channels, channelCount) = ([], 0)
      channelOf = { _ in 0 }
    case .bias:
      let outputs = count / groups
      channels = Self.places(groups: groups, outputs: outputs)
      source = channels
      channelCount = count
      channelOf = { $0 }
    case .depthwise:
      let taps = count / shape[0], channelTotal = shape[0]
      channels = Self.places(groups: 1, outputs: channelTotal)
      source = (0..<taps).flatMap { [channels] tap in channels.map { $0 < 0 ? -1 : $0 * taps + tap } }
      channelCount = channelTotal
      channelOf = { $0 / taps }
    case .convPanels:
      let depth = count / shape[0], inputs = shape[1], taps = depth / inputs, outputs = shape[0] / groups
      channels = Self.places(groups: groups, outputs: outputs)
      source = Self.panels(channels, panel: panel, depth: depth) { channel, k in (channel * inputs + k % inputs) * taps + k / inputs }
      channelCount = shape[0]
      channelOf = { $0 / depth }
    case .matrixPanels:
      let depth = shape[0], columns = shape[1]
      channels = Self.places(groups: 1, outputs: columns)
      source = Self.panels(channels, panel: panel, depth: depth) { channel, k in k * columns + channel }
      channelCount = columns
      channelOf = { $0 % columns }
    case .transposedPanels:
      let depth = shape[shape.rank - 1], outputs = shape[shape.rank - 2]
      channels = Self.places(groups: count / depth / outputs, outputs: outputs)
      source = Self.panels(channels, panel: panel, depth: depth) { channel, k in channel * depth + k }
      channelCount = count / depth
      channelOf = { $0 / depth }
    case .winogradPanels:
      let depth = count / shape[0]
      channels = Self.places(groups: 1, outputs: shape[0])
      source = Self.panels(channels, panel: panel, depth: depth) { channel, k in channel * depth + k }
      channelCount = shape[0]
      channelOf = { $0 / depth }
    case .transposedConvPanels:
      let inputs = shape[0] / groups, outputs = shape[1], taps = count / (shape[0] * shape[1])
      let order = order ?? Array(0..<taps)
      channels = Self.places(groups: groups, outputs: outputs)
      source = Self.panels(channels, panel: panel, depth: taps * inputs) { channel, k in
        ((channel / outputs * inputs + k % inputs) * outputs + channel % outputs) * taps + order[k / inputs]
      }
      channelCount = groups * outputs
      channelOf = { $0 / (taps * outputs * inputs) * outputs + $0 / taps % outputs }
    }
  }

  /// Output channels as panels hold them: each group padded to whole panels.
  private static func places(groups: Int, outputs: Int) -> [Int] {
    (0..<groups).flatMap { group in
      (0..<PackedSize.padded(outputs)).map { $0 < outputs ? group * outputs + $0 : -1 }
    }
  }

  /// `[panel][k][column]`.
  private static func panels(_ channels: [Int], panel: Int, depth: Int, _ index: (_ channel: Int, _ k: Int) -> Int) -> [Int] {
    var source: [Int] = []
    source.reserveCapacity(channels.count * depth)
    for first in stride(from: 0, to: channels.count, by: panel) {
      for k in 0..<depth {
        for channel in channels[first..<first + panel] { source.append(channel < 0 ? -1 : index(channel, k)) }
      }
    }
    return source
  }
}
