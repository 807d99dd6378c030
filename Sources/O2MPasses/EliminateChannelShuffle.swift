import O2MGraph
import O2MOps
import O2MTensor

/// Lets convolutions read shuffled channels where they were before the shuffle.
///
///     before   Concat(l, c) ── ChannelShuffle ── Split ─┬─ l′ ── ...                c, x, ... computed by other nodes
///                                                       └─ r′ ── Conv(W) ── y
///     after    Concat(c, parts of x, ...) ── Split ── r″ ── Conv(W′) ── y
///
///     r″[i] = r′[order[i]]        W′[m, i] = W[m, order[i]]
///
/// A convolution over all channels takes them in any order: its weights follow. So what it reads is looked up through all shuffles,
/// splits and joins, back to the nodes that computed it, and joined anew from as few runs as there are. The largest run leads: its
/// node writes straight into the concatenation, so only the others are copied. When the last reader of a shuffle is gone, so is the
/// shuffle, and what passed through it without being read. A depthwise convolution keeps the new order; those that read it absorb it.
///
/// - Spec: ShuffleNet V2, Ma et al. 2018, figure 3 (c) and (d).
/// - Parity: sums in another order.
/// - After: fuse-activation, which leaves nothing between a shuffle and the layers.
struct EliminateChannelShuffle: Rewrite {
  static let name: StaticString = "eliminate-channel-shuffle"
  /// More runs than this cost more to join than a shuffle.
  static let mostRuns = 16

  func rewrite(_ conv: NodeOf<Conv>, in graph: Graph) -> Verdict {
    guard let x = conv.input(0), let origin = ChannelOrigin(of: x, in: graph), !origin.shuffled.isEmpty else { return .notApplicable }
    guard graph.takeAnyOrder(origin.shuffled) else { return .skip("a reader needs the channels in their order") }
    let runs = origin.runs
    guard runs.count <= Self.mostRuns else { return .skip("the channels come in too many runs") }

    var patch = Patch(Self.name, in: graph)
    let joined = ConcatenatedRuns(runs).input(named: conv.name, in: graph, patch: &patch)
    let order = joined.runs.flatMap(\.positions)
    var done: Set<NodeID> = []
    for reader in graph.readingNodes(of: x) where done.insert(reader.id).inserted {
      guard let layer = ReorderableConv(reader, in: graph) else { continue }
      guard layer.isDepthwise else {
        patch.replace(reader.output, with: layer.reading(joined.value, order, &patch))
        continue
      }
      let y = layer.reading(joined.value, order, &patch)
      for next in graph.readingNodes(of: reader.output) where done.insert(next.id).inserted {
        guard let layer = ReorderableConv(next, in: graph) else { continue }
        patch.replace(next.output, with: layer.reading(y, order, &patch))
      }
    }
    return .apply(patch)
  }
}

/// The runs of channels that a layer reads, in the order in which they will lie.
private struct ConcatenatedRuns {
  var runs: [ChannelOrigin.Run]
  /// Whether the first run ends its source, which then lies in front of the others as a whole.
  private let leads: Bool

  init(_ runs: [ChannelOrigin.Run]) {
    let ends = runs.indices.filter { runs[$0].channels.upperBound == runs[$0].extent }
    guard runs.count > 1, let first = ends.max(by: { (runs[$0].channels.count, $0) < (runs[$1].channels.count, $1) }) else {
      self.runs = runs
      leads = false
      return
    }
    self.runs = [runs[first]] + runs[..<first] + runs[(first + 1)...]
    leads = true
  }

  /// Adds what joins the runs to `patch`.
  func input(named name: String, in graph: Graph, patch: inout Patch) -> (value: ValueID, runs: [ChannelOrigin.Run]) {
    var count = 0
    func part(_ value: ValueID, _ channels: Range<Int>, of extent: Int) -> ValueID {
      guard channels != 0..<extent else { return value }
      let lengths = [channels.lowerBound, channels.count, extent - channels.upperBound].filter { $0 > 0 }
      let label = "\(name).part\(count == 0 ? "" : "\(count)")"
      count += 1
      let constant = patch.constant(.indices(lengths), named: label + ".lengths")
      let parts = patch.node(.split(Split(axis: 1, pieces: lengths.count)), [value, constant], named: label, outputs: lengths.count)
      return channels.lowerBound == 0 ? parts : ValueID(parts.index + 1)
    }
    if runs.count == 1 { return (part(runs[0].source, runs[0].channels, of: runs[0].extent), runs) }
    let parts = runs.enumerated().map { index, run in
      leads && index == 0 ? run.source : part(run.source, run.channels, of: run.extent)
    }
    let whole = patch.node(.concat(Concat(axis: 1)), parts, named: name + ".joined")
    let total = runs.reduce(0) { $0 + $1.channels.count }
    guard leads else { return (whole, runs) }
    let before = runs[0].channels.lowerBound
    return (part(whole, before..<before + total, of: before + total), runs)
  }
}

/// A convolution with constant weights and no residual, over all channels or each alone.
private struct ReorderableConv {
  let node: Node
  let op: Conv
  let weights: Tensor
  let bias: Tensor?
  let isDepthwise: Bool

  init?(_ node: Node, in graph: Graph) {
    guard case .conv(let op) = node.op, let x = node.inputs[0], let weights = graph.constant(node.inputs[1]), weights.element == .float32,
      node.inputs.dropFirst(3).allSatisfy({ $0 == nil }), let channels = graph.shape(x)?[1], channels > 0
    else { return nil }
    isDepthwise = op.group > 1 && op.group == channels && weights.shape[0] == channels
    guard op.group == 1 || isDepthwise else { return nil }
    bias = node.inputs.count > 2 ? graph.constant(node.inputs[2]) : nil
    if node.inputs.count > 2, node.inputs[2] != nil, bias == nil { return nil }
    self.node = node
    self.op = op
    self.weights = weights
  }

  /// Adds to `patch` the layer over `x`, whose channel i is the old channel `order[i]`; a depthwise result has this order too.
  func reading(_ x: ValueID, _ order: [Int], _ patch: inout Patch) -> ValueID {
    let taps = weights.shape.dims.dropFirst(2).reduce(1, *), old = weights.doubles()
    let rows = isDepthwise ? 1 : weights.shape[0], row = order.count * taps
    var new = old
    for m in 0..<rows {
      for (i, channel) in order.enumerated() {
        for tap in 0..<taps { new[m * row + i * taps + tap] = old[m * row + channel * taps + tap] }
      }
    }
    let name = isDepthwise ? node.name + ".reordered" : node.name
    let w = patch.constant(Tensor(.float32, weights.shape, rounding: new), named: node.name + ".w.reordered")
    var inputs: [ValueID?] = [x, w]
    if let bias {
      guard isDepthwise else { return patch.node(.conv(op), inputs + [node.inputs[2]], named: name) }
      let values = bias.doubles()
      inputs.append(patch.constant(Tensor(.float32, bias.shape, rounding: order.map { values[$0] }), named: node.name + ".b.reordered"))
    }
    return patch.node(.conv(op), inputs, named: name)
  }
}

extension Graph {
  /// Whether all that reads these values, through whatever moves channels, is convolutions that take the channels in any order.
  fileprivate func takeAnyOrder(_ values: [ValueID]) -> Bool {
    var seen = Set(values), open = values, readers = 0
    while let value = open.popLast() {
      readers += self.readers(of: value)
      guard !isOutput(value), readers <= Self.mostShuffleReaders else { return false }
      for reader in readingNodes(of: value) {
        if reader.channelView(in: self) != nil {
          for output in reader.outputs where seen.insert(output).inserted { open.append(output) }
          continue
        }
        guard reader.inputs.count(where: { $0 == value }) == 1, let layer = ReorderableConv(reader, in: self) else { return false }
        guard layer.isDepthwise else { continue }
        readers += self.readers(of: reader.output)
        guard !isOutput(reader.output), readers <= Self.mostShuffleReaders else { return false }
        for next in readingNodes(of: reader.output) {
          guard next.inputs.count(where: { $0 == reader.output }) == 1, let layer = ReorderableConv(next, in: self), !layer.isDepthwise
          else {
            return false
          }
        }
      }
    }
    return true
  }

  /// Each convolution behind a shuffle looks at all that reads it.
  private static var mostShuffleReaders: Int { 1024 }
}
