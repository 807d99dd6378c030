import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// Models with open extents, one for each way in which extents reach a graph.
enum OpenModels {
  struct Named: Sendable, CustomTestStringConvertible {
    var name: String
    var model: ModelWriter
    /// What is the same at all extents that are tried without a word of the caller's, where that is by chance.
    var value = ""
    /// Whether it has layers alone, which are the same nodes at all extents.
    var isOfLayers: Bool { name == "convolutions" || name == "u-net" }
    var testDescription: String { name }
  }

  static let all = [
    Named(name: "convolutions", model: convolutions), Named(name: "u-net", model: unet), Named(name: "classes", model: classes),
    Named(name: "attention", model: attention), Named(name: "mask", model: mask), Named(name: "frames", model: frames),
    Named(name: "upsampled to the input", model: upsampled), Named(name: "two names of one length", model: twoNames),
  ]

  static let undecided = [
    Named(name: "whole frames", model: frames256, value: "pads"), Named(name: "a window", model: window, value: "end"),
    Named(name: "a branch", model: branch, value: "inside"),
  ]

  /// T and its arithmetic.
  private static var length: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [1, "T"])
    for (name, values) in [
      ("one", [1]), ("256", [256]), ("200", [200]), ("4000", [4000]), ("seven", [7]), ("five", [5]), ("zeros", [0, 0, 0]), ("zero", [0]),
    ] {
      model.initializer(name, Tensor.indices(values))
    }
    model.node("Shape", ["x"], ["shape"])
    model.node("Gather", ["shape", "one"], ["t"])
    return model
  }

  /// Padded to a multiple of 256.
  private static var frames256: ModelWriter {
    var model = length
    model.node("Max", ["t", "256"], ["most"])
    model.node("Neg", ["most"], ["less"])
    model.node("Mod", ["less", "256"], ["rest"])
    model.node("Concat", ["zeros", "rest"], ["pads"], [("axis", .int(0))])
    model.node("Pad", ["x", "pads"], ["y"])
    model.output("y")
    return model
  }

  private static func between(_ model: inout ModelWriter) {
    model.node("Greater", ["t", "200"], ["above"])
    model.node("Less", ["t", "4000"], ["below"])
    model.node("And", ["above", "below"], ["inside"])
  }

  /// Padded by 7 between two lengths, by 5 elsewhere.
  private static var window: ModelWriter {
    var model = length
    between(&model)
    model.node("Where", ["inside", "seven", "five"], ["amount"])
    model.node("Concat", ["zeros", "amount"], ["end"], [("axis", .int(0))])
    model.node("Pad", ["x", "end"], ["y"])
    model.output("y")
    return model
  }

  private static var branch: ModelWriter {
    var model = length
    between(&model)
    func body(_ op: String) -> ModelWriter {
      var body = ModelWriter()
      body.node(op, ["x"], [op])
      body.output(op)
      return body
    }
    model.node(
      "If", ["inside"], ["y"], [("then_branch", .graph(body("Relu"))), ("else_branch", .graph(body("Neg")))])
    model.output("y")
    return model
  }

  private static func weights(_ dims: [Int], _ seed: UInt64) -> Tensor {
    var random = Seeded(seed)
    return Tensor(Shape(dims), (0..<Shape(dims).count).map { _ in Float(Int(random.next() % 2001) - 1000) / 4000 })
  }

  /// Convolutions of every stride, fused in every way, with a residual and a Concat of channels.
  private static var convolutions: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, ["N", 3, "H", "W"])
    for (index, dims) in [[16, 3, 3, 3], [16, 16, 3, 3], [16, 1, 3, 3], [8, 16, 1, 1], [4, 24, 3, 3]].enumerated() {
      model.initializer("w\(index)", weights(dims, UInt64(index + 1)))
    }
    model.initializer("scale", weights([16], 20))
    model.initializer("bias", weights([16], 21))
    model.initializer("mean", weights([16], 22))
    model.initializer("var", Tensor([16], [Float](repeating: 0.7, count: 16)))
    model.node("Conv", ["x", "w0"], ["a"], [("pads", .ints([1, 1, 1, 1])), ("strides", .ints([2, 2]))])
    model.node("BatchNormalization", ["a", "scale", "bias", "mean", "var"], ["b"])
    model.node("Relu", ["b"], ["c"])
    model.node("Conv", ["c", "w1"], ["d"], [("pads", .ints([1, 1, 1, 1]))])
    model.node("Add", ["c", "d"], ["e"])
    model.node("Conv", ["e", "w2"], ["f"], [("pads", .ints([1, 1, 1, 1])), ("group", .int(16))])
    model.node("Conv", ["f", "w3"], ["g"])
    model.node("Sigmoid", ["g"], ["s"])
    model.node("Concat", ["s", "e"], ["j"], [("axis", .int(1))])
    model.node("Conv", ["j", "w4"], ["y"], [("pads", .ints([1, 1, 1, 1]))])
    model.output("y")
    return model
  }

  /// Halved twice and doubled again: only multiples of 4 fit together.
  private static var unet: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [1, 3, "H", "W"])
    for (index, dims) in [[8, 3, 3, 3], [16, 8, 3, 3], [16, 8, 2, 2], [2, 16, 1, 1]].enumerated() {
      model.initializer("w\(index)", weights(dims, UInt64(index + 1)))
    }
    model.initializer("scales", Tensor([4], [Float(1), 1, 2, 2]))
    model.node("Conv", ["x", "w0"], ["a"], [("pads", .ints([1, 1, 1, 1]))])
    model.node("MaxPool", ["a"], ["b"], [("kernel_shape", .ints([2, 2])), ("strides", .ints([2, 2]))])
    model.node("Conv", ["b", "w1"], ["c"], [("pads", .ints([1, 1, 1, 1])), ("strides", .ints([2, 2]))])
    model.node("Resize", ["c", "", "scales"], ["d"], [("mode", .string("nearest"))])
    model.node("ConvTranspose", ["d", "w2"], ["e"], [("strides", .ints([2, 2]))])
    model.node("Concat", ["a", "e"], ["f"], [("axis", .int(1))])
    model.node("Conv", ["f", "w3"], ["y"])
    model.output("y")
    return model
  }

  /// A batch of pictures of any size to rows of scores, flattened by arithmetic.
  private static var classes: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, ["N", 3, "H", "W"])
    model.initializer("w", weights([12, 3, 3, 3], 1))
    model.initializer("m", weights([12, 10], 2))
    model.initializer("zero", Tensor.indices([0]))
    model.initializer("minus", Tensor.indices([-1]))
    model.node("Conv", ["x", "w"], ["a"])
    model.node("GlobalAveragePool", ["a"], ["b"])
    model.node("Shape", ["b"], ["s"])
    model.node("Gather", ["s", "zero"], ["n"], [("axis", .int(0))])
    model.node("Concat", ["n", "minus"], ["target"], [("axis", .int(0))])
    model.node("Reshape", ["b", "target"], ["c"])
    model.node("MatMul", ["c", "m"], ["d"])
    model.node("Softmax", ["d"], ["y"], [("axis", .int(-1))])
    model.output("y")
    return model
  }

  /// Positions cut to the length, heads split by computed shapes, and a scale that follows from an extent.
  private static var attention: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, ["N", "T", 16])
    model.initializer("positions", weights([1, 100, 16], 1))
    model.initializer("w", weights([16, 16], 2))
    for (name, values) in [("zero", [0]), ("one", [1]), ("heads", [2]), ("size", [8]), ("last", [16])] {
      model.initializer(name, Tensor.indices(values))
    }
    model.node("Shape", ["x"], ["s"])
    model.node("Gather", ["s", "zero"], ["n"])
    model.node("Gather", ["s", "one"], ["t"])
    model.node("Slice", ["positions", "zero", "t", "one"], ["p"])
    model.node("Add", ["x", "p"], ["a"])
    model.node("MatMul", ["a", "w"], ["q"])
    model.node("Concat", ["n", "t", "heads", "size"], ["split"], [("axis", .int(0))])
    model.node("Reshape", ["q", "split"], ["r"])
    model.node("Transpose", ["r"], ["h"], [("perm", .ints([0, 2, 1, 3]))])
    model.node("Transpose", ["r"], ["k"], [("perm", .ints([0, 2, 3, 1]))])
    model.node("MatMul", ["h", "k"], ["scores"])
    model.node("Cast", ["size"], ["f"], [("to", .int(1))])
    model.node("Sqrt", ["f"], ["root"])
    model.node("Div", ["scores", "root"], ["scaled"])
    model.node("Softmax", ["scaled"], ["probabilities"], [("axis", .int(-1))])
    model.node("MatMul", ["probabilities", "h"], ["v"])
    model.node("Transpose", ["v"], ["back"], [("perm", .ints([0, 2, 1, 3]))])
    model.node("Concat", ["n", "t", "last"], ["joined"], [("axis", .int(0))])
    model.node("Reshape", ["back", "joined"], ["y"])
    model.output("y")
    return model
  }

  /// A mask of what comes later, made of ranges: data that follows from an extent alone.
  private static var mask: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [1, "T", 8])
    model.initializer("one", Tensor.indices([1]))
    model.initializer("axes", Tensor.indices([1]))
    model.initializer("first", Tensor.scalar(Int64(0)))
    model.initializer("step", Tensor.scalar(Int64(1)))
    model.initializer("low", Tensor.scalar(Float(-1000)))
    model.initializer("none", Tensor.scalar(Float(0)))
    model.node("Shape", ["x"], ["s"])
    model.node("Gather", ["s", "step"], ["t"])
    model.node("Range", ["first", "t", "step"], ["r"])
    model.node("Unsqueeze", ["r", "axes"], ["column"])
    model.node("Less", ["column", "r"], ["later"])
    model.node("Where", ["later", "low", "none"], ["bias"])
    model.node("Transpose", ["x"], ["u"], [("perm", .ints([0, 2, 1]))])
    model.node("MatMul", ["x", "u"], ["scores"])
    model.node("Add", ["scores", "bias"], ["masked"])
    model.node("Softmax", ["masked"], ["p"], [("axis", .int(-1))])
    model.node("MatMul", ["p", "x"], ["y"])
    model.output("y")
    return model
  }

  /// A signal padded to whole frames, as many as there are.
  private static var frames: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [1, 1, "T"])
    model.initializer("w", weights([8, 1, 16], 1))
    model.initializer("hop", Tensor.scalar(Int64(16)))
    model.initializer("zero", Tensor.scalar(Int64(0)))
    model.initializer("axis", Tensor.scalar(Int64(2)))
    model.initializer("unsqueezed", Tensor.indices([0]))
    model.initializer("head", Tensor.indices([0, 0, 0, 0, 0]))
    model.node("Shape", ["x"], ["s"])
    model.node("Gather", ["s", "axis"], ["t"])
    model.node("Sub", ["zero", "t"], ["negative"])
    model.node("Mod", ["negative", "hop"], ["missing"])
    model.node("Unsqueeze", ["missing", "unsqueezed"], ["tail"])
    model.node("Concat", ["head", "tail"], ["pads"], [("axis", .int(0))])
    model.node("Pad", ["x", "pads"], ["a"])
    model.node("Conv", ["a", "w"], ["b"], [("strides", .ints([16]))])
    model.node("Relu", ["b"], ["y"])
    model.output("y")
    return model
  }

  /// A map brought to the size of the input, which is read where it comes from.
  private static var upsampled: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [1, 3, "H", "W"])
    model.initializer("w", weights([6, 3, 3, 3], 1))
    model.initializer("two", Tensor.indices([2]))
    model.initializer("four", Tensor.indices([4]))
    model.initializer("head", Tensor.indices([1, 6]))
    model.node("Conv", ["x", "w"], ["a"], [("strides", .ints([2, 2]))])
    model.node("Shape", ["x"], ["s"])
    model.node("Slice", ["s", "two", "four"], ["size"])
    model.node("Concat", ["head", "size"], ["sizes"], [("axis", .int(0))])
    model.node("Resize", ["a", "", "", "sizes"], ["y"], [("mode", .string("linear"))])
    model.output("y")
    return model
  }

  /// Tokens and their mask, whose lengths the file calls by two names.
  private static var twoNames: ModelWriter {
    var model = ModelWriter()
    model.input("x", .float32, [1, "T", 4])
    model.input("mask", .float32, [1, "M", 1])
    model.node("Mul", ["x", "mask"], ["a"])
    model.node("ReduceSum", ["a"], ["y"], [("keepdims", .int(1))])
    model.output("y")
    return model
  }
}
