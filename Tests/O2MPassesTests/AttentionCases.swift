import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

/// fuse-attention, with operands as exporters bring them from the projections.
extension PassCase {
  static let attention: [PassCase] = [
    // One product for all three, taken apart by picks: queries and keys are scaled each, as the dynamo exporter does it.
    .applies("fuse-attention", "packed", 1, attended) { g in
      let qkv = try g.heads(g.input("x", [2, 5, 36]), [2, 5, 3, 3, 4], [2, 0, 3, 1, 4], "qkv")
      let parts = try (0..<3).map { try g.node(Gather.self, [qkv, g.constant("i\($0)", .scalar(Int64($0)))], "part\($0)") }
      let keys = try g.node(Transpose.self, [parts[1]], "kt", [.perm: .ints([0, 1, 3, 2])])
      let q = try g.node(Mul.self, [parts[0], g.number("s", 0.7)], "qs"), k = try g.node(Mul.self, [keys, g.number("t", 0.7)], "ks")
      g.output(try g.attend(q, k, parts[2], [0, 2, 1, 3]))
    },
    // Split and Squeeze, and keys transposed through rank 3.
    .applies("fuse-attention", "split", 1, attended) { g in
      let qkv = try g.heads(g.input("x", [2, 5, 36]), [2, 5, 3, 3, 4], [2, 0, 3, 1, 4], "qkv")
      let pieces = try g.node(.split(Split(axis: 0, pieces: 3)), [qkv], "split", outputs: ["a", "b", "c"])
      let parts = try pieces.enumerated().map { try g.node(Squeeze.self, [$1, g.constant("z\($0)", .indices([0]))], "part\($0)") }
      let flat = try g.node(Reshape.self, [parts[1], g.constant("flat", .indices([6, 5, 4]))], "kf")
      let turned = try g.node(Transpose.self, [flat], "kt", [.perm: .ints([0, 2, 1])])
      let keys = try g.node(Reshape.self, [turned, g.constant("back", .indices([2, 3, 4, 5]))], "k")
      g.output(try g.attend(parts[0], keys, parts[2], [0, 2, 1, 3], divisor: 2))
    },
    // Separate projections, other keys than queries, slices.
    .applies("fuse-attention", "separate", 1, attended) { g in
      let q = try g.heads(g.input("q", [2, 5, 8]), [2, 5, 2, 4], [0, 2, 1, 3], "q1")
      let rows = g.input("kv", [2, 7, 14])
      let k = try g.columns(rows, 0, 8, axis: 2, "k2"), v = try g.columns(rows, -6, 99, axis: -1, "v2")
      let keys = try g.heads(k, [2, 7, 2, 4], [0, 2, 3, 1], "k3"), values = try g.heads(v, [2, 7, 2, 3], [0, 2, 1, 3], "v3")
      g.output(try g.attend(q, keys, values, [0, 2, 1, 3]))
    },
    .applies("fuse-attention", "without-batch", 1, attended) { g in
      let parts = try ["q", "k", "v"].map { try g.heads(g.input($0, [5, 12]), [5, 3, 4], $0 == "k" ? [1, 2, 0] : [1, 0, 2], $0 + "h") }
      g.output(try g.attend(parts[0], parts[1], parts[2], [1, 0, 2]))
    },
    // Projections whose batch stands behind the rows, as torch's own layers have it; a batch of 1.
    .applies("fuse-attention", "batch-second", 1, attended) { g in
      let qkv = try g.heads(g.input("x", [5, 1, 36]), [1, 5, 1, 3, 12], [3, 1, 2, 0, 4], "qkv")
      let parts = try (0..<3).map { index in
        let rows = try g.node(Gather.self, [qkv, g.constant("i\(index)", .scalar(Int64(index)))], "part\(index)")
        let heads = try g.heads(rows, [5, 3, 4], [1, 0, 2], "heads\(index)")
        return try g.node(Reshape.self, [heads, g.constant("batch\(index)", .indices([1, 3, 5, 4]))], "batched\(index)")
      }
      g.output(try g.attend(parts[0], try g.node(Transpose.self, [parts[1]], "kt", [.perm: .ints([0, 1, 3, 2])]), parts[2], [2, 0, 1, 3]))
    },
    .applies("fuse-attention", "masked", 1, attended) { g in
      let parts = try projected(&g)
      let scaled = try g.node(Mul.self, [try g.node(MatMul.self, [parts[0], parts[1]], "s"), g.number("half", 0.5)], "scaled")
      g.output(try g.weigh(try g.node(Add.self, [g.input("mask", [2, 1, 1, 5]), scaled], "masked"), parts[2]))
    },
    // Windows of pictures: a bias per head and place, a mask per window.
    .applies("fuse-attention", "windows", 1, attended) { g in
      let parts = try projected(&g)
      let biased = try g.node(Add.self, [try g.node(MatMul.self, [parts[0], parts[1]], "s"), g.weight("bias", [3, 5, 5])], "biased")
      let wide = try g.node(Reshape.self, [biased, g.constant("wide", .indices([1, 2, 3, 5, 5]))], "windows")
      let masked = try g.node(Add.self, [wide, g.weight("mask", [1, 2, 1, 5, 5])], "masked")
      g.output(try g.weigh(try g.node(Reshape.self, [masked, g.constant("narrow", .indices([2, 3, 5, 5]))], "scores"), parts[2]))
    },
    .applies("fuse-attention", "computed-mask", 1, attended) { g in
      let parts = try projected(&g)
      let scores = try g.node(MatMul.self, [parts[0], parts[1]], "s")
      g.output(try g.weigh(try g.node(Add.self, [scores, g.input("mask", [5, 5])], "masked"), parts[2]))
    },
    // Rows that the mask leaves nothing of give 0.
    .applies("fuse-attention", "guarded", 1, attended) { g in
      let parts = try projected(&g)
      let scores = try g.node(MatMul.self, [parts[0], parts[1]], "s")
      let hidden = g.constant("hidden", Tensor([5, 5], (0..<25).map { $0 / 5 == 3 || $0 % 7 == 0 ? -Float.infinity : 0 }))
      let p = try g.node(Softmax.self, [try g.node(Add.self, [scores, hidden], "masked")], "p", [.axis: .int(-1)])
      let kept = try g.node(Where.self, [try g.node(IsNaN.self, [p], "empty"), g.number("zero", 0), p], "kept")
      g.output(try g.node(Transpose.self, [try g.node(MatMul.self, [kept, parts[2]], "sums")], "y", [.perm: .ints([0, 2, 1, 3])]))
    },
    // Rows without a key give 1 for every key.
    .skips("fuse-attention", "guarded-by-one") { g in
      let parts = try projected(&g)
      let p = try g.node(Softmax.self, [try g.node(MatMul.self, [parts[0], parts[1]], "s")], "p", [.axis: .int(-1)])
      let kept = try g.node(Where.self, [try g.node(IsNaN.self, [p], "empty"), g.number("one", 1), p], "kept")
      g.output(try g.node(Transpose.self, [try g.node(MatMul.self, [kept, parts[2]], "sums")], "y", [.perm: .ints([0, 2, 1, 3])]))
    },
    .skips("fuse-attention", "three-summands", "more is added to the scores than the operator takes") { g in
      let parts = try projected(&g)
      var scores = try g.node(MatMul.self, [parts[0], parts[1]], "s")
      for index in 0..<3 { scores = try g.node(Add.self, [scores, g.input("mask\(index)", [5, 5])], "masked\(index)") }
      g.output(try g.weigh(scores, parts[2]))
    },
    .skips("fuse-attention", "masked-queries", "the scores are no scaled product") { g in
      let parts = try projected(&g)
      let scores = try g.node(MatMul.self, [parts[0], parts[1]], "s")
      g.output(try g.weigh(try g.node(Add.self, [scores, g.input("mask", [5, 1])], "masked"), parts[2]))
    },
    .skips("fuse-attention", "widened", "the scores are no scaled product") { g in
      let parts = try projected(&g)
      let one = try g.node(ReduceMean.self, [parts[0], g.constant("rows", .indices([2]))], "one")
      let scores = try g.node(MatMul.self, [one, parts[1]], "s")
      g.output(try g.weigh(try g.node(Add.self, [scores, g.input("mask", [5, 5])], "masked"), parts[2]))
    },
    .skips("fuse-attention", "over-queries", "the softmax is not over the keys") { g in
      let parts = try projected(&g)
      let p = try g.node(Softmax.self, [try g.node(MatMul.self, [parts[0], parts[1]], "s")], "p", [.axis: .int(2)])
      g.output(try g.node(Transpose.self, [try g.node(MatMul.self, [p, parts[2]], "o")], "y", [.perm: .ints([0, 2, 1, 3])]))
    },
    .skips("fuse-attention", "weights-read", "a step between is read elsewhere") { g in
      let parts = try projected(&g)
      let p = try g.node(Softmax.self, [try g.node(MatMul.self, [parts[0], parts[1]], "s")], "p", [.axis: .int(-1)])
      g.output(try g.node(Transpose.self, [try g.node(MatMul.self, [p, parts[2]], "o")], "y", [.perm: .ints([0, 2, 1, 3])]))
      g.output(p)
    },
    .skips("fuse-attention", "interleaved", "the heads do not lie side by side") { g in
      let qkv = try g.heads(g.input("x", [2, 5, 36]), [2, 5, 3, 3, 4], [3, 0, 2, 1, 4], "qkv")
      let parts = try (0..<3).map { try g.node(Gather.self, [qkv, g.constant("i\($0)", .scalar(Int64($0)))], "part\($0)") }
      g.output(try g.attend(parts[0], try g.node(Transpose.self, [parts[1]], "kt", [.perm: .ints([0, 1, 3, 2])]), parts[2], [0, 2, 1, 3]))
    },
    // One head, whose columns stand in two places.
    .skips("fuse-attention", "cut-columns", "the heads do not lie side by side") { g in
      let pairs = try g.node(Reshape.self, [g.input("x", [2, 5, 12]), g.constant("pairs", .indices([2, 5, 2, 6]))], "x2")
      let q = try g.heads(try g.columns(pairs, 0, 2, axis: 3, "cut"), [2, 5, 1, 4], [0, 2, 1, 3], "q")
      let k = try g.heads(g.input("k", [2, 5, 4]), [2, 5, 1, 4], [0, 2, 3, 1], "k1")
      let v = try g.heads(g.input("v", [2, 5, 4]), [2, 5, 1, 4], [0, 2, 1, 3], "v1")
      g.output(try g.attend(q, k, v, [0, 2, 1, 3]))
    },
    // The queries of some samples of a batch.
    .skips("fuse-attention", "cut-batch", "the heads do not lie side by side") { g in
      let parts = try projected(&g)
      let q = try g.heads(try g.columns(g.input("all", [4, 5, 12]), 0, 2, axis: 0, "some"), [2, 5, 3, 4], [0, 2, 1, 3], "q1")
      g.output(try g.attend(q, parts[1], parts[2], [0, 2, 1, 3]))
    },
    .skips("fuse-attention", "float64", "the scores are not float32") { g in
      let parts = try projected(&g, .float64)
      g.output(try g.attend(parts[0], parts[1], parts[2], [0, 2, 1, 3]))
    },
  ]

  /// The scale moves from the operands to the scores, whose magnitude is below 4.
  private static let attended = Agreement.bounds(absolute: 2e-6, relative: 1e-5)

  /// Queries, keys and values of three heads from inputs of their own.
  @Sendable private static func projected(_ g: inout GraphBuilder, _ element: ElementType = .float32) throws -> [ValueID] {
    try ["q", "k", "v"].map { name in
      try g.heads(g.input(name, [2, 5, 12], element), [2, 5, 3, 4], name == "k" ? [0, 2, 3, 1] : [0, 2, 1, 3], name + "h")
    }
  }
}

extension GraphBuilder {
  /// `x`, its columns cut into heads, in another order of axes.
  mutating func heads(_ x: ValueID, _ split: [Int], _ order: [Int], _ name: String) throws -> ValueID {
    let cut = try node(Reshape.self, [x, constant(name + ".shape", .indices(split))], name + ".cut")
    return try node(Transpose.self, [cut], name, [.perm: .ints(order)])
  }

  mutating func columns(_ x: ValueID, _ start: Int, _ end: Int, axis: Int, _ name: String) throws -> ValueID {
    let cut = [start, end, axis].enumerated().map { constant("\(name).\($0)", .indices([$1])) }
    return try node(Slice.self, [x] + cut, name)
  }

  /// `Transpose(softmax(scores) · v)`
  mutating func weigh(_ scores: ValueID, _ v: ValueID, _ order: [Int] = [0, 2, 1, 3]) throws -> ValueID {
    let p = try node(Softmax.self, [scores], "p", [.axis: .int(-1)])
    return try node(Transpose.self, [try node(MatMul.self, [p, v], "sums")], "y", [.perm: .ints(order)])
  }

  /// `Transpose(softmax(q · k / divisor) · v)`
  mutating func attend(_ q: ValueID, _ k: ValueID, _ v: ValueID, _ order: [Int], divisor: Float? = nil) throws -> ValueID {
    var scores = try node(MatMul.self, [q, k], "scores")
    if let divisor { scores = try node(Div.self, [scores, number("divisor", divisor)], "scaled") }
    return try weigh(scores, v, order)
  }
}
