import O2MOps
import O2MTensor
import Testing

/// Seeded numbers in -1...1.
func seeded(_ shape: Shape, _ seed: UInt64 = 1) -> Tensor {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(shape.count)
  return f32(
    shape,
    (0..<shape.count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(state >> 40) - (1 << 23)) / Float(1 << 23)
    })
}

/// Every element within `tolerance` of the reference, NaN where it has NaN.
func expectClose(
  _ found: Tensor, _ expected: Tensor, _ tolerance: Double, _ note: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.type == expected.type, "\(note)", sourceLocation: sourceLocation)
  let a = found.doubles(), b = expected.doubles()
  var worst = 0.0, at = -1
  for index in 0..<min(a.count, b.count) where a[index] != b[index] && !(a[index].isNaN && b[index].isNaN) {
    let error = (a[index] - b[index]).magnitude
    if !(error <= worst) { (worst, at) = (error.isNaN ? .infinity : error, index) }
  }
  #expect(worst <= tolerance, "\(note): element \(at) is \(at < 0 ? 0 : a[at]), not \(at < 0 ? 0 : b[at])", sourceLocation: sourceLocation)
}

/// The rounding of a sum of `count` terms of magnitude 1 at most.
func sum(of count: Int) -> Double { Double(Float.ulpOfOne) * Double(count) }

struct ElementwiseKernelTests {
  static let functions: [(Op, Double)] = [
    (.relu(Relu()), 0), (.leakyRelu(LeakyRelu(alpha: 0.1)), 0), (.clip(Clip()), 0), (.sigmoid(Sigmoid()), 4e-7), (.tanh(Tanh()), 4e-7),
    (.exp(Exp()), 8e-7), (.erf(Erf()), 4e-7), (.neg(Neg()), 0), (.abs(Abs()), 0), (.sign(Sign()), 0), (.floor(Floor()), 0),
    (.ceil(Ceil()), 0), (.round(Round()), 0), (.reciprocal(Reciprocal()), 0), (.sqrt(Sqrt()), 0), (.log(Log()), 4e-6),
    (.hardSigmoid(HardSigmoid(alpha: 0.3, beta: 0.4)), 2e-7), (.hardSwish(HardSwish()), 2e-7), (.elu(Elu(alpha: 0.7)), 4e-7),
    (.selu(Selu()), 8e-7), (.celu(Celu(alpha: 1.5)), 8e-7), (.gelu(Gelu()), 4e-7), (.gelu(Gelu(byTanh: true)), 4e-7),
    (.softplus(Softplus()), 8e-7), (.softsign(Softsign()), 2e-7), (.sin(Sin()), 2e-7), (.cos(Cos()), 2e-7), (.mish(Mish()), 8e-7),
    (.swish(Swish(alpha: 1.5)), 8e-7),
  ]

  @Test(arguments: functions.indices, [Layout.plain, .channelsLast])
  func unary(index: Int, layout: Layout) throws {
    let (op, tolerance) = Self.functions[index], x = seeded([2, 5, 3, 7])
    for (gap, inPlace) in [(0, false), (3, false), (0, true)] {
      let y = try KernelRun(layout: layout, gap: gap, inPlace: inPlace).outputs(op, [x])[0]
      expectClose(y, try op.reference([x])[0], tolerance, "\(op.name) gap \(gap)")
    }
  }

  static let pairs: [Op] = [
    .add(Add()), .sub(Sub()), .mul(Mul()), .div(Div()), .min(Min()), .max(Max()), .equal(Equal()), .less(Less()), .greater(Greater()),
    .lessOrEqual(LessOrEqual()), .greaterOrEqual(GreaterOrEqual()), .sum(Sum()), .mod(Mod(fmod: true)),
  ]

  @Test(arguments: pairs.indices, [Layout.plain, .channelsLast])
  func binary(index: Int, layout: Layout) throws {
    let op = Self.pairs[index], x = seeded([2, 5, 3, 7])
    for (other, isConstant) in [
      (seeded([2, 5, 3, 7], 2), false), (seeded([1, 5, 1, 1], 3), false), (seeded([5, 1, 1], 4), true), (seeded([], 5), true),
      (seeded([2, 1, 3, 1], 6), false), (seeded([7], 7), false),
    ] {
      for (gap, swapped) in [(0, false), (2, true)] {
        let inputs = swapped ? [other, x] : [x, other]
        let run = KernelRun(constants: isConstant ? [swapped ? 0 : 1] : [], layout: layout, gap: gap)
        expectClose(try run.outputs(op, inputs)[0], try op.reference(inputs)[0], 0, "\(op.name) with \(other.shape.dims)")
      }
    }
  }

  @Test func integersAndTruth() throws {
    let a = Tensor(.int32, [2, 3], wrapping: [7, -7, 5, 0, 100, -1]), b = Tensor(.int32, [3], wrapping: [2, -3, 0])
    for op in [Op.add(Add()), .sub(Sub()), .mul(Mul()), .div(Div()), .mod(Mod()), .mod(Mod(fmod: true)), .max(Max()), .less(Less())] {
      #expect(try KernelRun().outputs(op, [a, b])[0].ints() == op.reference([a, b])[0].ints(), "\(op.name)")
    }
    for op in [Op.neg(Neg()), .abs(Abs()), .sign(Sign())] {
      #expect(try KernelRun().outputs(op, [a])[0].ints() == op.reference([a])[0].ints(), "\(op.name)")
    }
    let p = Tensor(.bool, [4], wrapping: [1, 1, 0, 0]), q = Tensor(.bool, [4], wrapping: [1, 0, 1, 0])
    for op in [Op.and(And()), .or(Or()), .xor(Xor()), .equal(Equal())] {
      #expect(try KernelRun().outputs(op, [p, q])[0].ints() == op.reference([p, q])[0].ints(), "\(op.name)")
    }
    #expect(try KernelRun().outputs(.not(Not()), [p])[0].ints() == [0, 0, 1, 1])
  }

  @Test(arguments: [Layout.plain, .channelsLast])
  func manyOperands(layout: Layout) throws {
    let a = seeded([2, 5, 3, 2]), b = seeded([2, 5, 3, 2], 2), c = seeded([1, 5, 1, 1], 3)
    for op in [Op.mean(Mean()), .sum(Sum()), .max(Max()), .min(Min())] {
      for inputs in [[a], [a, b], [a, b, c], [c, a, b]] {
        expectClose(try KernelRun(layout: layout).outputs(op, inputs)[0], try op.reference(inputs)[0], sum(of: 3), "\(op.name)")
      }
    }
    expectClose(
      try KernelRun(constants: [1], layout: layout).outputs(.pRelu(PRelu()), [a, seeded([5, 1, 1], 4)])[0],
      try PRelu().reference([a, seeded([5, 1, 1], 4)])[0], 0, "PRelu")
    let bounds = [f32([], [-0.25]), f32([], [0.5])]
    expectClose(
      try KernelRun(constants: [1, 2], layout: layout).outputs(.clip(Clip()), [a] + bounds)[0], try Clip().reference([a] + bounds)[0], 0,
      "Clip")
    for exponent in [f32([], [2]), f32([1], [3]), Tensor([], [Int64(2)])] {
      expectClose(
        try KernelRun(constants: [1], layout: layout).outputs(.pow(Pow()), [a, exponent])[0], try Pow().reference([a, exponent])[0], 2e-7,
        "Pow")
    }
  }

  /// One after the other, 3,000 equal summands are off by 254 units in the last place.
  @Test(arguments: [64, 65, 66, 128, 130, 3000])
  func manySummands(count: Int) throws {
    let inputs = (0..<count).map { f32([3], [0.1, Float($0 % 7) * 0.3 + 0.01, 1 / Float($0 + 1)]) }
    for op in [Op.sum(Sum()), .mean(Mean())] {
      let expected = try op.reference(inputs)[0].floats, found = try KernelRun().outputs(op, inputs)[0].floats
      for (e, f) in zip(expected, found) { #expect(abs(e - f) <= 12 * e.ulp, "\(op.name) of \(count)") }
    }
  }
}

struct ProductKernelTests {
  /// Input, weights, group and window of convolutions whose extents suit no tile.
  static let convolutions: [(x: Shape, w: Shape, group: Int, window: Window)] = [
    ([1, 3, 9, 11], [17, 3, 3, 3], 1, Window(kernel: [3, 3], pads: [1, 1, 1, 1])),
    ([2, 5, 8, 7], [33, 5, 1, 1], 1, Window(kernel: [1, 1])),
    ([1, 6, 7, 7], [10, 3, 3, 2], 2, Window(kernel: [3, 2], strides: [2, 1], dilations: [1, 2], pads: [1, 0, 2, 1])),
    ([1, 19, 9, 9], [19, 1, 3, 3], 19, Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])),
    ([1, 4, 9, 9], [8, 1, 5, 5], 4, Window(kernel: [5, 5], autoPad: .sameUpper)),
    ([2, 3, 13], [5, 3, 4], 1, Window(kernel: [4], strides: [3], pads: [2, 1])),
    ([1, 7, 13], [7, 1, 3], 7, Window(kernel: [3])),
    ([1, 1, 1, 1], [1, 1, 1, 1], 1, Window(kernel: [1, 1])),
  ]

  private func check(_ op: Op, _ inputs: [Tensor?], terms: Int, constants: [Int], _ note: String, precision: WeightPrecision = .float32)
    throws
  {
    let expected = try op.reference(inputs)[0]
    for (threads, gap) in [(1, 0), (2, 3)] {
      let run = KernelRun(constants: constants, gap: gap, threads: threads, precision: precision)
      expectClose(try run.outputs(op, inputs)[0], expected, sum(of: terms + 4), "\(note), threads \(threads), gap \(gap)")
    }
  }

  @Test(arguments: convolutions.indices)
  func convolution(index: Int) throws {
    let (x, w, group, window) = Self.convolutions[index]
    let bias = seeded([w[0]], 3), terms = w.count / w[0]
    var op = Op.conv(Conv(window: window, group: group, activation: .relu))
    let inputs = [seeded(x), seeded(w, 2), bias]
    try check(op, inputs, terms: terms, constants: [1, 2], "packed")
    try check(op, inputs, terms: terms, constants: [], "computed weights")
    try check(op, inputs, terms: terms, constants: [2], "computed weights, constant bias")
    try check(op, inputs, terms: terms, constants: [1], "computed bias")
    op = .conv(Conv(window: window, group: group))
    let y = try #require(op.infer(inputs.map { InputFact($0.type) })[0].shape)
    try check(op, [inputs[0], inputs[1], nil, seeded(y, 4)], terms: terms, constants: [1], "residual")
  }

  /// The cost model must choose Winograd; the bound is the one that o2m_conv.h states.
  @Test(
    arguments: [([1, 16, 13, 15], [40, 16, 3, 3], 1), ([2, 8, 14, 13], [32, 8, 3, 3], 0), ([1, 130, 8, 8], [33, 130, 3, 3], 1)]
      as [(Shape, Shape, Int)])
  func winograd(x: Shape, w: Shape, pad: Int) throws {
    let conv = Conv(window: Window(kernel: [3, 3], pads: [pad, pad, pad, pad]), activation: .silu)
    let facts = [x, w].map { OperandFact(TypedShape(.float32, $0), layout: .plain, isConstant: true) }
    #expect(conv.weightLayouts(of: 1, facts).map(\.packing) == [.winogradPanels, .convPanels])
    let weights = f32(w, seeded(w, 2).floats.map { ($0 * 64).rounded() / 64 })
    let y = try #require(conv.infer([x, w].map { InputFact(TensorType(.float32, $0)) })[0].shape)
    for precision in [WeightPrecision.float32, .float16, .int8] {
      try check(
        .conv(conv), [seeded(x), weights, seeded([w[0]], 3), seeded(y, 4)], terms: 48 * (w[1] + 4), constants: [1, 2], "\(precision)",
        precision: precision)
    }
  }

  @Test(arguments: convolutions.indices, [WeightPrecision.float16, .int8])
  func narrowWeights(index: Int, precision: WeightPrecision) throws {
    let (x, w, group, window) = Self.convolutions[index]
    // Multiples of 1/64 are exact in every precision.
    let weights = f32(w, seeded(w, 2).floats.map { ($0 * 64).rounded() / 64 })
    let inputs = [seeded(x), weights, seeded([w[0]], 3)]
    try check(
      .conv(Conv(window: window, group: group)), inputs, terms: w.count / w[0], constants: [1, 2], "\(precision)", precision: precision)
  }

  /// Rows that are wide enough to be computed in place, and rows that are not; channels around a panel.
  @Test(arguments: [3, 5], [1, 2])
  func expansionBeforeDepthwise(kernel: Int, stride: Int) throws {
    for (channels, size, inputs) in [(16, [9, 26], 3), (21, [8, 7], 18), (33, [1, 5], 2)] {
      let x = seeded([2, inputs, size[0], size[1]]), w = seeded([channels, inputs, 1, 1], 2), b = seeded([channels], 3)
      let v = seeded([channels, 1, kernel, kernel], 4), c = seeded([channels], 5)
      let window = Window(kernel: [kernel, kernel], strides: [stride, stride], autoPad: .sameLower)
      let op = Op.expandDepthwise(ExpandDepthwise(window: window, expansion: .hardSwish(alpha: 1 / 6, beta: 0.5), activation: .relu))
      // Every term of the second sum is one of the first, at most inputs + 1 in magnitude.
      let terms = kernel * kernel * (inputs + 1)
      try check(op, [x, w, b, v, c], terms: terms, constants: [1, 2, 3, 4], "packed")
      try check(op, [x, w, nil, v, nil], terms: terms, constants: [1, 3], "no bias")
      try check(op, [x, w, b, v, c], terms: terms, constants: [], "computed weights")
    }
  }

  static let transposed: [(x: Shape, w: Shape, op: ConvTranspose)] = [
    (
      [1, 5, 4, 3], [5, 7, 3, 3],
      ConvTranspose(window: Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), outputPadding: [1, 1])
    ),
    ([2, 6, 3, 5], [6, 2, 2, 4], ConvTranspose(window: Window(kernel: [2, 4], strides: [2, 3], dilations: [3, 1]), group: 3)),
    ([1, 3, 7], [3, 18, 4], ConvTranspose(window: Window(kernel: [4], strides: [2], autoPad: .sameLower))),
    ([1, 2, 3, 3], [2, 1, 3, 3], ConvTranspose(window: Window(kernel: [3, 3], strides: [3, 2]), outputShape: [10, 8])),
  ]

  @Test(arguments: transposed.indices)
  func transposedConvolution(index: Int) throws {
    let (x, w, conv) = Self.transposed[index]
    let inputs = [seeded(x), seeded(w, 2), seeded([w[1] * conv.group], 3)], terms = w.count / w[1] / conv.group
    try check(.convTranspose(conv), inputs, terms: terms, constants: [1, 2], "packed")
    try check(.convTranspose(conv), inputs, terms: terms, constants: [], "computed")
  }

  @Test func gemm() throws {
    let a = seeded([5, 19]), b = seeded([19, 33], 2), bt = seeded([33, 19], 2)
    for (c, constants) in [
      (seeded([33], 3), [1, 2]), (seeded([1, 33], 3), [1, 2]), (seeded([5, 33], 3), [1, 2]), (seeded([5, 1], 3), [1, 2]),
      (seeded([], 3), [1]),
      (seeded([33], 3), []), (seeded([33], 3), [2]),
    ] {
      for activation in [Activation.none, .silu] {
        try check(.gemm(Gemm(activation: activation)), [a, b, c], terms: 20, constants: constants, "Gemm C \(c.shape.dims) \(constants)")
        try check(.gemm(Gemm(transB: true, activation: activation)), [a, bt, c], terms: 20, constants: constants, "Gemm, B transposed")
      }
    }
    try check(.gemm(Gemm(activation: .relu)), [a, b, seeded([33], 3), seeded([5, 33], 4)], terms: 21, constants: [1, 2], "residual")
    try check(.gemm(Gemm(alpha: 0.5)), [a, b], terms: 20, constants: [1], "scaled")
    // As many rows as columns: what is added is a column, and no row.
    try check(.gemm(Gemm()), [seeded([33, 19]), b, seeded([33, 1], 3)], terms: 20, constants: [1, 2], "column")
    // Kernels do not scale what is added.
    let operands = ([[5, 19], [19, 33], [33]] as [Shape]).map { Operand(TypedShape(.float32, $0)) }
    let site = KernelSite(inputs: operands, outputs: [Operand(TypedShape(.float32, [5, 33]))], threads: 1)
    let kernel = try Op.gemm(Gemm(beta: 0.5)).kernel(site)
    if case .reference = kernel {} else { Issue.record("a kernel adds the whole of C") }
  }

  @Test func matMul() throws {
    for (a, b, constants) in [
      ([5, 19] as Shape, [19, 33] as Shape, [1]), ([2, 3, 5, 19], [19, 17], [1]), ([19], [19, 17], [1]), ([2, 1, 5, 9], [3, 9, 4], []),
      ([2, 3, 4, 5], [2, 3, 5, 6], []), ([4, 5], [5], []), ([5], [5], []), ([1, 4, 5], [3, 5, 2], [1]),
    ] {
      try check(.matMul(MatMul()), [seeded(a), seeded(b, 2)], terms: 20, constants: constants, "MatMul \(a.dims) \(b.dims)")
    }
    try check(
      .matMul(MatMul(activation: .gelu)), [seeded([2, 5, 19]), seeded([19, 17], 2), seeded([17], 3), seeded([2, 5, 17], 4)], terms: 24,
      constants: [1, 2], "bias and residual")
    try check(
      .matMul(MatMul(activation: .relu)), [seeded([2, 5, 9]), seeded([2, 9, 7], 2), seeded([7], 3), seeded([2, 5, 7], 4)], terms: 24,
      constants: [2], "bias and residual of computed operands")
  }
}

struct WindowKernelTests {
  @Test(arguments: [0, 3])
  func pools(gap: Int) throws {
    let run = KernelRun(gap: gap, threads: 2)
    for (x, window, ceil) in [
      ([2, 5, 9, 8] as Shape, Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), false),
      ([1, 17, 7, 6], Window(kernel: [3, 2], strides: [2, 2], pads: [0, 1, 1, 0]), true),
      ([1, 3, 9, 9], Window(kernel: [3, 3], dilations: [2, 2], autoPad: .sameUpper), false),
      ([2, 3, 11], Window(kernel: [4], strides: [3], pads: [1, 2]), true),
    ] {
      let input = seeded(x)
      expectClose(
        try run.outputs(.maxPool(MaxPool(window: window, ceil: ceil)), [input])[0],
        try MaxPool(window: window, ceil: ceil).reference([input])[0],
        0, "MaxPool \(x.dims)")
      for counts in [false, true] {
        let op = AveragePool(window: window, ceil: ceil, countsPadding: counts)
        expectClose(try run.outputs(.averagePool(op), [input])[0], try op.reference([input])[0], sum(of: 9), "AveragePool \(x.dims)")
      }
    }
    for x in [[2, 5, 7, 3] as Shape, [1, 19, 300], [1, 3, 2, 3, 4]] {
      let input = seeded(x)
      expectClose(
        try run.outputs(.globalAveragePool(GlobalAveragePool()), [input])[0], try GlobalAveragePool().reference([input])[0], sum(of: 8),
        "mean")
      expectClose(try run.outputs(.globalMaxPool(GlobalMaxPool()), [input])[0], try GlobalMaxPool().reference([input])[0], 0, "max")
    }
  }

  /// The first of equal ones, counted by rows or by columns.
  @Test(arguments: [0, 1])
  func placesOfMaxima(order: Int) throws {
    let node = TestNode(1, outputs: 2, (.kernel_shape, .ints([2, 3])), (.storage_order, .int(order)), (.pads, .ints([1, 0, 0, 1])))
    let op = try MaxPool(node), x = f32([2, 3, 5, 7], (0..<210).map { Float($0 * $0 % 3) })
    #expect(try KernelRun(threads: 2).outputs(.maxPool(op), [x])[1].ints() == op.reference([x])[1].ints())
  }

  @Test(arguments: [0, 3])
  func norms(gap: Int) throws {
    let run = KernelRun(constants: [1, 2, 3, 4], gap: gap, threads: 2)
    let x = seeded([2, 19, 5, 3]), row = seeded([4, 19])
    let scale = seeded([19], 2), bias = seeded([19], 3), mean = seeded([19], 4),
      variance = f32([19], seeded([19], 5).floats.map { $0.magnitude + 0.5 })
    for input in [x, row] {
      let inputs = [input, scale, bias, mean, variance]
      expectClose(
        try run.outputs(.batchNormalization(BatchNormalization()), inputs)[0], try BatchNormalization().reference(inputs)[0], sum(of: 8),
        "batch")
    }
    expectClose(
      try run.outputs(.instanceNormalization(InstanceNormalization()), [x, scale, bias])[0],
      try InstanceNormalization().reference([x, scale, bias])[0], sum(of: 40), "instance")
    for op in [LRN(size: 5), LRN(size: 4, alpha: 0.5, beta: 0.6, bias: 2)] {
      for input in [x, row] { expectClose(try run.outputs(.lrn(op), [input])[0], try op.reference([input])[0], sum(of: 16), "LRN") }
    }
    for op in [LayerNormalization(), LayerNormalization(axis: 1, epsilon: 1e-3)] {
      let cut: Shape = op.axis == 1 ? [19, 5, 3] : [3]
      let inputs = [x, seeded(cut, 6), seeded(cut, 7)]
      expectClose(try run.outputs(.layerNormalization(op), inputs)[0], try op.reference(inputs)[0], sum(of: 60), "layer")
    }
  }
}

struct ReductionKernelTests {
  static let kinds: [@Sendable (ReduceOptions) -> Op] = [
    { .reduceMean(ReduceMean(options: $0)) }, { .reduceSum(ReduceSum(options: $0)) }, { .reduceMax(ReduceMax(options: $0)) },
    { .reduceMin(ReduceMin(options: $0)) }, { .reduceProd(ReduceProd(options: $0)) }, { .reduceL1(ReduceL1(options: $0)) },
    { .reduceL2(ReduceL2(options: $0)) }, { .reduceSumSquare(ReduceSumSquare(options: $0)) },
    { .reduceLogSumExp(ReduceLogSumExp(options: $0)) },
  ]

  @Test(arguments: kinds.indices, [Layout.plain, .channelsLast])
  func reductions(kind: Int, layout: Layout) throws {
    let x = seeded([2, 5, 3, 7])
    for axes in [[2, 3], [1], [0, 2], [3], [0, 1, 2, 3], [-1, 1]] {
      for keeps in [true, false] {
        for gap in [0, 2] {
          let op = Self.kinds[kind](ReduceOptions(keepsAxes: keeps)), inputs = [x, .indices(axes)]
          let run = KernelRun(constants: [1], layout: layout, gap: keeps ? 0 : gap, threads: 2)
          expectClose(try run.outputs(op, inputs)[0], try op.reference(inputs)[0], sum(of: 210), "\(op.name) \(axes) keeps \(keeps)")
        }
      }
    }
  }

  /// What is no finite number is treated as the reference does, wherever it stands and however long the line is.
  @Test(arguments: kinds.indices, [Float.nan, .infinity, -.infinity])
  func extremes(kind: Int, extreme: Float) throws {
    let op = Self.kinds[kind](ReduceOptions())
    for length in [2, 8, 9, 40] {
      for place in [0, 1, length - 1, length] {  // the last means everywhere
        var line: [Float] = []
        for index in 0..<length { line.append(place == length || index == place ? extreme : Float(index % 5) - 2) }
        let columns = f32([length, 2], line.flatMap { [$0, $0] })
        for (x, axis) in [(f32([2, length], line + line), 1), (columns, 0)] {
          let inputs = [x, Tensor.indices([axis])]
          let found = try KernelRun(constants: [1]).outputs(op, inputs)[0].doubles(), expected = try op.reference(inputs)[0].doubles()
          for (a, b) in zip(found, expected) {
            #expect(a == b || a.isNaN && b.isNaN || abs(a - b) <= 1e-5 * abs(b), "\(op.name) of \(length), \(place): \(a), not \(b)")
          }
        }
      }
    }
  }

  @Test func integers() throws {
    let x = Tensor(.int32, [2, 3], wrapping: [5, -3, 7, 100, -200, 9])
    for op in [
      Op.reduceSum(ReduceSum()), .reduceMax(ReduceMax()), .reduceMin(ReduceMin()), .reduceMean(ReduceMean()), .reduceL1(ReduceL1()),
    ] {
      let inputs = [x, .indices([1])]
      #expect(try KernelRun(constants: [1]).outputs(op, inputs)[0].ints() == op.reference(inputs)[0].ints(), "\(op.name)")
    }
  }

  @Test(arguments: [Layout.plain, .channelsLast], 0..<4)
  func linesAlongEveryAxis(layout: Layout, axis: Int) throws {
    let x = seeded([2, 5, 3, 7]), run = KernelRun(layout: layout, threads: 2)
    for flattens in [false, true] {
      for op in [Op.softmax(Softmax(axis: axis, flattens: flattens)), .logSoftmax(LogSoftmax(axis: axis, flattens: flattens))] {
        expectClose(try run.outputs(op, [x])[0], try op.reference([x])[0], 4e-6, "\(op.name) \(axis) \(flattens)")
      }
    }
    for options in [IndexOptions(axis: axis), IndexOptions(axis: axis, keepsAxis: false, selectsLast: true)] {
      for op in [Op.argMax(ArgMax(options: options)), .argMin(ArgMin(options: options))] {
        #expect(try run.outputs(op, [x])[0].ints() == op.reference([x])[0].ints(), "\(op.name) \(axis)")
      }
    }
  }
}
