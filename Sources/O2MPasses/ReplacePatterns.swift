import O2MGraph
import O2MOps
import O2MTensor

/// Names the product of a value and its own sigmoid: SiLU.
///
///     before   x ── Sigmoid ── s        Mul(x, s) ── y
///     after    x ── Swish ── y
///
/// - Spec: ONNX Swish-24 with alpha 1.
/// - Parity: one rounding less.
struct ReplaceSiLU: Rewrite {
  static let name: StaticString = "replace-silu"

  func rewrite(_ node: NodeOf<Mul>, in graph: Graph) -> Verdict {
    guard let left = node.input(0), let right = node.input(1) else { return .notApplicable }
    for (x, gate) in [(left, right), (right, left)] {
      guard let sigmoid = graph.producer(of: gate, as: Sigmoid.self), sigmoid.input(0) == x else { continue }
      guard graph.readers(of: gate) == 1 else { return .skip("the sigmoid is read elsewhere") }
      var patch = Patch(Self.name, in: graph)
      patch.replace(node.output, with: patch.node(.swish(Swish(alpha: 1)), [x], named: node.name))
      return .apply(patch)
    }
    return .notApplicable
  }
}

/// Names the hard sigmoid and the product of a value with its own hard sigmoid.
///
///     before   Clip(x + 3, 0, 6) / 6 ── y          x · Clip(x + 3, 0, 6) / 6 ── y          x · HardSigmoid(x) ── y
///     after    x ── HardSigmoid(1/6, 1/2) ── y     x ── HardSwish ── y                     x ── HardSwish ── y
///
/// - Spec: ONNX HardSigmoid-6, HardSwish-14.
/// - Parity: two roundings less. The exporters' 1/6 is any float32 next to it.
struct ReplaceHardSwish: Pass {
  static let name: StaticString = "replace-hard-swish"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard let product = Factors(node, in: graph) else { return .notApplicable }
    switch product.values.count {
    case 1:
      guard let x = clipped(product.values[0], in: graph), isClose(product.scale, 1 / 6) else { return .notApplicable }
      return replace(node, with: .hardSigmoid(HardSigmoid(alpha: 1 / 6, beta: 0.5)), of: x, gate: product.values[0], in: graph)
    case 2:
      for (x, gate) in [(product.values[0], product.values[1]), (product.values[1], product.values[0])] {
        if clipped(gate, in: graph) == x, isClose(product.scale, 1 / 6) {
          return replace(node, with: .hardSwish(HardSwish()), of: x, gate: gate, in: graph)
        }
        guard product.scale == 1, let hard = graph.producer(of: gate, as: HardSigmoid.self), hard.input(0) == x else { continue }
        guard (hard.op.alpha - 1 / 6).magnitude <= 1e-7, hard.op.beta == 0.5 else {
          return .skip("the slope is not 1/6 or the offset not 1/2")
        }
        return replace(node, with: .hardSwish(HardSwish()), of: x, gate: gate, in: graph)
      }
      return .notApplicable
    default: return .notApplicable
    }
  }

  /// The x of `Clip(x + 3, 0, 6)`.
  private func clipped(_ id: ValueID, in graph: Graph) -> ValueID? {
    guard let clip = graph.producer(of: id, as: Clip.self), let input = clip.input(0) else { return nil }
    guard graph.number(clip.input(1)) == 0, graph.number(clip.input(2)) == 6 else { return nil }
    guard let (x, three) = graph.sumWithNumber(input), three == 3 else { return nil }
    return x
  }

  private func replace(_ node: Node, with op: Op, of x: ValueID, gate: ValueID, in graph: Graph) -> Verdict {
    guard graph.readers(of: gate) == 1 else { return .skip("the hard sigmoid is read elsewhere") }
    guard graph[x].type == graph[node.output].type else { return .skip("a constant widens the shape") }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.node(op, [x], named: node.name))
    return .apply(patch)
  }
}

/// Names the shuffle of channels between groups.
///
///     before   x [N, g·k, H, W] ── Reshape [N, g, k, H, W] ── Transpose(0, 2, 1, 3, 4) ── Reshape [N, g·k, H, W] ── y
///     after    x ── ChannelShuffle(g) ── y
///
/// - Spec: ShuffleNet, Zhang et al. 2017, section 3.1.
/// - Parity: exact.
struct ReplaceChannelShuffle: Pass {
  static let name: StaticString = "replace-channel-shuffle"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.op.isReshape, let swapped = node.inputs[0] else { return .notApplicable }
    guard let transpose = graph.producer(of: swapped, as: Transpose.self), let split = transpose.input(0) else { return .notApplicable }
    guard let first = graph.producer(of: split), first.op.isReshape, let input = first.inputs[0] else { return .notApplicable }
    guard let x = graph.shape(input), let s = graph.shape(split), let y = graph.shape(node.output) else { return .skip("no fixed shape") }
    guard x == y, x.rank >= 2, s.rank >= 3 else { return .skip("it does not end in the shape that it began with") }
    guard (try? transpose.op.order(rank: s.rank)) == [0, 2, 1] + Array(3..<s.rank) else {
      return .skip("it does not swap groups and channels")
    }
    // What stands behind the channels does not move: it may be split or joined in any way.
    guard s[0] == x[0], s[1] * s[2] == x[1], s[1] > 0 else {
      return .skip("the groups do not divide the channels")
    }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.node(.channelShuffle(ChannelShuffle(groups: s[1])), [input], named: node.name))
    return .apply(patch)
  }
}

/// Names the dealing out of channels in turn, where each share is picked by its index.
///
///     before   x [N, g·k, H, W] ── Reshape [N·k, g, H·W] ── Transpose(1, 0, 2) ── Reshape [g, N, k, H, W] ── Gather(i) ── y[i]
///     after    x ── ChannelShuffle(k) ── Split ── y[i]
///
/// - Spec: ShuffleNet V2, Ma et al. 2018, figure 3 (c), as its authors' code has it: y[i][n, j] = x[n, j·g + i].
/// - Parity: exact.
struct ReplaceChannelDeal: Pass {
  static let name: StaticString = "replace-channel-deal"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard node.op.isReshape, let swapped = node.inputs[0] else { return .notApplicable }
    guard let transpose = graph.producer(of: swapped, as: Transpose.self), let pairs = transpose.input(0) else { return .notApplicable }
    guard let first = graph.producer(of: pairs), first.op.isReshape, let input = first.inputs[0] else { return .notApplicable }
    guard let x = graph.shape(input), let s = graph.shape(pairs), let y = graph.shape(node.output), x.rank >= 3, s.rank >= 2, s[1] > 0
    else {
      return .notApplicable
    }
    guard (try? transpose.op.order(rank: s.rank)) == [1, 0] + Array(2..<s.rank) else { return .notApplicable }
    let groups = s[1]
    guard x[1] % groups == 0, y.dims == [groups, x[0], x[1] / groups] + x.dims[2...], s[0] * groups == x[0] * x[1] else {
      return .notApplicable
    }
    let readers = graph.readingNodes(of: node.output)
    let picks = readers.compactMap { pick($0, of: groups, in: graph) }
    let outputs = zip(readers, picks).filter { graph.isOutput($0.0.output) }.map(\.1)
    guard picks.count == graph.readers(of: node.output), Set(outputs).count == outputs.count else {
      return .skip("the shares are not picked one by one")
    }

    var patch = Patch(Self.name, in: graph)
    let shuffled = patch.node(.channelShuffle(ChannelShuffle(groups: x[1] / groups)), [input], named: node.name + ".dealt")
    let shares = patch.node(.split(Split(axis: 1, pieces: groups)), [shuffled], named: node.name + ".shares", outputs: groups)
    for (reader, index) in zip(readers, picks) { patch.replace(reader.output, with: ValueID(shares.index + index)) }
    return .apply(patch)
  }

  /// The share that a reader picks; nil where it does something else.
  private func pick(_ node: Node, of groups: Int, in graph: Graph) -> Int? {
    guard let gather = node.as(Gather.self), gather.op.axis == 0, let index = graph.constant(gather.input(1)), index.shape.rank == 0 else {
      return nil
    }
    let value = index.ints()[0], position = value < 0 ? value + groups : value
    return (0..<groups).contains(position) ? position : nil
  }
}

/// Names the mean over all spatial axes.
///
///     before   x [N, C, H, W] ── ReduceMean(axes 2, 3) ── y
///     after    x ── GlobalAveragePool ── y                         and a Reshape where keepdims is 0
///
/// - Spec: ONNX ReduceMean-18, GlobalAveragePool-22.
/// - Parity: exact: both are the same sum and one division.
struct ReplaceSpatialMean: Rewrite {
  static let name: StaticString = "replace-spatial-mean"

  func rewrite(_ node: NodeOf<ReduceMean>, in graph: Graph) -> Verdict {
    guard let input = node.input(0), let shape = graph.shape(input), let result = graph.shape(node.output) else { return .notApplicable }
    guard shape.rank >= 3, graph[input].type.element == .float32 else { return .notApplicable }
    guard let axes = try? node.op.options.axes(graph.facts(node.node.inputs), shape), axes == Array(2..<shape.rank) else {
      return .skip("it does not reduce just the spatial axes")
    }
    var patch = Patch(Self.name, in: graph)
    let flattens = result.rank != shape.rank
    var pooled = patch.node(.globalAveragePool(GlobalAveragePool()), [input], named: flattens ? node.name + ".mean" : node.name)
    if flattens { pooled = patch.reshape(pooled, to: result, named: node.name) }
    patch.replace(node.output, with: pooled)
    return .apply(patch)
  }
}
