import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// Passes that remove what computes nothing.
extension PassCase {
  static let cleaning: [PassCase] = [
    .applies("fold-constants", "shapes", 4) { g in
      let x = g.input("x", [2, 3, 4])
      let shape = try g.node(ShapeOf.self, [x], "shape")
      let first = try g.node(Gather.self, [shape, g.constant("zero", .scalar(Int64(0)))], "first", [.axis: .int(0)])
      let row = try g.node(Unsqueeze.self, [first, g.constant("axes", .indices([0]))], "row")
      let target = try g.node(Concat.self, [row, g.constant("rest", .indices([-1]))], "target", [.axis: .int(0)])
      g.output(try g.node(Reshape.self, [x, target], "y"))
    },
    .applies("fold-constants", "weights") { g in
      let x = g.input("x", [1, 5])
      let w = try g.node(Transpose.self, [g.weight("w", [4, 5])], "turned", [.perm: .ints([1, 0])])
      g.output(try g.node(MatMul.self, [x, w], "y"))
    },
    .skips("fold-constants", "grows", "the result is larger than its inputs") { g in
      let x = g.input("x", [1])
      let wide = try g.node(Expand.self, [g.weight("one", [1]), g.constant("size", .indices([70_000]))], "wide")
      g.output(try g.node(Add.self, [wide, x], "y"))
    },
    .skips("fold-constants", "output", "the result is a graph output") { g in
      let x = g.input("x", [2, 3])
      g.output(try g.node(ShapeOf.self, [x], "y"))
    },

    .applies("eliminate-dead", "", 1) { g in
      let x = g.input("x", [2])
      _ = try g.node(Exp.self, [try g.node(Sin.self, [x], "unread.0")], "unread.1")
      g.output(try g.node(Relu.self, [x], "y"))
    },

    .applies("eliminate-identity", "all", 11) { g in
      let x = g.input("x", [2, 3, 4])
      var y = try g.node(Relu.self, [x], "relu")
      y = try g.node(Identity.self, [y], "identity")
      y = try g.node(Dropout.self, [y], "dropout")
      y = try g.node(Cast.self, [y], "cast", [.to: .int(1)])
      y = try g.node(Reshape.self, [y, g.constant("shape", .indices([2, 3, -1]))], "reshape")
      y = try g.node(Transpose.self, [y], "transpose", [.perm: .ints([0, 1, 2])])
      y = try g.node(Pad.self, [y, g.constant("pads", .indices([0, 0, 0, 0, 0, 0]))], "pad")
      y = try g.node(Slice.self, [y, g.constant("starts", .indices([0])), g.constant("ends", .indices([100]))], "slice")
      y = try g.node(Concat.self, [y], "concat", [.axis: .int(1)])
      y = try g.node(Expand.self, [y, g.constant("size", .indices([1, 1, 4]))], "expand")
      y = try g.node(Tile.self, [y, g.constant("repeats", .indices([1, 1, 1]))], "tile")
      g.output(try g.node(Identity.self, [y], "y"))
    },
    .skips("eliminate-identity", "mask", "the mask is read") { g in
      let x = g.input("x", [3])
      let both = try g.node(Dropout.self, [x], "dropout", outputs: ["kept", "mask"])
      g.output(try g.node(Where.self, [both[1], both[0], x], "y"))
    },
    .skips("eliminate-identity", "reversal", "it moves elements") { g in
      let x = try g.node(Relu.self, [g.input("x", [4])], "relu")
      let starts = g.constant("starts", .indices([-1])), ends = g.constant("ends", .indices([-100]))
      let axes = g.constant("axes", .indices([0])), steps = g.constant("steps", .indices([-1]))
      g.output(try g.node(Slice.self, [x, starts, ends, axes, steps], "y"))
    },
    .skips("eliminate-identity", "pad-and-crop", "it moves elements") { g in
      let x = try g.node(Relu.self, [g.input("x", [4])], "relu")
      g.output(try g.node(Pad.self, [x, g.constant("pads", .indices([1, -1]))], "y"))
    },
    .skips("eliminate-identity", "input-to-output", "it joins an input or constant to a graph output") { g in
      let x = g.input("x", [3])
      g.output(try g.node(Identity.self, [x], "y"))
    },
    // Both extents are unknown, but they differ.
    .skips("eliminate-identity", "unknown-extent") { g in
      let x = try g.node(Relu.self, [g.input("x", type: TensorType(.float32, [Dim.unknown]))], "relu")
      g.output(try g.node(Slice.self, [x, g.constant("starts", .indices([1])), g.constant("ends", .indices([3]))], "y"))
    },
    .skips("eliminate-identity", "conversion") { g in
      g.output(try g.node(Cast.self, [try g.node(Relu.self, [g.input("x", [3])], "relu")], "y", [.to: .int(7)]))
    },
    .skips("eliminate-identity", "reversed-axes") { g in
      let x = try g.node(Relu.self, [g.input("x", type: TensorType(.float32, [Dim.symbol(0), .symbol(0)]))], "relu")
      g.output(try g.node(Transpose.self, [x], "y"))
    },

    .applies("eliminate-duplicate", "", 2) { g in
      let x = g.input("x", [3])
      let a = try g.node(LeakyRelu.self, [x], "a", [.alpha: .float(0.5)]), b = try g.node(LeakyRelu.self, [x], "b", [.alpha: .float(0.5)])
      let other = try g.node(LeakyRelu.self, [x], "other", [.alpha: .float(0.25)])
      let c = try g.node(Exp.self, [a], "c"), d = try g.node(Exp.self, [b], "d")
      g.output(try g.node(Sum.self, [c, d, other], "y"))
    },
    .applies("eliminate-duplicate", "constants") { g in
      let x = g.input("x", [3])
      let parts = try (0..<3).map { try g.node(Mul.self, [g.number("half\($0)", $0 == 2 ? 0.25 : 0.5), x], "part\($0)") }
      g.output(try g.node(Sum.self, [parts[0], parts[1], parts[2]], "y"))
    },
    .applies("eliminate-duplicate", "output") { g in
      let x = g.input("x", [3])
      let a = try g.node(Exp.self, [x], "a"), y = try g.node(Exp.self, [x], "y")
      g.output(try g.node(Neg.self, [a], "z"))
      g.output(y)
    },
    .skips("eliminate-duplicate", "other-axes") { g in
      let x = g.input("x", [2, 2])
      let rows = try g.node(Mul.self, [x, g.constant("rows", Tensor([2, 1], [Float(3), 5]))], "by-row")
      g.output(
        try g.node(Add.self, [rows, try g.node(Mul.self, [x, g.constant("columns", Tensor([1, 2], [Float(3), 5]))], "by-column")], "y"))
    },
    .skips("eliminate-duplicate", "outputs", "both are graph outputs") { g in
      let x = g.input("x", [3])
      g.output(try g.node(Exp.self, [x], "y"))
      g.output(try g.node(Exp.self, [x], "z"))
    },

    .applies("replace-unit-transpose", "", 2) { g in
      let x = g.input("x", [1, 3, 1, 5])
      let a = try g.node(Transpose.self, [x], "a", [.perm: .ints([1, 0, 3, 2])])
      let b = try g.node(Transpose.self, [x], "b", [.perm: .ints([2, 1, 0, 3])])
      let c = try g.node(Transpose.self, [x], "c", [.perm: .ints([0, 3, 2, 1])])
      for value in [a, b, c] { g.output(value) }
    },

    .applies("eliminate-transpose-pair", "joins") { g in
      let x = g.input("x", [2, 3, 4, 5])
      let a = try g.node(Transpose.self, [x], "a", [.perm: .ints([0, 2, 3, 1])])
      g.output(try g.node(Transpose.self, [a], "y", [.perm: .ints([1, 0, 2, 3])]))
    },
    .applies("eliminate-transpose-pair", "cancels") { g in
      let x = try g.node(Relu.self, [g.input("x", [2, 3, 4, 5])], "relu")
      let a = try g.node(Transpose.self, [x], "a", [.perm: .ints([0, 2, 3, 1])])
      g.output(try g.node(Transpose.self, [a], "y", [.perm: .ints([0, 3, 1, 2])]))
    },
    .applies("eliminate-transpose-pair", "middle-read", 1) { g in
      let x = try g.node(Relu.self, [g.input("x", [2, 3, 4])], "relu")
      let a = try g.node(Transpose.self, [x], "a")
      g.output(try g.node(Exp.self, [try g.node(Transpose.self, [a], "back")], "y"))
      g.output(a)
    },
    .skips("eliminate-transpose-pair", "input-to-output", "it joins an input to a graph output") { g in
      let x = g.input("x", [2, 3])
      g.output(try g.node(Transpose.self, [try g.node(Transpose.self, [x], "a")], "y"))
    },

    .applies("eliminate-reshape-pair", "", 2) { g in
      let x = g.input("x", [2, 3, 4, 1])
      let a = try g.node(Flatten.self, [x], "a"), b = try g.node(Unsqueeze.self, [a, g.constant("axes", .indices([0]))], "b")
      g.output(try g.node(Reshape.self, [b, g.constant("shape", .indices([4, 6]))], "y"))
    },
    .skips("eliminate-reshape-pair", "open", "the output has no fixed shape") { g in
      let x = g.input("x", type: TensorType(.float32, [Dim.unknown, .fixed(3)])), axes = g.constant("axes", .indices([0]))
      g.output(try g.node(Unsqueeze.self, [try g.node(Unsqueeze.self, [x, axes], "a"), axes], "y"))
    },
  ]
}
