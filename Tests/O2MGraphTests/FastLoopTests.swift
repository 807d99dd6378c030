import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// A shape with odd sides, so that tails of every length run.
struct FastCase: CustomTestStringConvertible {
  var op: Op
  var inputs: [TensorType?]
  var testDescription: String { "\(op.name) \(inputs.map { $0?.shape?.dims ?? [] })" }

  init(_ op: Op, _ shapes: [Shape?], _ element: ElementType = .float32) {
    self.op = op
    inputs = shapes.map { $0.map { TensorType(element, $0) } }
  }

  static let convolutions: [FastCase] = [
    .conv([1, 5, 9, 11], [7, 5, 3, 3], Window(kernel: [3, 3], pads: [1, 1, 1, 1])),
    .conv([2, 3, 15, 14], [13, 3, 3, 3], Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1])),
    .conv([1, 2, 17, 30], [4, 2, 5, 2], Window(kernel: [5, 2], strides: [3, 2], dilations: [2, 3], pads: [4, 0, 1, 3])),
    .conv([1, 300, 5, 7], [9, 300, 1, 1], Window(kernel: [1, 1])),
    .conv([1, 4, 17, 31], [5, 4, 1, 1], Window(kernel: [1, 1])),
    .conv([1, 2, 5, 9, 13], [3, 2, 1, 3, 1], Window(kernel: [1, 3, 1], pads: [0, 1, 0, 0, 1, 0])),
    .conv([1, 40, 7, 7], [130, 40, 3, 3], Window(kernel: [3, 3], pads: [1, 1, 1, 1]), activation: .silu),
    .conv([3, 6, 13], [8, 3, 4], Window(kernel: [4], strides: [2], pads: [3, 0]), group: 2),
    .conv(
      [1, 2, 5, 6, 7], [3, 2, 3, 2, 3], Window(kernel: [3, 2, 3], strides: [2, 1, 2], pads: [1, 0, 1, 1, 1, 1]), activation: .relu),
    .conv([1, 9, 16, 33], [9, 1, 3, 3], Window(kernel: [3, 3], pads: [1, 1, 1, 1]), group: 9, activation: .clip(low: -0.25, high: 0.5)),
    .conv([2, 6, 11, 19], [12, 1, 5, 5], Window(kernel: [5, 5], strides: [2, 2], pads: [2, 2, 2, 2]), group: 6),
    .conv([1, 8, 6, 6], [2, 4, 3, 3], Window(kernel: [3, 3], strides: [1, 4]), group: 2),
    .conv([1, 1, 4, 4], [1, 1, 2, 2], Window(kernel: [2, 2], strides: [3, 3], pads: [0, 0, 7, 5])),
  ]

  static let transposed: [FastCase] = [
    .transposed([1, 5, 6, 7], [5, 3, 2, 2], ConvTranspose(window: Window(kernel: [2, 2], strides: [2, 2]))),
    .transposed(
      [2, 4, 5, 3], [4, 6, 3, 3], ConvTranspose(window: Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), group: 2)),
    .transposed(
      [1, 3, 9], [3, 2, 4],
      ConvTranspose(window: Window(kernel: [4], strides: [3], dilations: [2], pads: [5, 2]), outputPadding: [2], activation: .tanh)),
    .transposed([1, 7, 8, 8], [7, 1, 3, 3], ConvTranspose(window: Window(kernel: [3, 3], strides: [5, 1]), group: 7)),
    .transposed([1, 2, 3, 4, 5], [2, 3, 3, 1, 2], ConvTranspose(window: Window(kernel: [3, 1, 2], strides: [1, 2, 2]))),
  ]

  static let products: [FastCase] = [
    FastCase(.matMul(MatMul()), [[5, 7], [7, 13]]),
    FastCase(.matMul(MatMul()), [[140, 7], [7, 501]]),
    FastCase(.matMul(MatMul()), [[1, 9], [9, 503]]),
    FastCase(.matMul(MatMul(activation: .gelu)), [[3, 4, 5, 300], [300, 37], [37], [3, 4, 5, 37]]),
    FastCase(.matMul(MatMul()), [[2, 3, 9, 8], [3, 8, 5], [5]]),
    FastCase(.matMul(MatMul()), [[31, 600], [600]]),
    FastCase(.matMul(MatMul()), [[19], [4, 19, 3]]),
    FastCase(.gemm(Gemm(alpha: 0.3, beta: 1.7)), [[4, 33], [33, 29], [29]]),
    FastCase(.gemm(Gemm(transB: true, activation: .hardSwish(alpha: 1 / 6, beta: 0.5))), [[1, 270], [100, 270], [100]]),
    FastCase(.gemm(Gemm(alpha: 0.7, transA: true, transB: true)), [[50, 17], [3, 50], [17, 1], [17, 3]]),
    FastCase(.gemm(Gemm(transA: true, activation: .geluTanh)), [[12, 2], [12, 25], []]),
  ]

  static let elementwise: [FastCase] = [
    FastCase(.relu(Relu()), [[3, 7, 300]]),
    FastCase(.leakyRelu(LeakyRelu(alpha: 0.3)), [[5, 61]]),
    FastCase(.hardSigmoid(HardSigmoid()), [[5, 61]]),
    FastCase(.hardSwish(HardSwish()), [[5, 61]]),
    FastCase(.sigmoid(Sigmoid()), [[5, 61]]),
    FastCase(.tanh(Tanh()), [[5, 61]]),
    FastCase(.exp(Exp()), [[270]]),
    FastCase(.erf(Erf()), [[5, 61]]),
    FastCase(.sqrt(Sqrt()), [[5, 61]]),
    FastCase(.clip(Clip()), [[5, 61], [], []]),
    FastCase(.clip(Clip()), [[5, 61], nil, [1]]),
    FastCase(.add(Add()), [[3, 5, 7], [3, 5, 7]]),
    FastCase(.add(Add()), [[2, 3, 260, 260], [1, 3, 1, 1]]),
    FastCase(.sub(Sub()), [[5, 1, 7], [1, 4, 1]]),
    FastCase(.mul(Mul()), [[], [3, 5, 7]]),
    FastCase(.mul(Mul()), [[4, 6, 1, 1], [4, 6, 9, 3]]),
    FastCase(.div(Div()), [[300, 300], [300]]),
    FastCase(.batchNormalization(BatchNormalization(epsilon: 1.5)), [[2, 3, 9, 31], [3], [3], [3], [3]]),
    FastCase(.batchNormalization(BatchNormalization(epsilon: 1.5)), [[3, 5], [5], [5], [5], [5]]),
  ]

  static let pooling: [FastCase] = [
    FastCase(.maxPool(MaxPool(window: Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]))), [[2, 5, 17, 19]]),
    FastCase(.maxPool(MaxPool(window: Window(kernel: [2, 3], strides: [1, 3], dilations: [3, 2]), ceil: true)), [[1, 3, 16, 31]]),
    FastCase(.maxPool(MaxPool(window: Window(kernel: [5, 5], pads: [2, 2, 2, 2]))), [[1, 40, 40, 40]]),
    FastCase(.maxPool(MaxPool(window: Window(kernel: [3], pads: [1, 1]))), [[2, 3, 30]]),
    FastCase(.averagePool(AveragePool(window: Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]))), [[2, 5, 17, 19]]),
    FastCase(
      .averagePool(AveragePool(window: Window(kernel: [2, 2, 3], strides: [2, 1, 1]), ceil: true, countsPadding: true)),
      [[1, 2, 5, 6, 7]]),
    FastCase(.globalAveragePool(GlobalAveragePool()), [[2, 7, 13, 11]]),
    FastCase(.reduceMean(ReduceMean(options: ReduceOptions(keepsAxes: false))), [[3, 9, 17]]),
  ]

  private static func conv(_ x: Shape, _ w: Shape, _ window: Window, group: Int = 1, activation: Activation = .none) -> FastCase {
    FastCase(.conv(Conv(window: window, group: group, activation: activation)), [x, w, [w[0]]])
  }

  private static func transposed(_ x: Shape, _ w: Shape, _ op: ConvTranspose) -> FastCase {
    FastCase(.convTranspose(op), [x, w, [w[1] * op.group]])
  }

  /// The same with a residual.
  var residual: FastCase? {
    let facts = inputs.map { $0.map { InputFact($0) } }
    guard inputs.count == 3, let output = try? op.infer(facts)[0] else { return nil }
    var result = self
    result.inputs.append(output)
    return result
  }

  func `as`(_ element: ElementType) -> FastCase { FastCase(op, inputs.map { $0?.shape }, element) }
}

/// The fast loops are nothing but the references, faster.
struct FastLoopTests {
  static let cases = { () -> [FastCase] in
    let all = FastCase.convolutions + FastCase.transposed + FastCase.products
    let residual = all.compactMap(\.residual), wide = (all + FastCase.elementwise + residual).map { $0.as(.float64) }
    return all + FastCase.elementwise + FastCase.pooling + residual + wide + [all[0], all[15], all[19]].map { $0.as(.float16) }
      + [all[1].as(.bfloat16)]
  }()

  @Test(arguments: cases, [1, 3])
  func givesTheBitsOfTheReference(item: FastCase, threads: Int) throws {
    var random = Seeded(7)
    let inputs = item.inputs.map { $0.map { random.tensor($0) } }
    let expected = try item.op.reference(inputs)
    for (name, loops) in FastLoops.all(threads: threads) {
      let found = try #require(try loops.outputs(item.op, inputs), "\(name) leaves it to the reference")
      #expect(found.map(\.type) == expected.map(\.type))
      for (found, expected) in zip(found, expected) { #expect(firstDifference(found, expected) == nil, "\(name)") }
    }
  }

  /// Every activation, on sums on both sides of all its corners.
  @Test(arguments: [
    Activation.none, .relu, .clip(low: -1, high: 2), .leakyRelu(alpha: 0.1), .hardSigmoid(alpha: 0.2, beta: 0.5),
    .hardSwish(alpha: 1 / 6, beta: 0.5), .sigmoid, .silu, .tanh, .gelu, .geluTanh,
  ])
  func activates(activation: Activation) throws {
    var random = Seeded(8)
    let inputs = [random.tensor([20, 9], in: -4...4), random.tensor([9, 30])]
    let op = Op.matMul(MatMul(activation: activation))
    let expected = try op.reference(inputs)[0]
    for (name, loops) in FastLoops.all(threads: 1) {
      #expect(firstDifference(try #require(try loops.outputs(op, inputs))[0], expected) == nil, "\(name)")
    }
  }

  /// Numbers at which elementwise loops may go different ways.
  @Test(arguments: FastCase.elementwise + FastCase.pooling)
  func givesTheBitsOfTheReferenceAtTheEdges(item: FastCase) throws {
    var random = Seeded(11)
    let edges: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 1, -1, 3, -3, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 88, -104]
    let inputs = item.inputs.enumerated().map { index, type in
      type.map { type in
        let tensor = random.tensor(type)
        // Bounds that are not numbers are left to the reference.
        if index == 0 { for place in 0..<tensor.count where place % 3 == 0 { tensor.set(place, edges[place / 3 % edges.count]) } }
        return tensor
      }
    }
    let expected = try item.op.reference(inputs)[0].doubles()
    for (name, loops) in FastLoops.all(threads: 1) {
      let found = try #require(try loops.outputs(item.op, inputs), "\(name) leaves it to the reference")[0].doubles()
      let different = found.indices.first { found[$0].bitPattern != expected[$0].bitPattern && !(found[$0].isNaN && expected[$0].isNaN) }
      #expect(different == nil, "\(name)")
    }
  }

  /// Sums whose order shows: the first and the last term cancel, and what lies between is rounded against the first.
  @Test func keepsTheOrderOfTheTerms() throws {
    var random = Seeded(9)
    let depth = 700, columns = 27
    let x = Tensor([1, depth, 3, 9], of: Float.self) { terms in
      for index in terms.indices {
        terms[index] = index < columns ? 0x1p60 : index >= (depth - 1) * columns ? -0x1p60 : random.uniform(-1024...1024)
      }
    }
    let w = Tensor([6, depth, 1, 1], [Float](repeating: 1, count: 6 * depth))
    let op = Op.conv(Conv(window: Window(kernel: [1, 1])))
    let expected = try op.reference([x, w])[0]
    for (name, loops) in FastLoops.all(threads: 2) {
      #expect(firstDifference(try #require(try loops.outputs(op, [x, w]))[0], expected) == nil, "\(name)")
    }
    // In another order the sums are others, or this would prove nothing.
    let reversed = x.gathered(x.shape, source: (0..<x.count).map { (depth - 1 - $0 / columns) * columns + $0 % columns })
    #expect(firstDifference(try op.reference([reversed, w])[0], expected) != nil)
  }

  /// What is left to the reference: infinite weights that would meet padding, mixed types, empty operands, huge padding.
  @Test func leavesWhatDoesNotSuit() throws {
    let loops = FastLoops()
    let conv = Op.conv(Conv(window: Window(kernel: [2], pads: [1, 1])))
    let x = Tensor([1, 1, 3], [1, 2, 3] as [Float])
    #expect(try loops.outputs(conv, [x, Tensor([1, 1, 2], [1, .infinity] as [Float])]) == nil)
    #expect(try loops.outputs(conv, [Tensor([1, 1, 3], [1.0, 2, 3]), Tensor([1, 1, 2], [1.0, .infinity])]) == nil)
    #expect(try loops.outputs(.matMul(MatMul()), [Tensor([1, 1], [1.0]), Tensor([1, 1], [2 as Float])]) == nil)
    #expect(try loops.outputs(.matMul(MatMul()), [Tensor([1, 0], [Float]()), Tensor([0, 1], [Float]())]) == nil)
    let far = Op.conv(Conv(window: Window(kernel: [2, 2], dilations: [1 << 20, 1 << 20], pads: [1 << 19, 1 << 19, 1 << 19, 1 << 19])))
    let square = Tensor([1, 1, 2, 2], [1, 2, 3, 4] as [Float])
    #expect(try loops.outputs(far, [square, square]) == nil)
  }

  /// An infinity among the inputs reaches the outputs that read it and no others.
  @Test func infinitiesStayWhereTheyBelong() throws {
    var random = Seeded(10)
    let op = Op.conv(Conv(window: Window(kernel: [3, 3], pads: [1, 1, 1, 1])))
    let x = random.tensor([1, 3, 8, 9]), w = random.tensor([5, 3, 3, 3])
    x.set(100, .infinity)
    let expected = try op.reference([x, w])[0]
    for (name, loops) in FastLoops.all(threads: 1) {
      #expect(firstDifference(try #require(try loops.outputs(op, [x, w]))[0], expected) == nil, "\(name)")
    }
  }
}

extension Tensor {
  fileprivate func set(_ index: Int, _ value: Float) { storage.bytes.bindMemory(to: Float.self)[index] = value }
}

/// Where two tensors of one type differ in a bit.
private func firstDifference(_ a: Tensor, _ b: Tensor) -> Int? {
  let size = a.element.size
  return a.withBytes { a in b.withBytes { b in a.indices.first { a[$0] != b[$0] } } }.map { $0 / size }
}
