import O2MGraph
import O2MOps
import O2MTensor

/// Where the channels of a value come from, through the nodes that only move channels.
struct ChannelOrigin {
  /// A channel of a value that some other node computed.
  struct Channel: Comparable {
    var source: ValueID
    var index: Int

    static func < (a: Channel, b: Channel) -> Bool { (a.source, a.index) < (b.source, b.index) }
  }

  /// Neighbouring channels of one source.
  struct Run {
    var source: ValueID
    var channels: Range<Int>
    /// The channels of the source.
    var extent: Int
    /// Which channels of the value they are.
    var positions: [Int]
  }

  private(set) var channels: [Channel]
  /// The outputs of the shuffles on the way.
  private(set) var shuffled: [ValueID] = []
  private let extents: [ValueID: Int]

  /// Nil for values whose channels are not known.
  init?(of value: ValueID, in graph: Graph) {
    var walk = Walk(graph: graph)
    guard let channels = walk.channels(of: value) else { return nil }
    self.channels = channels
    shuffled = walk.shuffled
    extents = walk.extents
  }

  /// The channels as runs, in the order in which their sources were made.
  var runs: [Run] {
    var runs: [Run] = []
    for position in channels.indices.sorted(by: { (channels[$0], $0) < (channels[$1], $1) }) {
      let channel = channels[position]
      if let last = runs.last, last.source == channel.source, last.channels.upperBound == channel.index {
        runs[runs.count - 1].channels = last.channels.lowerBound..<channel.index + 1
        runs[runs.count - 1].positions.append(position)
      } else {
        runs.append(
          Run(
            source: channel.source, channels: channel.index..<channel.index + 1, extent: extents[channel.source] ?? 0, positions: [position]
          ))
      }
    }
    return runs
  }

  private struct Walk {
    let graph: Graph
    var shuffled: [ValueID] = []
    var extents: [ValueID: Int] = [:]
    private var known: [ValueID: [Channel]] = [:]
    private var steps = 0

    /// How many values are followed back; a stage of shuffles has fewer.
    private static let mostSteps = 256

    init(graph: Graph) { self.graph = graph }

    /// Each value once: halves that are joined again would double the work at every step back.
    mutating func channels(of value: ValueID) -> [Channel]? {
      if let found = known[value] { return found }
      steps += 1
      guard steps <= Self.mostSteps else { return nil }
      let found = find(value)
      known[value] = found
      return found
    }

    private mutating func find(_ value: ValueID) -> [Channel]? {
      guard let shape = graph.shape(value), shape.rank >= 3 else { return nil }
      guard let node = graph.producer(of: value), let moved = node.channelView(in: graph), let first = node.inputs[0] else {
        extents[value] = shape[1]
        return (0..<shape[1]).map { Channel(source: value, index: $0) }
      }
      switch moved {
      case .shuffled(let groups):
        guard let x = channels(of: first) else { return nil }
        if !shuffled.contains(value) { shuffled.append(value) }
        let share = x.count / groups
        return x.indices.map { x[$0 % groups * share + $0 / groups] }
      case .part(let channels):
        guard let x = self.channels(of: first) else { return nil }
        return Array(x[channels])
      case .split:
        guard let x = channels(of: first) else { return nil }
        var start = 0
        for output in node.outputs {
          guard let length = graph.shape(output)?[1] else { return nil }
          if output == value { return Array(x[start..<start + length]) }
          start += length
        }
        return nil
      case .concat:
        var all: [Channel] = []
        for case let part? in node.inputs {
          guard let x = channels(of: part) else { return nil }
          all += x
        }
        return all
      }
    }
  }
}

/// How a node only puts channels elsewhere.
enum ChannelView {
  case shuffled(groups: Int)
  case part(Range<Int>)
  case split, concat
}

extension Node {
  /// Where the channels of the outputs come from; nil where the node does more than move channels.
  func channelView(in graph: Graph) -> ChannelView? {
    switch op.view(graph.facts(inputs)) {
    case .shuffled(let groups): return .shuffled(groups: groups)
    case .cut(let cuts?):
      guard cuts.count == 1, cuts[0].axis == 1, cuts[0].step == 1 else { return nil }
      return .part(cuts[0].from..<cuts[0].from + cuts[0].count)
    case .split, .joined:
      return graph.shape(output).flatMap { op.channelConcat(rank: $0.rank) }.map { $0 == .concat ? .concat : .split }
    case .identity, .reshaped, .repeated, .permuted, .cut(nil), .padded, .picked, .other, nil: return nil
    }
  }
}
