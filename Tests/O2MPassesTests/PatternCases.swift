import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// One rounding less, on values of magnitude up to 1.
private let oneRounding = Agreement.ulp(2)

/// `x`, reshaped to `split`, transposed by `order`, reshaped to `joined`.
@Sendable private func shuffled(_ g: inout GraphBuilder, _ x: Shape, _ split: [Int], _ order: [Int], _ joined: [Int]) throws {
  let a = try g.node(Reshape.self, [g.input("x", x), g.constant("split", .indices(split))], "a")
  let b = try g.node(Transpose.self, [a], "b", [.perm: .ints(order)])
  g.output(try g.node(Reshape.self, [b, g.constant("joined", .indices(joined))], "y"))
}

/// `Clip(x + offset, 0, 6)`
@Sendable private func clipped(_ g: inout GraphBuilder, _ x: ValueID, _ name: String = "c", offset: Float = 3) throws -> ValueID {
  let sum = try g.node(Add.self, [x, g.constant(name + ".3", .scalar(offset))], name + ".sum")
  return try g.node(Clip.self, [sum, g.constant(name + ".0", .scalar(Float(0))), g.constant(name + ".6", .scalar(Float(6)))], name)
}

/// Passes that give a name to what several nodes compute.
extension PassCase {
  static let patterns: [PassCase] = [
    .applies("replace-channel-shuffle", "") { g in try shuffled(&g, [2, 6, 3, 5], [2, 2, 3, 3, 5], [0, 2, 1, 3, 4], [2, 6, 3, 5]) },
    .applies("replace-channel-shuffle", "joined-plane") { g in try shuffled(&g, [2, 6, 3, 5], [2, 3, 2, 15], [0, 2, 1, 3], [2, 6, 3, 5]) },
    .applies("replace-channel-shuffle", "rows") { g in try shuffled(&g, [2, 6], [2, 3, 2], [0, 2, 1], [2, 6]) },
    .skips("replace-channel-shuffle", "open", "no fixed shape") { g in
      let x = g.input("x", type: TensorType(.float32, [Dim.unknown, .fixed(4)]))
      let a = try g.node(Unsqueeze.self, [x, g.constant("one", .indices([1]))], "a")
      let b = try g.node(Transpose.self, [a], "b", [.perm: .ints([0, 2, 1])])
      g.output(try g.node(Squeeze.self, [b, g.constant("two", .indices([2]))], "y"))
    },
    .skips("replace-channel-shuffle", "flattened", "it does not end in the shape that it began with") { g in
      try shuffled(&g, [1, 4, 2, 2], [1, 2, 2, 2, 2], [0, 2, 1, 3, 4], [1, 16])
    },
    .skips("replace-channel-shuffle", "other-order", "it does not swap groups and channels") { g in
      try shuffled(&g, [1, 4, 2, 2], [1, 2, 2, 2, 2], [0, 1, 2, 4, 3], [1, 4, 2, 2])
    },
    .skips("replace-channel-shuffle", "across-channels", "the groups do not divide the channels") { g in
      try shuffled(&g, [1, 4, 2, 2], [1, 2, 4, 2, 1], [0, 2, 1, 3, 4], [1, 4, 2, 2])
    },

    .applies("replace-silu", "", 2, oneRounding) { g in
      let x = g.input("x", [7]), z = g.input("z", [5])
      g.output(try g.node(Mul.self, [x, try g.node(Sigmoid.self, [x], "s")], "y"))
      g.output(try g.node(Mul.self, [try g.node(Sigmoid.self, [z], "t"), z], "w"))
    },
    .skips("replace-silu", "read-elsewhere", "the sigmoid is read elsewhere") { g in
      let x = g.input("x", [7]), s = try g.node(Sigmoid.self, [x], "s")
      g.output(try g.node(Mul.self, [x, s], "y"))
      g.output(s)
    },
    .skips("replace-silu", "other-value") { g in
      g.output(try g.node(Mul.self, [g.input("x", [7]), try g.node(Sigmoid.self, [g.input("z", [7])], "s")], "y"))
    },

    .applies("replace-hard-swish", "", 1, .bounds(absolute: 1e-7, relative: 4e-7)) { g in
      let x = g.input("x", [7])
      g.output(try g.node(Mul.self, [x, try g.node(HardSigmoid.self, [x], "s", [.alpha: .float(1 / 6), .beta: .float(0.5)])], "y"))
    },
    .skips("replace-hard-swish", "slope", "the slope is not 1/6 or the offset not 1/2") { g in
      let x = g.input("x", [7])
      g.output(try g.node(Mul.self, [try g.node(HardSigmoid.self, [x], "s"), x], "y"))
    },
    .skips("replace-hard-swish", "read-elsewhere", "the hard sigmoid is read elsewhere") { g in
      let x = g.input("x", [7]), s = try g.node(HardSigmoid.self, [x], "s", [.alpha: .float(1 / 6)])
      g.output(try g.node(Mul.self, [x, s], "y"))
      g.output(s)
    },
    .applies("replace-hard-swish", "written-out", 3, .bounds(absolute: 4e-7, relative: 4e-7)) { g in
      let x = g.input("x", [7])
      g.output(try g.node(Div.self, [try g.node(Mul.self, [x, try clipped(&g, x)], "m"), g.constant("six", .scalar(Float(6)))], "y"))
      let gate = try g.node(Mul.self, [g.constant("sixth", .scalar(Float(1) / 6)), try clipped(&g, x, "d")], "gate")
      g.output(try g.node(Mul.self, [gate, x], "z"))
    },
    .skips("replace-hard-swish", "offset") { g in
      let c = try clipped(&g, g.input("x", [7]), offset: 2)
      g.output(try g.node(Div.self, [c, g.constant("six", .scalar(Float(6)))], "y"))
    },
    .skips("replace-hard-swish", "clip-read-elsewhere", "the hard sigmoid is read elsewhere") { g in
      let x = g.input("x", [7]), c = try clipped(&g, x)
      g.output(try g.node(Div.self, [c, g.constant("six", .scalar(Float(6)))], "y"))
      g.output(c)
    },
    .skips("replace-hard-swish", "widened", "a constant widens the shape") { g in
      let x = g.input("x", [7])
      g.output(try g.node(Div.self, [try clipped(&g, x), g.constant("six", Tensor([1, 1], [Float(6)]))], "y"))
    },

    .applies("replace-spatial-mean", "kept") { g in
      g.output(try g.node(ReduceMean.self, [g.input("x", [2, 3, 4, 5]), g.constant("axes", .indices([3, -2]))], "y"))
    },
    .applies("replace-spatial-mean", "dropped") { g in
      g.output(try g.node(ReduceMean.self, [g.input("x", [2, 3, 4]), g.constant("axes", .indices([-1]))], "y", [.keepdims: .int(0)]))
    },
    .skips("replace-spatial-mean", "channels", "it does not reduce just the spatial axes") { g in
      g.output(try g.node(ReduceMean.self, [g.input("x", [2, 3, 4, 5]), g.constant("axes", .indices([1, 2, 3]))], "y"))
    },

    .applies("replace-matmul-with-gemm", "") { g in g.output(try g.node(MatMul.self, [g.input("x", [3, 7]), g.weight("w", [7, 5])], "y")) },
    .skips("replace-matmul-with-gemm", "batched") { g in
      g.output(try g.node(MatMul.self, [g.input("x", [2, 3, 7]), g.weight("w", [7, 5])], "y"))
    },
    .skips("replace-matmul-with-gemm", "stack", "the constant is no float32 matrix") { g in
      g.output(try g.node(MatMul.self, [g.input("x", [2, 3, 7]), g.weight("w", [2, 7, 5])], "y"))
    },
    .skips("replace-matmul-with-gemm", "vector") { g in
      g.output(try g.node(MatMul.self, [g.input("x", [7]), g.weight("w", [7, 5])], "y"))
    },
    .applies("replace-matmul-with-gemm", "empty") { g in
      g.output(try g.node(MatMul.self, [g.input("x", [0, 7]), g.weight("w", [7, 5])], "y"))
    },

  ]
}
