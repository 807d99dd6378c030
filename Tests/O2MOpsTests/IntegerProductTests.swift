import O2MOps
import O2MTensor
import Testing

/// Integer kernels against the plain reference, bit by bit. The sums themselves are checked in C; here it is which operand is read how.
struct IntegerProductTests {
  /// Every byte there is, in an order without a pattern.
  private func codes(_ element: ElementType, _ shape: Shape, from start: Int = 0) -> Tensor {
    Tensor(element, shape, wrapping: (0..<shape.count).map { (start + $0) * 167 % 256 })
  }

  private func scales(_ shape: Shape) -> Tensor { Tensor(.float32, shape, rounding: (0..<shape.count).map { 0.01 + 0.003 * Double($0) }) }

  struct Product: CustomTestStringConvertible {
    let a, b: Shape
    var aZero: Shape? = [], bZero: Shape? = []
    var bScale: Shape = []
    var testDescription: String { "\(a.dims) \(b.dims), zero points \(aZero?.dims ?? []) \(bZero?.dims ?? [])" }
  }

  static let products = [
    Product(a: [5, 33], b: [33, 70]), Product(a: [1, 17], b: [17, 64], aZero: nil, bZero: nil), Product(a: [9], b: [9, 3]),
    Product(a: [2, 9], b: [9]), Product(a: [7, 20], b: [20, 18], aZero: [7], bZero: [18], bScale: [18]),
    Product(a: [1, 7, 20], b: [20, 18], aZero: [1, 7, 1], bZero: [1, 18]), Product(a: [3, 4, 8], b: [8, 5], bZero: [5], bScale: [5]),
    Product(a: [2, 1, 4, 8], b: [3, 8, 5]), Product(a: [1, 4, 8], b: [2, 8, 5], aZero: [4], bZero: [5]),
  ]

  @Test(arguments: products, [ElementType.uint8, .int8])
  func matrices(product: Product, element: ElementType) throws {
    let a = codes(element, product.a), b = codes(.int8, product.b, from: 31), c = codes(.uint8, product.b, from: 3)
    let aZero = product.aZero.map { codes(element, $0, from: 77) }
    for b in [b, c] {
      let bZero = product.bZero.map { codes(b.element, $0, from: 99) }
      try runs(.matMulInteger(MatMulInteger()), [a, b, aZero, bZero])
      guard let aZero, aZero.count == 1, let bZero, bZero.count == scales(product.bScale).count else { continue }
      try runs(
        .qLinearMatMul(QLinearMatMul()),
        [a, scales([]), aZero, b, scales(product.bScale), bZero, Tensor(.float32, [], rounding: [1.7]), codes(element, [], from: 5)])
    }
  }

  struct Picture: CustomTestStringConvertible {
    let x, w: Shape
    var window = Window(kernel: [])
    var group = 1
    var isPerChannel = false
    var testDescription: String { "\(x.dims) \(w.dims) \(group)" }
  }

  static let pictures = [
    Picture(x: [1, 3, 9, 11], w: [8, 3, 3, 3], window: Window(kernel: [3, 3], pads: [1, 1, 1, 1])),
    Picture(
      x: [2, 4, 9, 11], w: [6, 2, 3, 2], window: Window(kernel: [3, 2], strides: [2, 3], dilations: [1, 2]), group: 2, isPerChannel: true),
    Picture(x: [1, 5, 6, 7], w: [5, 1, 3, 3], window: Window(kernel: [3, 3], pads: [0, 2, 1, 0]), group: 5, isPerChannel: true),
    Picture(x: [1, 7, 4, 5], w: [9, 7, 1, 1], window: Window(kernel: [1, 1])),
    Picture(x: [2, 3, 40], w: [4, 3, 5], window: Window(kernel: [5], strides: [2], pads: [2, 2]), isPerChannel: true),
  ]

  @Test(arguments: pictures, [ElementType.uint8, .int8])
  func convolutions(picture: Picture, element: ElementType) throws {
    let channels: Shape = picture.isPerChannel ? [picture.w[0]] : []
    let x = codes(element, picture.x), w = codes(.int8, picture.w, from: 31)
    let xZero = codes(element, [], from: 77), wZero = codes(.int8, channels, from: 99)
    let sums = Op.convInteger(ConvInteger(window: picture.window, group: picture.group))
    try runs(sums, [x, w, xZero, wZero])
    try runs(sums, [x, w])
    let bias = Tensor(.int32, [picture.w[0]], wrapping: (0..<picture.w[0]).map { $0 * 7919 - 20000 })
    let quantized = Op.qLinearConv(QLinearConv(window: picture.window, group: picture.group))
    let yScale = Tensor(.float32, [], rounding: [1.3]), yZero = codes(element, [], from: 5)
    try runs(quantized, [x, scales([]), xZero, w, scales(channels), wZero, yScale, yZero])
    try runs(quantized, [x, scales([]), xZero, w, scales(channels), wZero, yScale, yZero, bias])
  }

  /// What is too deep for a sum of 32 bits, or too wide to copy, is left to the reference.
  @Test func refusals() throws {
    let a = codes(.uint8, [1, 33_026]), b = codes(.int8, [33_026, 1]), one = Tensor(.float32, [], rounding: [1])
    let zeros = (a: codes(.uint8, []), b: codes(.int8, []))
    #expect(try hasKernel(.matMulInteger(MatMulInteger()), [a, b]))
    #expect(try !hasKernel(.qLinearMatMul(QLinearMatMul()), [a, one, zeros.a, b, one, zeros.b, one, zeros.a]))
    let vast = Window(kernel: [2, 2], dilations: [100_000, 100_000], pads: [50_000, 50_000, 50_000, 50_000])
    #expect(try !hasKernel(.convInteger(ConvInteger(window: vast)), [codes(.uint8, [1, 1, 1, 1]), codes(.int8, [1, 1, 2, 2])]))
  }

  @Test func rangesAreQuantized() throws {
    for values in [[-3, 1.5, 0.25, 8], [2, 3, 4], [-2, -1], [0, 0], [1, .nan, -1]] {
      try runs(.dynamicQuantizeLinear(DynamicQuantizeLinear()), [Tensor(.float32, [values.count], rounding: values)])
    }
  }

  private func hasKernel(_ op: Op, _ inputs: [Tensor?]) throws -> Bool {
    let outputs = try op.infer(inputs.facts).map { Operand(TypedShape($0.element, try #require($0.shape))) }
    let operands = inputs.map { $0.map { Operand(TypedShape($0.element, $0.shape)) } }
    if case .reference = try op.kernel(KernelSite(inputs: operands, outputs: outputs, threads: 1)) { return false }
    return true
  }

  /// Every output of the kernel, on one thread and on three, is that of the reference.
  private func runs(_ op: Op, _ inputs: [Tensor?]) throws {
    let expected = try op.reference(inputs)
    for threads in [1, 3] {
      let found = try KernelRun(layout: .plain, threads: threads).outputs(op, inputs)
      #expect(found.map(\.element) == expected.map(\.element))
      #expect(found.map { $0.withBytes { Array($0) } } == expected.map { $0.withBytes { Array($0) } })
    }
  }
}
