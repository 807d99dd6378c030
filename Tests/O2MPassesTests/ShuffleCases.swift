import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// Sums of at most 12 · 9 + 1 terms, rounded from float64 in another order; then layers on top of them.
private let reordered = Agreement.sum(of: 128)

private let ordered = "a reader needs the channels in their order"

/// `x`, reshaped to `pairs`, transposed by `order`, reshaped to `shares`.
@Sendable private func dealt(_ g: inout GraphBuilder, _ x: Shape, _ pairs: [Int], _ order: [Int], _ shares: [Int]) throws -> ValueID {
  let a = try g.node(Reshape.self, [g.input("x", x), g.constant("pairs", .indices(pairs))], "a")
  let b = try g.node(Transpose.self, [a], "b", [.perm: .ints(order)])
  return try g.node(Reshape.self, [b, g.constant("shares", .indices(shares))], "c")
}

extension GraphBuilder {
  /// A convolution of its own weights over `x`.
  fileprivate mutating func layer(
    _ x: ValueID, _ outputs: Int, kernel: Int = 1, group: Int = 1, bias: Bool = true, _ name: String
  ) throws -> ValueID {
    var operands = [x, weight(name + ".w", [outputs, graph.shape(x)![1] / group, kernel, kernel])]
    if bias { operands.append(weight(name + ".b", [outputs])) }
    let pad = kernel / 2
    return try node(Conv.self, operands, name, [.group: .int(group), .pads: .ints([pad, pad, pad, pad])])
  }

  fileprivate mutating func shuffle(_ x: ValueID, groups: Int = 2, _ name: String) throws -> ValueID {
    try node(.channelShuffle(ChannelShuffle(groups: groups)), [x], name)
  }

  fileprivate mutating func join(_ parts: ValueID..., named name: String) throws -> ValueID {
    try node(.concat(Concat(axis: 1)), parts, name)
  }

  fileprivate mutating func halves(_ x: ValueID, _ name: String) throws -> [ValueID] {
    try node(.split(Split(axis: 1, pieces: 2)), [x], name, outputs: [name + ".left", name + ".right"])
  }
}

/// The pass that makes shuffles the business of those who read them.
extension PassCase {
  static let shuffles: [PassCase] = [
    .applies("replace-channel-deal", "") { g in
      let shares = try dealt(&g, [2, 6, 3, 5], [4, 3, 15], [1, 0, 2], [3, 2, 2, 3, 5])
      for index in [0, 2, -2] { g.output(try g.node(Gather.self, [shares, g.constant("i\(index)", .scalar(Int64(index)))], "y\(index)")) }
    },
    .applies("replace-channel-deal", "twice") { g in
      let shares = try dealt(&g, [1, 6, 4], [3, 2, 4], [1, 0, 2], [2, 1, 3, 4]), one = g.constant("one", .scalar(Int64(1)))
      let y = try g.node(Gather.self, [shares, one], "y"), z = try g.node(Gather.self, [shares, one], "z")
      g.output(try g.node(Add.self, [y, try g.node(Relu.self, [z], "r")], "sum"))
    },
    .skips("replace-channel-deal", "shares-joined", "the shares are not picked one by one") { g in
      g.output(try g.node(Relu.self, [dealt(&g, [1, 6, 4], [3, 2, 4], [1, 0, 2], [2, 1, 3, 4])], "y"))
    },
    .skips("replace-channel-deal", "other-order") { g in
      let shares = try dealt(&g, [1, 6, 4], [3, 4, 2], [2, 0, 1], [2, 1, 3, 4])
      g.output(try g.node(Gather.self, [shares, g.constant("one", .scalar(Int64(1)))], "y"))
    },
    .applies("eliminate-channel-shuffle", "units", 3, reordered) { g in
      let x = g.input("x", [2, 3, 5, 4])
      var y = try g.shuffle(g.join(g.layer(x, 7, "a"), g.layer(x, 7, kernel: 3, "b"), named: "ab"), "s0")
      for unit in 1...2 {
        let halves = try g.halves(y, "split\(unit)")
        let deep = try g.layer(g.layer(halves[1], 7, "c\(unit)"), 7, kernel: 3, group: 7, bias: false, "d\(unit)")
        y = try g.shuffle(g.join(halves[0], g.layer(deep, 7, "e\(unit)"), named: "join\(unit)"), "s\(unit)")
      }
      g.output(try g.layer(y, 4, kernel: 3, bias: false, "f"))
      g.output(try g.layer(g.layer(y, 14, kernel: 3, group: 14, "deep"), 5, "g"))
    },
    .applies("eliminate-channel-shuffle", "alone", 1, reordered) { g in
      g.output(try g.layer(g.shuffle(g.layer(g.input("x", [1, 2, 3, 3]), 12, "a"), groups: 3, "s"), 4, kernel: 3, "y"))
    },
    .applies("eliminate-channel-shuffle", "twice", 1, reordered) { g in
      let s = try g.shuffle(g.shuffle(g.input("x", [1, 12, 4]), groups: 3, "s"), "t")
      g.output(try g.node(Conv.self, [g.halves(s, "h")[0], g.weight("w", [2, 6, 1])], "y"))
    },
    .applies("eliminate-channel-shuffle", "slices", 2, reordered) { g in
      let s = try g.shuffle(g.layer(g.input("x", [1, 2, 3, 3]), 9, "a"), groups: 3, "s"), one = g.constant("one", .indices([1]))
      let four = g.constant("four", .indices([4])), end = g.constant("end", .indices([Int(Int64.max)]))
      g.output(try g.layer(g.node(Slice.self, [s, one, four, one], "b"), 2, "y"))
      g.output(try g.layer(g.node(Slice.self, [s, four, end, one], "c"), 3, "z"))
    },
    .skips("eliminate-channel-shuffle", "rows", ordered) { g in
      let s = try g.shuffle(g.input("x", [1, 4, 3, 3]), "s"), one = g.constant("one", .indices([1])), two = g.constant("two", .indices([2]))
      g.output(try g.layer(s, 2, "y"))
      g.output(try g.layer(g.node(Slice.self, [s, one, two, two], "row"), 2, "z"))
    },
    .applies("eliminate-channel-shuffle", "joined-twice", 1, reordered) { g in
      let a = try g.layer(g.input("x", [1, 2, 3, 3]), 3, "a")
      g.output(try g.layer(g.shuffle(g.join(a, a, named: "aa"), "s"), 4, "y"))
    },
    .applies("eliminate-channel-shuffle", "depthwise", 1, reordered) { g in
      let s = try g.shuffle(g.join(g.input("x", [1, 2, 6, 5]), g.layer(g.input("z", [1, 3, 6, 5]), 4, "a"), named: "xa"), groups: 3, "s")
      let deep = try g.layer(s, 6, kernel: 3, group: 6, "deep")
      g.output(try g.layer(deep, 4, "y"))
      g.output(try g.layer(deep, 2, kernel: 3, bias: false, "w"))
    },
    .skips("eliminate-channel-shuffle", "output", ordered) { g in
      let s = try g.shuffle(g.input("x", [1, 4, 3, 3]), "s")
      g.output(try g.layer(s, 2, "y"))
      g.output(s)
    },
    .skips("eliminate-channel-shuffle", "pool", ordered, ordered) { g in
      let halves = try g.halves(g.shuffle(g.input("x", [1, 4, 3, 3]), "s"), "h")
      g.output(try g.layer(halves[0], 2, "y"))
      g.output(try g.layer(halves[1], 2, "z"))
      g.output(try g.node(GlobalAveragePool.self, [halves[1]], "pool"))
    },
    .skips("eliminate-channel-shuffle", "grouped", ordered, ordered) { g in
      let s = try g.shuffle(g.input("x", [1, 4, 3, 3]), "s")
      g.output(try g.layer(s, 2, group: 2, "y"))
      g.output(try g.layer(s, 2, "z"))
    },
    .skips("eliminate-channel-shuffle", "open-weight", ordered) { g in
      g.output(try g.node(Conv.self, [g.shuffle(g.input("x", [1, 4, 3, 3]), "s"), g.input("w", [2, 4, 1, 1])], "y"))
    },
    .skips("eliminate-channel-shuffle", "open-bias", ordered) { g in
      let s = try g.shuffle(g.input("x", [1, 4, 3, 3]), "s")
      g.output(try g.node(Conv.self, [s, g.weight("w", [2, 4, 1, 1]), g.input("b", [2])], "y"))
    },
    .skips("eliminate-channel-shuffle", "residual", ordered) { g in
      let s = try g.shuffle(g.input("x", [1, 4, 3, 3]), "s")
      g.output(
        try g.node(.conv(Conv(window: Window(kernel: [1, 1]))), [s, g.weight("w", [4, 4, 1, 1]), nil, g.input("r", [1, 4, 3, 3])], "y"))
    },
    .skips("eliminate-channel-shuffle", "depthwise-output", ordered, ordered) { g in
      for (name, isOutput) in [("a", true), ("b", false)] {
        let deep = try g.layer(g.shuffle(g.input(name, [1, 4, 3, 3]), name + ".s"), 4, group: 4, name + ".deep")
        g.output(isOutput ? deep : try g.node(Relu.self, [deep], name + ".y"))
      }
    },
    .skips("eliminate-channel-shuffle", "grouped-to-as-many", ordered) { g in
      g.output(try g.layer(g.layer(g.shuffle(g.input("x", [1, 4, 3, 3]), "s"), 4, group: 2, "grouped"), 2, "y"))
    },
    .skips("eliminate-channel-shuffle", "every-second", ordered) { g in
      let s = try g.shuffle(g.input("x", [1, 4, 3, 3]), "s"),
        cut = [0, 4, 1, 2].enumerated().map { g.constant("cut\($0)", .indices([$1])) }
      g.output(try g.layer(s, 2, "y"))
      g.output(try g.layer(g.node(Slice.self, [s] + cut, "second"), 2, "z"))
    },
    .skips("eliminate-channel-shuffle", "multiplier", ordered) { g in
      g.output(try g.layer(g.layer(g.shuffle(g.input("x", [1, 4, 3, 3]), "s"), 8, group: 4, "twice"), 2, "y"))
    },
    .skips("eliminate-channel-shuffle", "depthwise-twice", ordered) { g in
      let deep = try g.layer(g.shuffle(g.input("x", [1, 4, 3, 3]), "s"), 4, group: 4, "a")
      g.output(try g.layer(g.layer(deep, 4, kernel: 3, group: 4, "b"), 2, "y"))
    },
    .skips("eliminate-channel-shuffle", "many-runs", "the channels come in too many runs") { g in
      let halves = try g.halves(g.shuffle(g.input("x", [1, 34, 2, 2]), groups: 17, "s"), "h")
      g.output(try g.layer(halves[0], 2, "y"))
    },
  ]
}
