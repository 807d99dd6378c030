import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// The weights were rounded once more: `relative` of the largest term, through sums of a few dozen of them.
private let folded = Agreement.bounds(absolute: 2e-5, relative: 1e-5)
private let scaled = Agreement.bounds(absolute: 4e-6, relative: 1e-6)

extension GraphBuilder {
  /// A Conv 3×3 from 4 channels to 6 with a bias.
  mutating func conv(_ x: ValueID, _ name: String = "c", channels: Int = 4, to count: Int = 6) throws -> ValueID {
    try node(
      Conv.self, [x, weight(name + ".w", [count, channels, 3, 3]), weight(name + ".b", [count])], name, [.pads: .ints([1, 1, 1, 1])])
  }

  mutating func batchNorm(_ x: ValueID, _ name: String, _ channels: Int) throws -> ValueID {
    try node(BatchNormalization.self, [x] + statistics("bn", channels), name)
  }
}

/// Passes that change weights.
extension PassCase {
  static let layers: [PassCase] = [
    // A block of RepVGG without its activations: 3×3, 1×1 and the input itself, each normalised.
    .applies("fold-parallel-conv", "dense", 2, folded) { g in
      let x = g.input("x", [1, 4, 7, 5])
      let point = try g.node(Conv.self, [x, g.weight("p.w", [4, 4, 1, 1])], "p")
      let both = try g.node(Add.self, [point, try g.conv(x, to: 4)], "both")
      g.output(try g.node(Add.self, [both, try g.batchNorm(x, "n", 4)], "y"))
    },
    .applies("fold-parallel-conv", "depthwise", 2, folded) { g in
      let x = try g.conv(g.input("x", [1, 4, 7, 7]), "stem", to: 5)
      let wide = try g.node(
        Conv.self, [x, g.weight("w", [5, 1, 7, 5])], "c", [.group: .int(5), .dilations: .ints([1, 2]), .pads: .ints([3, 4, 3, 4])])
      let narrow = try g.node(
        Conv.self, [x, g.weight("n.w", [5, 1, 3, 3]), g.weight("n.b", [5])], "n",
        [.group: .int(5), .dilations: .ints([1, 2]), .pads: .ints([1, 2, 1, 2])])
      g.output(try g.node(Add.self, [try g.node(Add.self, [wide, narrow], "both"), x], "y"))
    },
    .applies("fold-parallel-conv", "grouped-stride", 1, folded) { g in
      let x = g.input("x", [1, 6, 9])
      let wide = try g.node(
        Conv.self, [x, g.weight("w", [9, 2, 3])], "c", [.group: .int(3), .strides: .ints([2]), .pads: .ints([1, 1])])
      let narrow = try g.node(Conv.self, [x, g.weight("n.w", [9, 2, 1])], "n", [.group: .int(3), .strides: .ints([2])])
      g.output(try g.node(Add.self, [narrow, wide], "y"))
    },
    .skips("fold-parallel-conv", "other-window", "the branches are no convolutions of one window") { g in
      let x = g.input("x", [1, 4, 7, 5])
      let wide = try g.node(Conv.self, [x, g.weight("w", [4, 4, 3, 3])], "c", [.dilations: .ints([2, 2]), .pads: .ints([2, 2, 2, 2])])
      g.output(try g.node(Add.self, [wide, try g.conv(x, "n", to: 4)], "y"))
    },
    // Both give two numbers of four.
    .skips("fold-parallel-conv", "other-strides", "the branches are no convolutions of one window") { g in
      let x = g.input("x", [1, 4, 4]), wide = try g.node(Conv.self, [x, g.weight("w", [4, 4, 3])], "c")
      g.output(try g.node(Add.self, [wide, try g.node(Conv.self, [x, g.weight("n.w", [4, 4, 1])], "n", [.strides: .ints([2])])], "y"))
    },
    .skips("fold-parallel-conv", "between-taps", "the branches are no convolutions of one window") { g in
      let x = g.input("x", [1, 4, 9])
      let wide = try g.node(Conv.self, [x, g.weight("w", [4, 4, 3])], "c", [.dilations: .ints([2]), .pads: .ints([2, 3])])
      g.output(try g.node(Add.self, [wide, try g.node(Conv.self, [x, g.weight("n.w", [4, 4, 1])], "n", [.pads: .ints([1, 0])])], "y"))
    },
    .skips("fold-parallel-conv", "sticks-out", "the branches are no convolutions of one window") { g in
      let x = g.input("x", [1, 4, 9]), wide = try g.node(Conv.self, [x, g.weight("w", [4, 4, 3])], "c", [.pads: .ints([1, 1])])
      g.output(try g.node(Add.self, [wide, try g.node(Conv.self, [x, g.weight("n.w", [4, 4, 3])], "n", [.pads: .ints([0, 2])])], "y"))
    },
    .skips("fold-parallel-conv", "dense-residual", "the branches are no convolutions of one window") { g in
      let x = g.input("x", [1, 4, 7, 5])
      g.output(try g.node(Add.self, [try g.conv(x, to: 4), x], "y"))
    },
    .skips("fold-parallel-conv", "read-elsewhere", "the branches are no convolutions of one window") { g in
      let x = g.input("x", [1, 4, 7, 5]), c = try g.conv(x, to: 4)
      g.output(try g.node(Add.self, [c, try g.conv(x, "n", to: 4)], "y"))
      g.output(c)
    },
    .skips("fold-parallel-conv", "other-value") { g in
      g.output(
        try g.node(Add.self, [try g.conv(g.input("x", [1, 4, 7, 5]), to: 4), try g.conv(g.input("z", [1, 4, 7, 5]), "n", to: 4)], "y"))
    },
    .applies("fold-batchnorm", "conv", 1, folded) { g in
      g.output(try g.batchNorm(try g.conv(g.input("x", [1, 4, 5, 7])), "y", 6))
    },
    .applies("fold-batchnorm", "twice", 2, folded) { g in
      g.output(try g.batchNorm(try g.batchNorm(try g.conv(g.input("x", [1, 4, 5, 7])), "a", 6), "y", 6))
    },
    .applies("fold-batchnorm", "depthwise", 1, folded) { g in
      let c = try g.node(Conv.self, [g.input("x", [2, 5, 6, 6]), g.weight("w", [5, 1, 3, 3])], "c", [.group: .int(5)])
      g.output(try g.batchNorm(c, "y", 5))
    },
    .applies("fold-batchnorm", "grouped", 1, folded) { g in
      let c = try g.node(Conv.self, [g.input("x", [1, 6, 5]), g.weight("w", [9, 2, 3])], "c", [.group: .int(3)])
      g.output(try g.batchNorm(c, "y", 9))
    },
    .applies("fold-batchnorm", "transposed", 1, folded) { g in
      let c = try g.node(ConvTranspose.self, [g.input("x", [1, 4, 3, 3]), g.weight("w", [4, 5, 2, 3])], "c", [.strides: .ints([2, 1])])
      g.output(try g.batchNorm(c, "y", 5))
    },
    // Output channel m is channel m mod 3 of group m / 3.
    .applies("fold-batchnorm", "transposed-grouped", 1, folded) { g in
      let operands = [g.input("x", [1, 4, 3, 3]), g.weight("w", [4, 3, 2, 3]), g.weight("b", [6])]
      let c = try g.node(ConvTranspose.self, operands, "c", [.strides: .ints([2, 1]), .group: .int(2)])
      g.output(try g.batchNorm(c, "y", 6))
    },
    .applies("fold-batchnorm", "gemm", 1, folded) { g in
      let operands = [g.input("x", [3, 7]), g.weight("w", [7, 5]), g.weight("b", [1, 5])]
      let c = try g.node(Gemm.self, operands, "c", [.alpha: .float(0.75), .beta: .float(2)])
      g.output(try g.batchNorm(c, "y", 5))
    },
    .applies("fold-batchnorm", "gemm-transposed", 1, folded) { g in
      let operands = [g.input("x", [7, 3]), g.weight("w", [5, 7]), g.weight("b", [])]
      let c = try g.node(Gemm.self, operands, "c", [.transA: .int(1), .transB: .int(1), .alpha: .float(-1.5), .beta: .float(0.5)])
      g.output(try g.batchNorm(c, "y", 5))
    },
    .applies("fold-batchnorm", "shared-weight", 1, folded) { g in
      let x = g.input("x", [1, 4, 5, 5]), w = g.weight("w", [6, 4, 1, 1])
      g.output(try g.batchNorm(try g.node(Conv.self, [x, w], "c"), "y", 6))
      g.output(try g.node(Conv.self, [try g.node(Relu.self, [x], "r"), w], "z"))
    },
    .applies("fold-batchnorm", "shared-by-both", 2, folded) { g in
      let x = g.input("x", [1, 4, 5, 5]), w = g.weight("w", [6, 4, 1, 1])
      g.output(try g.batchNorm(try g.node(Conv.self, [x, w], "c"), "y", 6))
      g.output(try g.batchNorm(try g.node(Conv.self, [try g.node(Relu.self, [x], "r"), w], "d"), "z", 6))
    },
    .skips("fold-batchnorm", "unfed", "not fed by a linear layer", "not fed by a linear layer") { g in
      let x = g.input("x", [1, 6, 5, 5])
      let a = try g.batchNorm(x, "a", 6)
      g.output(try g.batchNorm(try g.node(Exp.self, [a], "e"), "y", 6))
    },
    .skips("fold-batchnorm", "read-elsewhere", "the layer's output is read elsewhere") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 5]))
      g.output(try g.batchNorm(c, "y", 6))
      g.output(c)
    },
    .skips("fold-batchnorm", "open-weight", "a weight or bias is not a float32 constant per channel") { g in
      let c = try g.node(Conv.self, [g.input("x", [1, 4, 5, 5]), g.input("w", [6, 4, 1, 1])], "c")
      g.output(try g.batchNorm(c, "y", 6))
    },
    .skips("fold-batchnorm", "bias-per-row", "a weight or bias is not a float32 constant per channel") { g in
      let c = try g.node(Gemm.self, [g.input("x", [5, 7]), g.weight("w", [7, 5]), g.weight("b", [5, 1])], "c")
      g.output(try g.batchNorm(c, "y", 5))
    },
    .skips("fold-batchnorm", "activated", "the layer already ends in an activation") { g in
      let conv = Conv(window: Window(kernel: [1, 1]), activation: .relu)
      g.output(try g.batchNorm(try g.node(.conv(conv), [g.input("x", [1, 4, 5, 5]), g.weight("w", [6, 4, 1, 1])], "c"), "y", 6))
    },
    .skips("fold-batchnorm", "residual", "the layer adds a residual") { g in
      let operands = [g.input("x", [1, 4, 5, 5]), g.weight("w", [6, 4, 1, 1]), nil, g.input("r", [1, 6, 5, 5])]
      g.output(try g.batchNorm(try g.node(.conv(Conv(window: Window(kernel: [1, 1]))), operands, "c"), "y", 6))
    },
    .skips("fold-batchnorm", "open-statistic", "a statistic is no float32 constant") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 5])), mean = g.input("mean", [6]), rest = g.statistics("bn", 6)
      g.output(try g.node(BatchNormalization.self, [c, rest[0], rest[1], mean, rest[3]], "y"))
    },
    // It measures the batch.
    .skips("fold-batchnorm", "training", "a statistic is no float32 constant") { g in
      g.output(
        try g.node(BatchNormalization.self, [try g.conv(g.input("x", [1, 4, 5, 5]))] + g.statistics("bn", 6), "y", opset: 6))
    },
    .skips("fold-batchnorm", "last-axis", "axis 1 is not the layer's channels") { g in
      let m = try g.node(MatMul.self, [g.input("x", [2, 3, 7]), g.weight("w", [7, 3])], "m")
      g.output(try g.batchNorm(m, "y", 3))
    },

    .applies("replace-batchnorm-with-conv", "", 1, scaled) { g in
      g.output(try g.conv(try g.batchNorm(g.input("x", [2, 4, 5, 5]), "n", 4), "y"))
    },
    .applies("replace-batchnorm-with-conv", "1d", 1, scaled) { g in g.output(try g.batchNorm(g.input("x", [2, 4, 5]), "y", 4)) },
    .applies("replace-batchnorm-with-conv", "behind-residual", 1, folded) { g in
      let operands = [g.input("x", [1, 4, 5, 5]), g.weight("w", [6, 4, 1, 1]), nil, g.input("r", [1, 6, 5, 5])]
      g.output(try g.batchNorm(try g.node(.conv(Conv(window: Window(kernel: [1, 1]))), operands, "c"), "y", 6))
    },
    // fold-batchnorm takes it.
    .skips("replace-batchnorm-with-conv", "fed") { g in g.output(try g.batchNorm(try g.conv(g.input("x", [1, 4, 5, 7])), "y", 6)) },
    .skips("replace-batchnorm-with-conv", "float64", "the input is not float32") { g in
      g.output(try g.batchNorm(g.input("x", [2, 4, 5, 5], .float64), "y", 4))
    },
    .skips("replace-batchnorm-with-conv", "rows", "the input does not have one to three spatial axes") { g in
      g.output(try g.batchNorm(g.input("x", [2, 4]), "y", 4))
    },
    .skips("replace-batchnorm-with-conv", "empty", "the input is empty") { g in
      g.output(try g.batchNorm(g.input("x", [2, 5, 0]), "y", 5))
    },
    .skips("replace-batchnorm-with-conv", "open-statistic", "a statistic is no float32 constant") { g in
      let x = g.input("x", [1, 6, 5, 5]), mean = g.input("mean", [6]), rest = g.statistics("bn", 6)
      g.output(try g.node(BatchNormalization.self, [x, rest[0], rest[1], mean, rest[3]], "y"))
    },

    .applies("fold-scale-add", "per-channel", 2, scaled) { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 7]))
      let m = try g.node(Mul.self, [c, g.weight("s", [6, 1, 1], in: 0.5...1.5)], "m")
      g.output(try g.node(Add.self, [m, g.weight("t", [1, 6, 1, 1])], "y"))
    },
    .applies("fold-scale-add", "scalar", 4, scaled) { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 7]))
      let m = try g.node(Mul.self, [c, g.constant("s", .scalar(Float(0.7)))], "m")
      let a = try g.node(Add.self, [m, g.constant("t", .scalar(Float(0.3)))], "a")
      let s = try g.node(Sub.self, [a, g.constant("u", Tensor([1], [Float(0.2)]))], "s")
      g.output(try g.node(Div.self, [s, g.constant("v", .scalar(Float(3)))], "y"))
    },
    .applies("fold-scale-add", "sub-div", 2, scaled) { g in
      let c = try g.node(Gemm.self, [g.input("x", [3, 7]), g.weight("w", [7, 5]), g.weight("b", [5])], "c")
      let s = try g.node(Sub.self, [c, g.weight("t", [5])], "s")
      g.output(try g.node(Div.self, [s, g.weight("s", [1, 5], in: 1...2)], "y"))
    },
    .applies("fold-scale-add", "rows", 2, scaled) { g in
      let m = try g.node(MatMul.self, [g.input("x", [2, 3, 7]), g.weight("w", [7, 5])], "m")
      let s = try g.node(Mul.self, [m, g.weight("s", [1, 1, 5], in: 0.5...1.5)], "s1")
      g.output(try g.node(Add.self, [g.weight("b", [5]), s], "y"))
    },
    .skips("fold-scale-add", "rows-by-row", "the constant is not per channel") { g in
      let m = try g.node(MatMul.self, [g.input("x", [2, 3, 7]), g.weight("w", [7, 5])], "m")
      g.output(try g.node(Add.self, [m, g.weight("b", [3, 1])], "y"))
    },
    .applies("fold-scale-add", "constant-first", 2, scaled) { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 7]))
      let m = try g.node(Mul.self, [g.weight("s", [6, 1, 1], in: 0.5...1.5), c], "m")
      g.output(try g.node(Add.self, [g.constant("t", .scalar(Float(0.3))), m], "y"))
    },
    // Only a product or sum may have the constant in front.
    .skips("fold-scale-add", "constant-first-sub") { g in
      let c = try g.conv(g.input("x", [1, 4, 5, 7]))
      g.output(try g.node(Sub.self, [g.constant("t", .scalar(Float(1))), c], "y"))
    },
    .skips("fold-scale-add", "per-column", "the constant is not per channel") { g in
      g.output(try g.node(Mul.self, [try g.conv(g.input("x", [1, 4, 5, 6])), g.weight("s", [6])], "y"))
    },
    .skips("fold-scale-add", "per-element", "the constant is not per channel") { g in
      g.output(try g.node(Mul.self, [try g.conv(g.input("x", [1, 4, 2, 3])), g.weight("s", [6, 2, 3])], "y"))
    },
    .skips("fold-scale-add", "widens", "the constant is not per channel") { g in
      let c = try g.node(Gemm.self, [g.input("x", [1, 4]), g.weight("w", [4, 1])], "c")
      g.output(try g.node(Add.self, [c, g.weight("t", [3, 1])], "y"))
    },
    .skips("fold-scale-add", "zero", "a divisor is zero") { g in
      g.output(try g.node(Div.self, [try g.conv(g.input("x", [1, 4, 5, 6])), g.constant("s", .scalar(Float(0)))], "y"))
    },
    .skips("fold-scale-add", "residual", "the layer adds a residual") { g in
      let operands = [g.input("x", [1, 4, 5, 5]), g.weight("w", [6, 4, 1, 1]), nil, g.input("r", [1, 6, 5, 5])]
      let c = try g.node(.conv(Conv(window: Window(kernel: [1, 1]))), operands, "c")
      g.output(try g.node(Mul.self, [c, g.constant("s", .scalar(Float(2)))], "y"))
    },
  ]
}
