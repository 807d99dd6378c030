import O2MOps
import O2MTensor

/// Several nodes in the order in which exporters write them, so that passes have something to find. Often a value inside is read by
/// others too or an output, and then the pass must leave it.
extension GraphGenerator {
  mutating func makePattern() {
    switch int(0...19) {
    case 0, 1: _ = makeConvBlock()
    case 2: _ = makeDepthwiseBlock()
    case 3: _ = makeShuffle()
    case 4: _ = makeAttention()
    case 5: _ = makeGeluPattern()
    case 6: _ = makeLayerNormPattern()
    case 7: _ = makePaddedConv()
    case 8: _ = makeLinear()
    case 9: _ = makeInverses()
    case 10: _ = makeSqueezeExcite()
    case 11: _ = makeParallelConvs()
    case 12: _ = makeQuantizedConv()
    case 13: _ = makeSigmoidPattern()
    case 14: _ = makeHalves()
    case 15: _ = makeScaledConv()
    case 16: _ = makeSpatialMean()
    case 17: _ = makeResidual()
    case 18: _ = makeNormalizedTranspose()
    default: _ = makeDuplicates()
    }
  }

  mutating func number(_ value: Float) -> String { constant(.scalar(value)) }

  mutating func activation(_ x: String) -> String? {
    switch int(0...6) {
    case 0, 1: return one(.relu, [x])
    case 2: return one(.clip, [x, number(0), number(6)])
    case 3: return one(.leakyRelu, [x], [.alpha: .float(0.1)])
    case 4: return one(pick([.hardSwish, .sigmoid, .tanh, .hardSigmoid]), [x])
    case 5:
      return one(
        .pRelu,
        [
          x,
          weight(
            extents(x).rank > 2 ? Shape([extents(x)[1]] + extents(x).dims.dropFirst(2).map { _ in 1 }) : [1], in: -0.5...0.5, element(x)),
        ])
    default: return one(.gelu, [x])
    }
  }

  mutating func makeConvBlock() -> String? {
    guard var y = makeConv() else { return nil }
    if chance(0.6) { y = makeBatchNormalization(y) ?? y }
    if chance(0.8) { y = activation(y) ?? y }
    if chance(0.2) { y = one(.add, [y, partner(extents(y), element(y), isSum: true)]) ?? y }
    return y
  }

  mutating func makeDepthwiseBlock() -> String? {
    let x = picture(rank: 4...4), channels = pick([4, 8, 16, 17, 24])
    guard let wide = makeConv(x, channels: channels, kernel: [1, 1], attributes: [.kernel_shape: .ints([1, 1])], group: 1),
      let active = activation(wide)
    else { return nil }
    let side = min(3, extents(active)[2], extents(active)[3]), pad = side / 2, stride = int(1...2)
    let attributes: [AttributeName: Attributes.Value] = [
      .kernel_shape: .ints([side, side]), .pads: .ints([pad, pad, pad, pad]), .strides: .ints([stride, stride]),
    ]
    guard let deep = makeConv(active, channels: channels, kernel: [side, side], attributes: attributes, group: channels),
      let again = activation(deep)
    else { return nil }
    return makeConv(again, channels: int(1...17), kernel: [1, 1], attributes: [.kernel_shape: .ints([1, 1])], group: 1)
  }

  mutating func makeShuffle() -> String? {
    guard
      let x = operand(rank: 4...4, { $0[1] > 3 && $0[1] % 2 == 0 && $0.count > 0 })
        ?? Optional(input(values(.float32, [1, 12, 3, 5], isSum: true)))
    else { return nil }
    let dims = extents(x).dims, groups = chance(0.5) && dims[1] % 4 == 0 ? 4 : 2
    let split = indices([dims[0], groups, dims[1] / groups, dims[2], dims[3]])
    guard let apart = one(.reshape, [x, split]), let turned = one(.transpose, [apart], [.perm: .ints([0, 2, 1, 3, 4])]) else { return nil }
    return one(.reshape, [turned, indices(chance(0.5) ? dims : [dims[0], -1, dims[2], dims[3]])])
  }

  mutating func makeAttention() -> String? {
    let heads = int(1...3), depth = int(1...5), rows = int(1...7), keys = chance(0.5) ? rows : int(1...5), batch = int(1...2)
    func rowsOf(_ generator: inout Self, _ count: Int) -> String {
      let shape: Shape = [batch, count, heads * depth]
      return generator.operand(rank: 3...3, isSum: true) { $0 == shape } ?? generator.input(generator.values(.float32, shape, isSum: true))
    }
    func apart(_ generator: inout Self, _ x: String, _ count: Int, _ perm: [Int]) -> String? {
      guard let wide = generator.one(.reshape, [x, generator.indices([batch, count, heads, depth])]) else { return nil }
      return generator.one(.transpose, [wide], [.perm: .ints(perm)])
    }
    let query = rowsOf(&self, rows), key = rowsOf(&self, keys), value = rowsOf(&self, keys)
    guard let q = apart(&self, query, rows, [0, 2, 1, 3]), let k = apart(&self, key, keys, [0, 2, 3, 1]),
      let v = apart(&self, value, keys, [0, 2, 1, 3]), var scores = one(.matMul, [q, k])
    else { return nil }
    if chance(0.8) { scores = one(pick([.mul, .div]), [scores, number(pick([0.5, 2, 1.3]))]) ?? scores }
    if chance(0.4) { scores = one(.add, [scores, weight([batch, 1, chance(0.5) ? 1 : rows, keys], in: -2...0)]) ?? scores }
    guard let p = one(.softmax, [scores], [.axis: .int(-1)]), let mixed = one(.matMul, [p, v]),
      let turned = one(.transpose, [mixed], [.perm: .ints([0, 2, 1, 3])])
    else { return nil }
    return one(.reshape, [turned, indices([batch, rows, heads * depth])])
  }

  mutating func makeGeluPattern() -> String? {
    guard let x = operand(isSum: true), let scaled = one(.div, [x, number(1.4142135)]), let e = one(.erf, [scaled]),
      let shifted = one(.add, [e, number(1)])
    else { return nil }
    guard chance(0.5), let half = one(.mul, [x, number(0.5)]) else {
      return one(.mul, [x, shifted]).flatMap { one(.mul, [$0, number(0.5)]) }
    }
    return one(.mul, [half, shifted])
  }

  mutating func makeLayerNormPattern() -> String? {
    guard let x = operand(rank: 2...4, isSum: true, { $0.count > 0 }) else { return nil }
    let last = indices([-1])
    guard let mean = one(.reduceMean, [x, last]), let centered = one(.sub, [x, mean]), let squared = one(.pow, [centered, number(2)]),
      let variance = one(.reduceMean, [squared, last]), let lifted = one(.add, [variance, number(1e-2)]),
      let deviation = one(.sqrt, [lifted]),
      let normal = one(.div, [centered, deviation])
    else { return nil }
    let own: Shape = [extents(x)[extents(x).rank - 1]]
    guard chance(0.8), let scaled = one(.mul, [normal, weight(own)]) else { return normal }
    return one(.add, [scaled, weight(own)])
  }

  mutating func makePaddedConv() -> String? {
    let x = picture(rank: 4...4), pads = [0, 0, int(0...2), int(0...2), 0, 0, int(0...2), int(0...2)]
    guard let padded = one(.pad, [x, indices(pads)] + (chance(0.4) ? [number(chance(0.5) ? 0 : 1)] : [])) else { return nil }
    return chance(0.7)
      ? makeConv(padded) : one(pick([.maxPool, .averagePool]), [padded], window([2, 2], over: Array(extents(padded).dims.dropFirst(2))))
  }

  mutating func makeLinear() -> String? {
    guard let product = makeMatMul() else { return nil }
    let n = extents(product).dims.last ?? 1
    guard let sum = one(.add, [product, weight([n], in: -1...1, element(product))]) else { return product }
    return chance(0.6) ? activation(sum) : sum
  }

  mutating func makeInverses() -> String? {
    guard let x = operand(rank: 2...4, { $0.count > 0 }) else { return nil }
    let perm = permutation(extents(x).rank), dims = extents(x).dims
    if chance(0.4) {
      return one(.reshape, [x, indices([-1])]).flatMap { one(.reshape, [$0, indices(chance(0.5) ? dims : dims.reversed())]) }
    }
    var inverse = perm
    for (place, axis) in perm.enumerated() { inverse[axis] = place }
    guard let turned = one(.transpose, [x], [.perm: .ints(perm)]) else { return nil }
    let middle = chance(0.5) ? activation(turned) ?? turned : turned
    return one(.transpose, [middle], [.perm: .ints(chance(0.8) ? inverse : perm)])
  }

  mutating func makeSqueezeExcite() -> String? {
    let x = picture(rank: 4...4), c = extents(x)[1], plain: [AttributeName: Attributes.Value] = [.kernel_shape: .ints([1, 1])]
    guard let pooled = chance(0.5) ? one(.globalAveragePool, [x]) : one(.reduceMean, [x, indices([2, 3])]),
      let narrow = makeConv(pooled, channels: int(1...4), kernel: [1, 1], attributes: plain, group: 1), let active = one(.relu, [narrow]),
      let wide = makeConv(active, channels: c, kernel: [1, 1], attributes: plain, group: 1),
      let gate = one(pick([.sigmoid, .hardSigmoid]), [wide])
    else { return nil }
    return one(.mul, [x, gate])
  }

  mutating func makeParallelConvs() -> String? {
    let x = picture(rank: 4...4), c = int(1...9), group = 1
    let wide: [AttributeName: Attributes.Value] = [.kernel_shape: .ints([3, 3]), .pads: .ints([1, 1, 1, 1])]
    guard let a = makeConv(x, channels: c, kernel: [3, 3], attributes: wide, group: group),
      let b = makeConv(x, channels: c, kernel: [1, 1], attributes: [.kernel_shape: .ints([1, 1])], group: group),
      let sum = one(.add, [a, b])
    else { return nil }
    return activation(sum)
  }

  mutating func makeQuantizedConv() -> String? {
    guard let x = makePair(picture(rank: 4...4)), extents(x).rank == 4 else { return nil }
    let dims = extents(x).dims, outputs = int(1...9), kernel = kernel(Array(dims.dropFirst(2)))
    let w = weight(Shape([outputs, dims[1]] + kernel))
    guard let weights = chance(0.7) ? makePair(w) : w,
      let y = one(.conv, [x, weights, weight([outputs])], window(kernel, over: Array(dims.dropFirst(2))))
    else { return nil }
    return makePair(chance(0.5) ? one(.relu, [y]) ?? y : y)
  }

  mutating func makeSigmoidPattern() -> String? {
    guard let x = operand(isSum: true) else { return nil }
    if chance(0.5) { return one(.sigmoid, [x]).flatMap { one(.mul, chance(0.5) ? [x, $0] : [$0, x]) } }
    guard let shifted = one(.add, [x, number(3)]), let clipped = one(.clip, [shifted, number(0), number(6)]) else { return nil }
    guard let product = one(.mul, [x, clipped]) else { return nil }
    return one(.div, [product, number(6)])
  }

  mutating func makeHalves() -> String? {
    let x = picture(rank: 4...4)
    guard extents(x)[1] > 1 else { return nil }
    let left = extents(x)[1] / 2
    guard let parts = node(.split, [x, indices([left, extents(x)[1] - left])], [.axis: .int(1)], outputs: 2),
      let deep = makeConv(parts[1], kernel: [1, 1], attributes: [.kernel_shape: .ints([1, 1])], group: 1)
    else { return nil }
    return one(.concat, [parts[0], activation(deep) ?? deep], [.axis: .int(1)])
  }

  mutating func makeScaledConv() -> String? {
    guard let y = makeConv(), extents(y).rank == 4 else { return nil }
    let own: Shape = chance(0.7) ? [extents(y)[1], 1, 1] : []
    guard let scaled = one(.mul, [y, weight(own, in: -1...1, element(y))]) else { return nil }
    return one(.add, [scaled, weight(own, in: -1...1, element(y))])
  }

  mutating func makeSpatialMean() -> String? {
    let x = picture()
    let axes = Array(2..<extents(x).rank)
    return one(.reduceMean, [x, indices(axes)], chance(0.5) ? [.keepdims: .int(0)] : [:])
  }

  mutating func makeResidual() -> String? {
    let x = picture(rank: 4...4), plain: [AttributeName: Attributes.Value] = [.kernel_shape: .ints([3, 3]), .pads: .ints([1, 1, 1, 1])]
    guard let y = makeConv(x, channels: extents(x)[1], kernel: [3, 3], attributes: plain, group: 1),
      let sum = one(.add, chance(0.5) ? [x, y] : [y, x])
    else { return nil }
    return chance(0.7) ? activation(sum) : sum
  }

  mutating func makeNormalizedTranspose() -> String? {
    let x = picture(rank: 4...4), channels = int(1...6), stride = int(1...2)
    let w = weight([extents(x)[1], channels, 2, 2], in: -0.5...0.5)
    guard let y = one(.convTranspose, [x, w], [.kernel_shape: .ints([2, 2]), .strides: .ints([stride, stride])]),
      let normal = makeBatchNormalization(y)
    else { return nil }
    return activation(normal)
  }

  /// One node twice, which one of them can stand for.
  mutating func makeDuplicates() -> String? {
    guard let step = recipe.steps.last, step.outputs.count == 1, let again = node(step.code, step.inputs, step.attributes) else {
      return nil
    }
    return chance(0.5) && element(again[0]).isFloat ? one(.add, [step.outputs[0], again[0]]) : again[0]
  }
}
