import O2MOps
import O2MTensor

// Layers with weights, pooling and normalization.
extension GraphGenerator {
  /// Attributes of a window of `kernel` over spatial axes, and whether it fits in them.
  mutating func window(_ kernel: [Int], over spatial: [Int], dilates: Bool = true, autoPads: Bool = true) -> [AttributeName: Attributes
    .Value]
  {
    var attributes: [AttributeName: Attributes.Value] = [.kernel_shape: .ints(kernel)]
    let dilations = kernel.indices.map { dilates && chance(0.15) && kernel[$0] > 1 && spatial[$0] > 2 * kernel[$0] ? 2 : 1 }
    if chance(0.5) { attributes[.strides] = .ints(kernel.map { _ in pick([1, 1, 2, 2, 3]) }) }
    if dilations.contains(2) { attributes[.dilations] = .ints(dilations) }
    if autoPads, chance(0.15) {
      attributes[.auto_pad] = .string(pick(["SAME_UPPER", "SAME_LOWER", "VALID"]))
    } else if chance(0.6) {
      let pads = kernel.map { _ in (0, 0) }.indices.map { axis in (int(0...max(0, kernel[axis] - 1)), int(0...max(0, kernel[axis] - 1))) }
      let isSame = chance(0.5)
      attributes[.pads] = .ints(isSame ? (kernel + kernel).map { $0 / 2 } : pads.map(\.0) + pads.map(\.1))
    }
    return attributes
  }

  mutating func kernel(_ spatial: [Int]) -> [Int] {
    let side = pick([1, 1, 2, 3, 3, 3, 5, 7])
    return spatial.map { min(max(1, $0), chance(0.8) ? side : int(1...4)) }
  }

  /// Divisors of `count`.
  private func divisors(_ count: Int) -> [Int] { (1...max(1, count)).filter { count % $0 == 0 } }

  /// A convolution of `x`, or of any picture.
  mutating func makeConv(
    _ x: String? = nil, channels: Int? = nil, kernel given: [Int]? = nil, attributes: [AttributeName: Attributes.Value]? = nil,
    group: Int? = nil
  ) -> String? {
    let x = x ?? picture(floatType()), dims = extents(x).dims, spatial = Array(dims.dropFirst(2))
    let kernel = given ?? kernel(spatial)
    let isDepthwise = group == nil && chance(0.25)
    let group = group ?? (isDepthwise ? dims[1] : chance(0.75) ? 1 : pick(divisors(dims[1])))
    let outputs = channels ?? (isDepthwise ? group * pick([1, 1, 1, 2]) : group * int(1...max(1, min(33 / group, 20))))
    var all = attributes ?? window(kernel, over: spatial)
    if group > 1 { all[.group] = .int(group) }
    let scale = 1 / Float(dims[1] / max(1, group) * kernel.reduce(1, *)).squareRoot()
    let w = weight(Shape([outputs, dims[1] / max(1, group)] + kernel), in: -2 * scale...2 * scale, element(x))
    return one(.conv, [x, w] + (chance(0.6) ? [weight([outputs], in: -1...1, element(x))] : []), all)
  }

  mutating func makeConvTranspose() -> Bool {
    let x = picture(floatType()), dims = extents(x).dims, spatial = Array(dims.dropFirst(2))
    let kernel = spatial.map { _ in int(1...3) }, group = chance(0.7) ? 1 : pick(divisors(dims[1])), perGroup = int(1...6)
    var attributes: [AttributeName: Attributes.Value] = [.group: .int(group)]
    if chance(0.6) { attributes[.strides] = .ints(kernel.map { _ in int(1...3) }) }
    if chance(0.3) { attributes[.dilations] = .ints(kernel.map { _ in int(1...2) }) }
    if chance(0.4) { attributes[.pads] = .ints((kernel + kernel).map { $0 / 2 }) }
    if chance(0.2), case .ints(let strides)? = attributes[.strides] { attributes[.output_padding] = .ints(strides.map { int(0...$0 - 1) }) }
    if chance(0.1) { attributes[.auto_pad] = .string(pick(["SAME_UPPER", "SAME_LOWER"])) }
    let w = weight(Shape([dims[1], perGroup] + kernel), in: -0.5...0.5, element(x))
    return one(.convTranspose, [x, w] + (chance(0.5) ? [weight([perGroup * group], in: -1...1, element(x))] : []), attributes) != nil
  }

  mutating func makeDeformConv() -> Bool {
    let x = picture(rank: 4...4), dims = extents(x).dims, kernel = [min(2, dims[2]), min(3, dims[3])], outputs = int(1...5)
    let h = dims[2] - kernel[0] + 1, w = dims[3] - kernel[1] + 1, taps = kernel[0] * kernel[1], groups = pick(divisors(dims[1]))
    guard dims[0] * groups * taps * 2 * h * w <= Self.mostElements else { return false }
    let offset = weight([dims[0], groups * taps * 2, h, w], in: -2...2)
    let mask = chance(0.5) ? weight([dims[0], groups * taps, h, w], in: 0...1) : nil
    let weights = weight(Shape([outputs, dims[1]] + kernel)), bias = chance(0.5) ? weight([outputs]) : nil
    return one(.deformConv, [x, weights, offset, bias, mask], [.kernel_shape: .ints(kernel), .offset_group: .int(groups)]) != nil
  }

  mutating func makeCol2Im() -> Bool {
    let image = [int(2...6), int(2...6)], block = [int(1...2), int(1...2)], stride = int(1...2)
    let places = zip(image, block).map { ($0 - $1) / stride + 1 }.reduce(1, *), taps = block[0] * block[1], channels = int(1...3)
    let shape: Shape = [int(1...2), channels * taps, places]
    guard let x = operand(rank: 3...3, isSum: true, { $0 == shape }) ?? Optional(input(values(.float32, shape, isSum: true))) else {
      return false
    }
    return one(.col2Im, [x, indices(image), indices(block)], [.strides: .ints([stride, stride])]) != nil
  }

  mutating func makePool(_ code: OpCode) -> Bool {
    let x = picture(floatType(), isSum: code != .maxPool), spatial = Array(extents(x).dims.dropFirst(2))
    let kernel = kernel(spatial)
    var attributes = window(kernel, over: spatial)
    if chance(0.3), attributes[.auto_pad] == nil { attributes[.ceil_mode] = .int(1) }
    if code == .averagePool, chance(0.4) { attributes[.count_include_pad] = .int(1) }
    if code == .lpPool { attributes[.p] = .int(int(1...3)) }
    guard code == .maxPool, chance(0.25) else { return one(code, [x], attributes) != nil }
    if chance(0.3) { attributes[.storage_order] = .int(1) }
    return node(code, [x], attributes, outputs: 2) != nil
  }

  mutating func makeMaxUnpool() -> Bool {
    let x = picture(isSum: false), spatial = Array(extents(x).dims.dropFirst(2))
    let kernel = spatial.map { min(2, $0) }
    let attributes: [AttributeName: Attributes.Value] = [.kernel_shape: .ints(kernel), .strides: .ints(kernel)]
    guard let pooled = node(.maxPool, [x], attributes, outputs: 2) else { return false }
    return one(.maxUnpool, pooled, attributes) != nil
  }

  // Matrix products.

  mutating func makeGemm() -> Bool {
    guard let a = operand(floatType(), rank: 2...2, isSum: true, { $0.count > 0 }) else { return false }
    let transA = chance(0.3), transB = chance(0.5), m = extents(a)[transA ? 1 : 0], k = extents(a)[transA ? 0 : 1],
      n = extent(mayBeEmpty: false)
    let b = weight(transB ? [n, k] : [k, n], in: -1...1, element(a))
    let c = chance(0.7) ? weight(pick([[n], [1, n], [m, n], [], [1], [m, 1]]), in: -1...1, element(a)) : nil
    var attributes: [AttributeName: Attributes.Value] = [.transA: .int(transA ? 1 : 0), .transB: .int(transB ? 1 : 0)]
    if chance(0.3) { attributes[.alpha] = .float(random.uniform(-2...2)) }
    if chance(0.3) { attributes[.beta] = .float(random.uniform(-2...2)) }
    return one(.gemm, [a, b, c], attributes) != nil
  }

  mutating func makeMatMul(_ given: String? = nil) -> String? {
    guard let a = given ?? operand(floatType(), rank: 1...4, isSum: true, { $0.count > 0 }) else { return nil }
    let dims = extents(a).dims, k = dims[dims.count - 1], n = extent(mayBeEmpty: false)
    if chance(0.3),
      let b = computed.filter({ element($0) == element(a) && extents($0).rank >= 2 && isTame($0) && extents($0)[extents($0).rank - 2] == k }
      ).last
    {
      return one(.matMul, [a, b])
    }
    if dims.count > 2, chance(0.25) { return one(.matMul, [a, weight(Shape(dims.dropLast(2) + [k, n]), in: -1...1, element(a))]) }
    return one(.matMul, [a, weight(chance(0.1) ? [k] : [k, n], in: -1...1, element(a))])
  }

  mutating func makeDet() -> Bool {
    let side = int(1...4), shape: Shape = [int(1...3), side, side]
    guard let x = operand(rank: 2...4, isSum: true, { $0[$0.rank - 1] == $0[$0.rank - 2] && $0.count < 400 }) else {
      return one(.det, [input(values(.float32, shape, isSum: true))]) != nil
    }
    return one(.det, [x]) != nil
  }

  mutating func makeEinsum() -> Bool {
    guard let a = operand(floatType(), rank: 2...3, isSum: true, { $0.count > 0 && $0.count < 1000 }) else { return false }
    let dims = extents(a).dims, n = int(1...9)
    if dims.count == 2 {
      let equation = pick(["ij->ji", "ij->i", "ij->", "ij,jk->ik", "ij,kj->ik", "ij,jk->ki", "ij,ij->ij", "ij,j->i", "i...->..."])
      let b: Shape? =
        switch equation {
        case "ij,jk->ik", "ij,jk->ki": [dims[1], n]
        case "ij,kj->ik": [n, dims[1]]
        case "ij,ij->ij": [dims[0], dims[1]]
        case "ij,j->i": [dims[1]]
        default: nil
        }
      return one(.einsum, [a] + (b.map { [weight($0, in: -1...1, element(a))] } ?? []), [.equation: .string(equation)]) != nil
    }
    let equation = pick(["bij,bjk->bik", "bij,jk->bik", "bij,bkj->bik", "bij->bji", "bij,bi->bj"])
    let b: Shape? =
      switch equation {
      case "bij,bjk->bik": [dims[0], dims[2], n]
      case "bij,jk->bik": [dims[2], n]
      case "bij,bkj->bik": [dims[0], n, dims[2]]
      case "bij,bi->bj": [dims[0], dims[1]]
      default: nil
      }
    return one(.einsum, [a] + (b.map { [weight($0, in: -1...1, element(a))] } ?? []), [.equation: .string(equation)]) != nil
  }

  // Normalization.

  mutating func makeBatchNormalization(_ x: String) -> String? {
    guard extents(x).rank > 1 else { return nil }
    let c = Shape([extents(x)[1]]), element = element(x)
    let operands = [x, weight(c, in: 0.5...1.5, element), weight(c, in: -1...1, element), weight(c, in: -1...1, element)]
    // Not shared: a variance is no number below 0.
    let variance = constant(Tensor(element, c, rounding: (0..<c.count).map { _ in Double(random.uniform(0.2...2)) }))
    return one(.batchNormalization, operands + [variance], chance(0.5) ? [:] : [.epsilon: .float(1e-3)])
  }

  mutating func makeInstanceNormalization() -> Bool {
    let x = picture(floatType()), c = Shape([extents(x)[1]])
    return one(
      .instanceNormalization, [x, weight(c, in: 0.5...1.5, element(x)), weight(c, in: -1...1, element(x))], [.epsilon: .float(1e-2)]) != nil
  }

  mutating func makeLayerNormalization() -> Bool {
    guard let x = operand(floatType(), rank: 1...4, isSum: true, { $0.count > 0 }) else { return false }
    let rank = extents(x).rank, axis = chance(0.7) ? rank - 1 : int(0...rank - 1), own = Shape(Array(extents(x).dims[axis...]))
    let scale = weight(own, in: 0.5...1.5, element(x)), bias = chance(0.6) ? weight(own, in: -1...1, element(x)) : nil
    let outputs = chance(0.8) ? 1 : element(x) == .float32 ? 3 : 1
    return node(
      .layerNormalization, [x, scale, bias], [.axis: .int(chance(0.3) ? axis - rank : axis), .epsilon: .float(1e-2)], outputs: outputs)
      != nil
  }

  mutating func makeLRN() -> Bool {
    let x = picture(floatType())
    return one(.lrn, [x], [.size: .int(int(1...7)), .alpha: .float(random.uniform(0...0.1)), .bias: .float(pick([1, 2]))]) != nil
  }

  mutating func makeSoftmax(_ code: OpCode) -> Bool {
    guard let x = operand(floatType(), rank: 1...4) else { return false }
    return one(code, [x], chance(0.4) ? [:] : [.axis: .int(int(-extents(x).rank...extents(x).rank - 1))]) != nil
  }

  // Recurrent cells.

  mutating func makeRecurrent(_ code: OpCode, gates: Int) -> Bool {
    guard
      let x = operand(rank: 3...3, isSum: true, { $0.count > 0 && $0.count <= 600 })
        ?? Optional(input(values(.float32, [int(1...5), int(1...3), int(1...9)], isSum: true)))
    else { return false }
    let dims = extents(x).dims, hidden = pick([1, 2, 3, 5, 8, 16, 17]), isBatchFirst = chance(0.3)
    let batch = dims[isBatchFirst ? 0 : 1], steps = dims[isBatchFirst ? 1 : 0]
    let direction = pick(["forward", "reverse", "bidirectional"]), d = direction == "bidirectional" ? 2 : 1
    var attributes: [AttributeName: Attributes.Value] = [.hidden_size: .int(hidden), .direction: .string(direction)]
    if isBatchFirst { attributes[.layout] = .int(1) }
    if chance(0.15) { attributes[.clip] = .float(1.5) }
    if code == .gru, chance(0.5) { attributes[.linear_before_reset] = .int(1) }
    if code == .rnn, chance(0.3) { attributes[.activations] = .strings([String](repeating: pick(["Relu", "Sigmoid", "Tanh"]), count: d)) }
    if code == .lstm, chance(0.15) { attributes[.input_forget] = .int(1) }
    let lengths = (0..<batch).map { _ in Int32(int(1...steps)) }, state: Shape = isBatchFirst ? [batch, d, hidden] : [d, batch, hidden]
    var operands: [String?] = [
      x, weight([d, gates * hidden, dims[2]], in: -0.6...0.6), weight([d, gates * hidden, hidden], in: -0.6...0.6),
    ]
    operands.append(chance(0.6) ? weight([d, 2 * gates * hidden], in: -0.6...0.6) : nil)
    operands.append(chance(0.3) ? (chance(0.5) ? constant(Tensor([batch], lengths)) : input(Tensor([batch], lengths))) : nil)
    operands.append(chance(0.4) ? weight(state) : nil)
    if code == .lstm { operands += [chance(0.4) ? weight(state) : nil, chance(0.2) ? weight([d, 3 * hidden], in: -0.5...0.5) : nil] }
    return node(code, operands, attributes, outputs: int(1...(code == .lstm ? 3 : 2))) != nil
  }
}
