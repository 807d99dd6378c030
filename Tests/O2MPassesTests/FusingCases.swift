import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// One rounding less, on values of magnitude up to about 40.
private let oneRounding = Agreement.bounds(absolute: 4e-6, relative: 2e-7)

/// The picture, padded by `pads`, then a Conv 3×3 with `attributes`.
@Sendable private func padded(
  _ g: inout GraphBuilder, _ pads: [Int], value: Float? = nil, mode: String = "constant",
  _ attributes: [AttributeName: Attributes.Value] = [:]
) throws {
  var operands = [g.input("x", [1, 2, 6, 7]), g.constant("pads", .indices(pads))]
  if let value { operands.append(g.constant("value", .scalar(value))) }
  let p = try g.node(Pad.self, operands, "p", [.mode: .string(mode)])
  let channels = 2 + pads[1] + pads[5]
  g.output(try g.node(Conv.self, [p, g.weight("w", [3, channels, 3, 3])], "y", attributes))
}

/// Passes that let a layer do what stands before or behind it.
extension PassCase {
  static let fusing: [PassCase] = [
    .applies("fuse-pad-into-conv", "asymmetric") { g in
      try padded(&g, [0, 0, 0, 1, 0, 0, 2, 3], value: 0, [.pads: .ints([1, 0, 0, 2]), .strides: .ints([2, 1])])
    },
    .applies("fuse-pad-into-conv", "valid") { g in try padded(&g, [0, 0, 1, 2, 0, 0, 0, 1], [.auto_pad: .string("VALID")]) },
    .applies("fuse-pad-into-conv", "average") { g in
      let p = try g.node(Pad.self, [g.input("x", [1, 2, 6, 7]), g.constant("pads", .indices([0, 0, 1, 0, 0, 0, 0, 1]))], "p")
      g.output(try g.node(AveragePool.self, [p], "y", [.kernel_shape: .ints([3, 2]), .count_include_pad: .int(1)]))
    },
    .applies("fuse-pad-into-conv", "pad-read-elsewhere") { g in
      let p = try g.node(Pad.self, [g.input("x", [1, 2, 6]), g.constant("pads", .indices([0, 0, 1, 0, 0, 1]))], "p")
      g.output(try g.node(Conv.self, [p, g.weight("w", [3, 2, 3])], "y"))
      g.output(p)
    },
    // The padding does not count in the mean.
    .skips("fuse-pad-into-conv", "average-without-pads") { g in
      let p = try g.node(Pad.self, [g.input("x", [1, 2, 6, 7]), g.constant("pads", .indices([0, 0, 1, 0, 0, 0, 0, 1]))], "p")
      g.output(try g.node(AveragePool.self, [p], "y", [.kernel_shape: .ints([3, 2])]))
    },
    .skips("fuse-pad-into-conv", "reflected", "the padding is not constant") { g in
      try padded(&g, [0, 0, 1, 1, 0, 0, 1, 1], mode: "reflect")
    },
    .skips("fuse-pad-into-conv", "ones", "the padding is not zero") { g in try padded(&g, [0, 0, 1, 1, 0, 0, 1, 1], value: 1) },
    .skips("fuse-pad-into-conv", "same", "the window pads by itself") { g in
      try padded(&g, [0, 0, 1, 1, 0, 0, 1, 1], [.auto_pad: .string("SAME_UPPER")])
    },
    .skips("fuse-pad-into-conv", "crops", "the padding crops") { g in try padded(&g, [0, 0, 1, -1, 0, 0, 1, 1]) },
    .skips("fuse-pad-into-conv", "channels", "the padding widens batch or channels") { g in try padded(&g, [0, 1, 1, 1, 0, 0, 1, 1]) },

    .applies("fuse-residual-add", "", 1, oneRounding) { g in
      let x = g.input("x", [1, 4, 5, 5])
      g.output(try g.node(Add.self, [try g.conv(x, to: 4), x], "y"))
    },
    .applies("fuse-residual-add", "second-addend", 1, oneRounding) { g in
      let x = g.input("x", [1, 4, 5, 5]), c = try g.conv(x, to: 4)
      g.output(try g.node(Relu.self, [try g.node(Add.self, [x, c], "a")], "y"))
    },
    // The other addend is computed after the Conv, so that the new node must stand where the Add stood.
    .applies("fuse-residual-add", "later-addend", 1, oneRounding) { g in
      let x = g.input("x", [1, 4, 5, 5]), c = try g.conv(x, to: 4)
      let later = try g.node(Exp.self, [try g.node(Sin.self, [x], "s")], "later")
      g.output(try g.node(Add.self, [c, later], "y"))
    },
    .applies("fuse-residual-add", "two-convs", 1, oneRounding) { g in
      let x = g.input("x", [1, 4, 5, 5])
      let a = try g.conv(x, "a"), b = try g.conv(x, "b")
      g.output(try g.node(Add.self, [b, a], "y"))
    },
    .applies("fuse-residual-add", "rows", 1, oneRounding) { g in
      let x = g.input("x", [2, 3, 5])
      g.output(try g.node(Add.self, [x, try g.node(MatMul.self, [x, g.weight("w", [5, 5])], "m")], "y"))
    },
    // The later Conv is read twice, the earlier one can take the sum.
    .applies("fuse-residual-add", "addend-read-twice", 1, oneRounding) { g in
      let x = g.input("x", [1, 4, 5, 5])
      let a = try g.conv(x, "a"), b = try g.conv(x, "b")
      g.output(try g.node(Add.self, [a, b], "y"))
      g.output(try g.node(Exp.self, [b], "z"))
    },
    .skips("fuse-residual-add", "read-elsewhere", "the layer's output is read elsewhere") { g in
      let x = g.input("x", [1, 4, 5, 5]), c = try g.conv(x, to: 4)
      g.output(try g.node(Add.self, [c, x], "y"))
      g.output(c)
    },
    .skips("fuse-residual-add", "activated", "the layer already ends in an activation") { g in
      let x = g.input("x", [1, 4, 5, 5]), conv = Conv(window: Window(kernel: [1, 1]), activation: .relu)
      let c = try g.node(.conv(conv), [x, g.weight("w", [4, 4, 1, 1])], "c")
      g.output(try g.node(Add.self, [c, x], "y"))
    },
    .skips("fuse-residual-add", "broadcast", "the addends have other shapes") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 5]))
      g.output(try g.node(Add.self, [c, g.input("r", [6, 1, 1])], "y"))
    },
    .skips("fuse-residual-add", "no-conv", "no addend comes from a Conv, Gemm or MatMul") { g in
      g.output(try g.node(Add.self, [g.input("x", [3]), g.input("r", [3])], "y"))
    },
    .applies("fuse-residual-add", "chain", 1, skips: ["the layer already adds a residual"], oneRounding) { g in
      let x = g.input("x", [1, 4, 5, 5]), c = try g.conv(x, to: 4)
      let a = try g.node(Add.self, [c, x], "a")
      g.output(try g.node(Add.self, [a, g.input("r", [1, 4, 5, 5])], "y"))
    },

    .applies("fuse-activation", "relu") { g in g.output(try g.node(Relu.self, [try g.conv(g.input("x", [1, 4, 5, 5]))], "y")) },
    .applies("fuse-activation", "residual") { g in
      let operands = [g.input("x", [1, 4, 5, 5]), g.weight("w", [6, 4, 1, 1]), nil, g.input("r", [1, 6, 5, 5])]
      g.output(try g.node(Relu.self, [try g.node(.conv(Conv(window: Window(kernel: [1, 1]))), operands, "c")], "y"))
    },
    .applies("fuse-activation", "clip") { g in
      let c = try g.node(ConvTranspose.self, [g.input("x", [1, 4, 5, 5]), g.weight("w", [4, 3, 1, 1])], "c")
      g.output(try g.node(Clip.self, [c, g.constant("low", .scalar(Float(0))), g.constant("high", .scalar(Float(0.5)))], "y"))
    },
    .applies("fuse-activation", "rows", 1, oneRounding) { g in
      let m = try g.node(MatMul.self, [g.input("x", [2, 3, 7]), g.weight("w", [7, 5])], "m")
      g.output(try g.node(Gelu.self, [m], "y", opset: 20))
    },
    .applies("fuse-activation", "clip-low") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 5]))
      g.output(try g.node(Clip.self, [c, g.constant("low", .scalar(Float(0)))], "y"))
    },
    .applies("fuse-activation", "clip-high") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 5]))
      g.output(try g.node(Clip.self, [c, nil, g.constant("high", .scalar(Float(0.5)))], "y"))
    },
    .applies("fuse-activation", "clip-open") { g in g.output(try g.node(Clip.self, [try g.conv(g.input("x", [1, 4, 5, 5]))], "y")) },
    .applies("fuse-activation", "all", 8, oneRounding) { g in
      let x = g.input("x", [1, 4, 3, 3])
      g.output(try g.node(LeakyRelu.self, [try g.conv(x, "a")], "leaky", [.alpha: .float(0.2)]))
      g.output(try g.node(HardSigmoid.self, [try g.conv(x, "b")], "hard-sigmoid"))
      g.output(try g.node(HardSwish.self, [try g.conv(x, "c")], "hard-swish"))
      g.output(try g.node(Sigmoid.self, [try g.conv(x, "d")], "sigmoid"))
      g.output(try g.node(Tanh.self, [try g.conv(x, "e")], "tanh"))
      g.output(try g.node(Gelu.self, [try g.conv(x, "f")], "gelu", opset: 20))
      g.output(try g.node(Gelu.self, [try g.conv(x, "g")], "gelu-tanh", [.approximate: .string("tanh")], opset: 20))
      g.output(try g.node(.swish(Swish(alpha: 1)), [try g.conv(x, "h")], "silu"))
    },
    .applies("fuse-activation", "second", skips: ["the layer already ends in an activation"]) { g in
      let r = try g.node(Relu.self, [try g.conv(g.input("x", [1, 4, 5, 5]))], "r")
      g.output(try g.node(Relu.self, [r], "y"))
    },
    .skips("fuse-activation", "swish", "alpha is not 1") { g in
      g.output(try g.node(.swish(Swish(alpha: 2)), [try g.conv(g.input("x", [1, 4, 5, 5]))], "y"))
    },
    .skips("fuse-activation", "open-bound", "a bound is not constant") { g in
      g.output(try g.node(Clip.self, [try g.conv(g.input("x", [1, 4, 5, 5])), g.input("low", [])], "y"))
    },
    .skips("fuse-activation", "crossed", "the bounds are crossed") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 5]))
      g.output(try g.node(Clip.self, [c, g.constant("low", .scalar(Float(1))), g.constant("high", .scalar(Float(-1)))], "y"))
    },
    .skips("fuse-activation", "float64", "not float32") { g in g.output(try g.node(Relu.self, [g.input("x", [3], .float64)], "y")) },
  ]
}
