import O2MGraph
import O2MOps
import O2MTensor

/// What the graph says of the numbers that an input should hold.
public struct InputTraits: Equatable, Sendable {
  /// What the numbers look like, beyond their range.
  public enum Kind: Equatable, Sendable {
    case plain
    /// Where its channels lie: behind the batch, or last. `pixels` go from 0 to 255, others are normalised.
    case picture(isLast: Bool, pixels: Bool)
    /// One signal after the other along the memory.
    case audio
    /// Bands of frequency by frames of time, or the other way.
    case spectrogram(bandsAreLast: Bool)
  }

  /// The numbers that no operator refuses; nil where all are accepted.
  public var accepted: ClosedRange<Double>?
  /// The numbers that the graph tells apart, where it compares, clamps or rounds.
  public var told: ClosedRange<Double>?
  public var kind = Kind.plain

  public init(accepted: ClosedRange<Double>? = nil, told: ClosedRange<Double>? = nil, kind: Kind = .plain) {
    self.accepted = accepted
    self.told = told
    self.kind = kind
  }

  /// What inputs are drawn from: what is told apart as far as it is accepted.
  var range: ClosedRange<Double>? {
    guard let accepted, let told else { return accepted ?? told }
    let low = max(accepted.lowerBound, told.lowerBound), high = min(accepted.upperBound, told.upperBound)
    return low <= high ? low...high : accepted
  }
}

extension InputTraits.Kind {
  /// What the extents alone say: a picture, or nothing.
  public static func picture(_ element: ElementType, _ shape: Shape, pixels: Bool = false) -> InputTraits.Kind {
    guard shape.rank == 4, element.isFloat || element.isInteger && element.bits == 8 else { return .plain }
    let isFirst = [1, 3].contains(shape[1]) && shape[2] >= 8 && shape[3] >= 8
    let isLast = [1, 3].contains(shape[3]) && shape[1] >= 8 && shape[2] >= 8
    return isFirst || isLast ? .picture(isLast: !isFirst, pixels: pixels || !element.isFloat) : .plain
  }
}

extension Graph {
  /// The traits of every input, in their order.
  public func inputTraits() -> [InputTraits] {
    let ranges = ValueRanges(self)
    return inputs.map { InputTraits(accepted: ranges.accepted[$0.index], told: ranges.told[$0.index], kind: kind(of: $0)) }
  }

  private func kind(of input: ValueID) -> InputTraits.Kind {
    let element = self[input].type.element
    guard let shape = shape(input), shape.count > 0 else { return .plain }
    if shape.rank == 4 { return .picture(element, shape, pixels: scale(of: input) < 1.0 / 30) }
    guard element.isFloat, (1...3).contains(shape.rank) else { return .plain }
    let layers = layers(reading: input)
    let isChannelLast = shape.rank == 3 && shape[2] <= 2
    let length = isChannelLast ? shape[1] : shape[shape.rank - 1]
    if length >= 256, layers.contains(where: { readsOneSignal($0) }) || length >= 8000 && shape.count / length <= 16 { return .audio }
    guard shape.rank == 3 else { return .plain }
    let bands = [32, 40, 64, 80, 96, 128]
    if shape[1] >= 32, shape[2] >= 16, bands.contains(shape[1]) || layers.contains(where: { self.shape($0)?.dims == shape.dims }) {
      return .spectrogram(bandsAreLast: false)
    }
    return bands.contains(shape[2]) && shape[1] >= 16 ? .spectrogram(bandsAreLast: true) : .plain
  }

  /// What the first convolutions and transforms read that `input` reaches, where no other product lies between.
  private func layers(reading input: ValueID) -> [ValueID] {
    var layers: [ValueID] = [], open = [input], seen: Set<ValueID> = []
    while let id = open.popLast(), seen.count < 256 {
      guard seen.insert(id).inserted else { continue }
      for (node, input) in readingInputs(of: id, atMost: 256) {
        switch node.op {
        case .conv, .dft: if input == 0 { layers.append(id) }
        case .quantizeLinear, .dequantizeLinear: open += node.outputs
        default: if node.op.dataflow.moves(input) || node.op.dataflow == .elementwise { open += node.outputs }
        }
      }
    }
    return layers
  }

  /// Whether a layer reads one channel, or two, or a transform reads real numbers.
  private func readsOneSignal(_ id: ValueID) -> Bool {
    guard let shape = shape(id), shape.rank >= 3 else { return false }
    return shape[1] <= 2 || readingInputs(of: id, atMost: 256).contains { if case .dft = $0.node.op { true } else { false } }
  }

  /// By what the first nodes behind `input` multiply it, as those do that take 0...255 to numbers around 0.
  private func scale(of input: ValueID) -> Double {
    var scale = 1.0, id = input
    while let node = onlyReader(of: id), node.outputs.count == 1 {
      let index = node.inputs.firstIndex(of: id) ?? 0, facts = facts(node.inputs)
      switch node.op {
      case .mul, .div:
        guard let factor = facts[1 - index]?.value.flatMap({ $0.count <= 4 ? $0.doubles().max() : nil }), factor > 0 else { return scale }
        if case .mul = node.op { scale *= factor } else if index == 0 { scale /= factor } else { return scale }
      case .add, .sub, .cast: break
      default: guard node.op.dataflow.moves(index) else { return scale }
      }
      id = node.output
    }
    return scale
  }
}
