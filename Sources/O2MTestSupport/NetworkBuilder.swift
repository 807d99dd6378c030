import O2MTensor

/// Layers with seeded weights on top of a `ModelBuilder`, written as torchvision's exports look: BatchNormalization unfolded.
///
/// Weights are He-initialised. The builder carries an estimate of each tensor's mean square, from which the statistics of the
/// BatchNormalizations follow, so that activations stay near 1 at any depth.
package struct NetworkBuilder {
  /// A tensor `[1, channels, size, size]`.
  package struct Feature {
    package var name: String
    package var channels: Int
    package var size: Int
    /// The estimated mean square.
    var moment: Float
  }

  package private(set) var model: ModelBuilder
  private var random: Seeded

  package init(seed: UInt64) {
    model = ModelBuilder(opset: 13)
    random = Seeded(seed)
  }

  package mutating func picture(_ size: Int) -> Feature {
    Feature(name: model.input("input", [1, 3, size, size]), channels: 3, size: size, moment: 1)
  }

  private mutating func filters(_ shape: Shape, _ name: String) -> String {
    let terms = shape.dims.dropFirst().reduce(1, *)
    return model.initializer(name, random.normal(shape, deviation: (2 / Float(terms)).squareRoot()))
  }

  package mutating func conv(
    _ x: Feature, _ channels: Int, kernel: Int, stride: Int = 1, pad: Int? = nil, group: Int = 1, bias: Bool = false, _ name: String
  ) -> Feature {
    let pad = pad ?? kernel / 2
    var operands = [x.name, filters([channels, x.channels / group, kernel, kernel], name + ".weight")]
    if bias { operands.append(model.initializer(name + ".bias", random.tensor([channels], in: -0.1...0.1))) }
    let y = model.node(
      "Conv", operands, name,
      [
        "dilations": .ints([1, 1]), "group": .int(group), "kernel_shape": .ints([kernel, kernel]),
        "pads": .ints([pad, pad, pad, pad]), "strides": .ints([stride, stride]),
      ])
    return Feature(name: y, channels: channels, size: (x.size + 2 * pad - kernel) / stride + 1, moment: 2 * x.moment)
  }

  package mutating func batchNorm(_ x: Feature, _ name: String) -> Feature {
    let c: Shape = [x.channels], spread = x.moment.squareRoot()
    let operands = [
      x.name,
      model.initializer(name + ".weight", random.tensor(c, in: 0.8...1.2)),
      model.initializer(name + ".bias", random.tensor(c, in: -0.2...0.2)),
      model.initializer(name + ".running_mean", random.tensor(c, in: -0.1 * spread...0.1 * spread)),
      model.initializer(name + ".running_var", random.tensor(c, in: 0.7 * x.moment...1.3 * x.moment)),
    ]
    let y = model.node("BatchNormalization", operands, name, ["epsilon": .float(1e-5), "momentum": .float(0.9)])
    return Feature(name: y, channels: x.channels, size: x.size, moment: 1.1)
  }

  package mutating func relu(_ x: Feature, _ name: String) -> Feature {
    var y = x
    y.name = model.node("Relu", [x.name], name)
    y.moment /= 2
    return y
  }

  package mutating func relu6(_ x: Feature, _ name: String) -> Feature {
    var y = x
    let low = model.initializer(name + ".min", .scalar(Float(0))), high = model.initializer(name + ".max", .scalar(Float(6)))
    y.name = model.node("Clip", [x.name, low, high], name)
    y.moment /= 2
    return y
  }

  package mutating func add(_ a: Feature, _ b: Feature, _ name: String) -> Feature {
    var y = a
    y.name = model.node("Add", [a.name, b.name], name)
    y.moment += b.moment
    return y
  }

  package mutating func maxPool(_ x: Feature, kernel: Int, stride: Int, pad: Int = 0, ceil: Bool = false, _ name: String) -> Feature {
    var y = x
    let room = x.size + 2 * pad - kernel
    y.size = (ceil ? (room + stride - 1) / stride : room / stride) + 1
    y.name = model.node(
      "MaxPool", [x.name], name,
      [
        "ceil_mode": .int(ceil ? 1 : 0), "kernel_shape": .ints([kernel, kernel]), "pads": .ints([pad, pad, pad, pad]),
        "strides": .ints([stride, stride]),
      ])
    return y
  }

  package mutating func concat(_ parts: [Feature], _ name: String) -> Feature {
    var y = parts[0]
    y.channels = parts.reduce(0) { $0 + $1.channels }
    y.moment = parts.reduce(0) { $0 + $1.moment * Float($1.channels) } / Float(y.channels)
    y.name = model.node("Concat", parts.map(\.name), name, ["axis": .int(1)])
    return y
  }

  /// The two halves of the channels.
  package mutating func halves(_ x: Feature, _ name: String) -> (Feature, Feature) {
    var parts = (x, x)
    parts.0.channels = x.channels / 2
    parts.1.channels = x.channels - parts.0.channels
    let sizes = model.initializer(name + ".split", .indices([parts.0.channels, parts.1.channels]))
    let names = model.node("Split", [x.name, sizes], outputs: [name + ".0", name + ".1"], ["axis": .int(1)])
    (parts.0.name, parts.1.name) = (names[0], names[1])
    return parts
  }

  /// Channel `g * C/groups + c` goes to `c * groups + g`: a Reshape, a Transpose and a Reshape.
  package mutating func shuffle(_ x: Feature, groups: Int, _ name: String) -> Feature {
    let split = model.initializer(name + ".split", .indices([1, groups, x.channels / groups, x.size, x.size]))
    let joined = model.initializer(name + ".joined", .indices([1, x.channels, x.size, x.size]))
    let apart = model.node("Reshape", [x.name, split], name + ".reshape")
    let turned = model.node("Transpose", [apart], name + ".transpose", ["perm": .ints([0, 2, 1, 3, 4])])
    var y = x
    y.name = model.node("Reshape", [turned, joined], name)
    return y
  }

  /// Global average and Flatten: `[1, channels]`.
  package mutating func pool(_ x: Feature, _ name: String) -> Feature {
    let pooled = model.node("GlobalAveragePool", [x.name], name)
    var y = x
    y.name = model.node("Flatten", [pooled], name + ".flat", ["axis": .int(1)])
    y.size = 1
    return y
  }

  package mutating func linear(_ x: Feature, _ classes: Int, _ name: String) -> Feature {
    let w = filters([classes, x.channels], name + ".weight")
    let b = model.initializer(name + ".bias", random.tensor([classes], in: -0.1...0.1))
    let y = model.node(
      "Gemm", [x.name, w, b], name, ["alpha": .float(1), "beta": .float(1), "transA": .int(0), "transB": .int(1)])
    return Feature(name: y, channels: classes, size: 1, moment: 2 * x.moment)
  }

  /// The model with `scores`, `[1, classes]`, as its output.
  package mutating func finish(_ scores: Feature) -> ModelBuilder {
    model.output(scores.name, [1, scores.channels])
    return model
  }
}
