import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// Passes that name or fuse what transformers are made of.
extension PassCase {
  static let transformers: [PassCase] = [
    // As TorchScript writes it: (x · (1 + erf(x / √2))) · 1/2.
    .applies("replace-gelu", "erf", 1, gelu) { g in
      let x = g.input("x", [3, 7])
      let e = try g.node(Erf.self, [try g.node(Div.self, [x, g.number("root", 1.41421354)], "d")], "e")
      let m = try g.node(Mul.self, [x, try g.node(Add.self, [e, g.number("one", 1)], "a")], "m")
      g.output(try g.node(Mul.self, [m, g.number("half", 0.5)], "y"))
    },
    // As the dynamo exporter writes it: x · (1/2 · (1 + erf(x · √½))).
    .applies("replace-gelu", "half-first", 1, gelu) { g in
      let x = g.input("x", [3, 7])
      let e = try g.node(Erf.self, [try g.node(Mul.self, [g.number("root", 0.70710677), x], "d")], "e")
      let a = try g.node(Mul.self, [g.number("half", 0.5), try g.node(Add.self, [g.number("one", 1), e], "a")], "h")
      g.output(try g.node(Mul.self, [x, a], "y"))
    },
    .applies("replace-gelu", "tanh-power", 1, gelu) { g in
      let x = g.input("x", [7])
      g.output(try tanhGelu(&g, x, cube: try g.node(Pow.self, [x, g.number("three", 3)], "p"), 0.044715))
    },
    .applies("replace-gelu", "tanh-product", 1, gelu) { g in
      let x = g.input("x", [7])
      let cube = try g.node(Mul.self, [try g.node(Mul.self, [x, x], "s"), x], "p")
      g.output(try tanhGelu(&g, x, cube: cube, 0.044715))
    },
    .skips("replace-gelu", "tanh-cubic", "a constant is not Gelu's") { g in
      let x = g.input("x", [7])
      g.output(try tanhGelu(&g, x, cube: try g.node(Pow.self, [x, g.number("three", 3)], "p"), 0.05))
    },
    .skips("replace-gelu", "tanh-cubic-near", "a constant is not Gelu's") { g in
      let x = g.input("x", [7])
      g.output(try tanhGelu(&g, x, cube: try g.node(Pow.self, [x, g.number("three", 3)], "p"), 0.0448))
    },
    .skips("replace-gelu", "root", "a constant is not Gelu's") { g in g.output(try erfGelu(&g, g.input("x", [7]), root: 1.5)) },
    .skips("replace-gelu", "double", "a constant is not Gelu's") { g in g.output(try erfGelu(&g, g.input("x", [7]), factor: 2)) },
    .skips("replace-gelu", "other-value") { g in
      g.output(try erfGelu(&g, g.input("x", [7]), times: g.input("z", [7])))
    },
    .skips("replace-gelu", "widened", "a constant widens the shape") { g in
      let x = g.input("x", [7]), half = g.constant("wide", Tensor([1, 1], [Float(0.5)]))
      g.output(try g.node(Mul.self, [try erfGelu(&g, x, factor: 1), half], "w"))
    },
    .skips("replace-gelu", "read-elsewhere", "the gate is read elsewhere") { g in
      let x = g.input("x", [7])
      let e = try g.node(Erf.self, [try g.node(Div.self, [x, g.number("root", 1.41421354)], "d")], "e")
      let a = try g.node(Add.self, [e, g.number("one", 1)], "a")
      g.output(try g.node(Mul.self, [try g.node(Mul.self, [x, g.number("half", 0.5)], "h"), a], "y"))
      g.output(a)
    },

    .applies("replace-layer-norm", "", 2, normalized) { g in
      let n = try norm(&g, g.input("x", [2, 3, 8]))
      g.output(try g.node(Add.self, [try g.node(Mul.self, [n, g.weight("s", [8])], "m"), g.weight("b", [1, 8])], "y"))
    },
    .applies("replace-layer-norm", "squared-without-bias", 1, normalized) { g in
      g.output(try g.node(Mul.self, [g.weight("s", [8]), try norm(&g, g.input("x", [3, 8]), byPower: false)], "y"))
    },
    .skips("replace-layer-norm", "channels", "the mean is not over the last axis alone") { g in
      g.output(try g.node(Mul.self, [try norm(&g, g.input("x", [2, 3, 8]), axes: [1]), g.weight("s", [8])], "y"))
    },
    .skips("replace-layer-norm", "means-of-two-axes", "the mean is not over the last axis alone") { g in
      g.output(try g.node(Mul.self, [try norm(&g, g.input("x", [2, 3, 8]), axes: [1, 2]), g.weight("s", [8])], "y"))
    },
    .skips("replace-layer-norm", "other-power") { g in
      g.output(try g.node(Mul.self, [try norm(&g, g.input("x", [3, 8]), power: 2.5), g.weight("s", [8])], "y"))
    },
    .skips("replace-layer-norm", "other-center") { g in
      let x = g.input("x", [3, 8]), z = g.input("z", [3, 8])
      g.output(try g.node(Mul.self, [try norm(&g, x, around: z), g.weight("s", [8])], "y"))
    },
    .skips("replace-layer-norm", "two-axes", "the mean is not over the last axis alone") { g in
      let n = try g.node(LayerNormalization.self, [g.input("x", [2, 3, 8]), g.weight("s", [3, 8])], "n", [.axis: .int(1)])
      g.output(try g.node(Add.self, [n, g.weight("b", [8])], "y"))
    },
    .skips("replace-layer-norm", "float64") { g in
      let one = g.constant("one", Tensor(.float64, [8], rounding: [Double](repeating: 1, count: 8)))
      g.output(try g.node(Mul.self, [try norm(&g, g.input("x", [3, 8], .float64), .float64), one], "y"))
    },
    .skips("replace-layer-norm", "scale-per-row", "the scale or bias is not one row") { g in
      g.output(try g.node(Mul.self, [try norm(&g, g.input("x", [3, 8])), g.weight("s", [3, 1])], "y"))
    },
    .skips("replace-layer-norm", "bias-per-row", "the scale or bias is not one row") { g in
      let n = try g.node(LayerNormalization.self, [g.input("x", [3, 8]), g.weight("s", [8])], "n")
      g.output(try g.node(Add.self, [n, g.weight("b", [3, 1])], "y"))
    },
    .skips("replace-layer-norm", "widened", "the constant widens the rows") { g in
      g.output(try g.node(Mul.self, [try norm(&g, g.input("x", [3, 8])), g.weight("s", [1, 1, 8])], "y"))
    },
    .skips("replace-layer-norm", "rows-read-elsewhere", "the rows before scaling are read elsewhere") { g in
      let n = try norm(&g, g.input("x", [3, 8]))
      g.output(try g.node(Mul.self, [n, g.weight("s", [8])], "y"))
      g.output(n)
    },
    .skips("replace-layer-norm", "bias-read-elsewhere", "the rows before the bias are read elsewhere") { g in
      let n = try g.node(LayerNormalization.self, [g.input("x", [3, 8]), g.weight("s", [8])], "n")
      g.output(try g.node(Add.self, [n, g.weight("b", [8])], "y"))
      g.output(n)
    },

    .applies("replace-flattened-gemm", "") { g in g.output(try flattened(&g, Gemm(), bias: [5])) },
    .applies("replace-flattened-gemm", "transposed", 1, scaledOnce) { g in
      g.output(try flattened(&g, Gemm(alpha: 0.75, beta: 2, transB: true), bias: [1, 5]))
    },
    .skips("replace-flattened-gemm", "other-rows", "the reshapes do more than flatten the rows") { g in
      g.output(try flattened(&g, Gemm(), bias: nil, to: [3, 2, 5]))
    },
    .skips("replace-flattened-gemm", "bias-per-row", "the Gemm is no product by constant weights alone") { g in
      g.output(try flattened(&g, Gemm(), bias: [6, 1]))
    },
    .skips("replace-flattened-gemm", "turned", "the Gemm is no product by constant weights alone") { g in
      let rows = try g.node(Reshape.self, [g.input("x", [2, 3, 6]), g.constant("flat", .indices([6, 6]))], "rows")
      let product = try g.node(.gemm(Gemm(transA: true)), [rows, g.weight("w", [6, 5])], "m")
      g.output(try g.node(Reshape.self, [product, g.constant("shape", .indices([2, 3, 5]))], "y"))
    },
    .skips("replace-flattened-gemm", "read-elsewhere", "the product of rows is read elsewhere") { g in
      g.output(try flattened(&g, Gemm(), bias: nil))
      g.output(ValueID(g.graph.nodes[1].output.index))
    },
  ]

  /// 1 + erf cancels in float32, so the parts are off by 2⁻²⁴ each.
  private static let gelu = Agreement.bounds(absolute: 3e-7, relative: 1e-6)
  private static let normalized = Agreement.bounds(absolute: 4e-6, relative: 1e-6)
  private static let scaledOnce = Agreement.bounds(absolute: 4e-6, relative: 1e-6)

  @Sendable private static func erfGelu(
    _ g: inout GraphBuilder, _ x: ValueID, root: Float = 1.41421354, factor: Float = 0.5, times z: ValueID? = nil
  ) throws -> ValueID {
    let e = try g.node(Erf.self, [try g.node(Div.self, [x, g.number("root", root)], "d")], "e")
    let m = try g.node(Mul.self, [z ?? x, try g.node(Add.self, [e, g.number("one", 1)], "a")], "m")
    return factor == 1 ? m : try g.node(Mul.self, [m, g.number("factor", factor)], "y")
  }

  @Sendable private static func tanhGelu(_ g: inout GraphBuilder, _ x: ValueID, cube: ValueID, _ c: Float) throws -> ValueID {
    let u = try g.node(Add.self, [x, try g.node(Mul.self, [cube, g.number("c", c)], "c3")], "u")
    let t = try g.node(Tanh.self, [try g.node(Mul.self, [u, g.number("root", 0.7978846)], "v")], "t")
    let h = try g.node(Mul.self, [x, g.number("half", 0.5)], "h")
    return try g.node(Mul.self, [h, try g.node(Add.self, [t, g.number("one", 1)], "a")], "y")
  }

  /// `(x − mean) / sqrt(variance + epsilon)` along `axes`; the mean is that of `z` where it is there.
  @Sendable private static func norm(
    _ g: inout GraphBuilder, _ x: ValueID, _ element: ElementType = .float32, around z: ValueID? = nil, axes: [Int] = [-1],
    byPower: Bool = true, power: Double = 2
  ) throws -> ValueID {
    let axes = g.constant("axes", .indices(axes))
    let d = try g.node(Sub.self, [x, try g.node(ReduceMean.self, [z ?? x, axes], "mean")], "d")
    let two = g.constant("two", Tensor(element, [], rounding: [power]))
    let square = byPower ? try g.node(Pow.self, [d, two], "square") : try g.node(Mul.self, [d, d], "square")
    let v = try g.node(ReduceMean.self, [square, axes], "variance")
    let sum = try g.node(Add.self, [v, g.constant("epsilon", Tensor(element, [], rounding: [1e-5]))], "sum")
    return try g.node(Div.self, [d, try g.node(Sqrt.self, [sum], "root")], "n")
  }

  /// A Gemm from 7 to 5 columns over the six rows of `[2, 3, 7]`.
  @Sendable private static func flattened(_ g: inout GraphBuilder, _ op: Gemm, bias: Shape?, to shape: [Int] = [2, 3, 5]) throws -> ValueID
  {
    let rows = try g.node(Reshape.self, [g.input("x", [2, 3, 7]), g.constant("flat", .indices([6, 7]))], "rows")
    var operands: [ValueID?] = [rows, g.weight("w", op.transB ? [5, 7] : [7, 5])]
    if let bias { operands.append(g.weight("b", bias)) }
    return try g.node(Reshape.self, [try g.node(.gemm(op), operands, "m"), g.constant("shape", .indices(shape))], "y")
  }
}

extension GraphBuilder {
  /// A constant of no axes.
  mutating func number(_ name: String, _ value: Float) -> ValueID { constant(name, .scalar(value)) }
}
