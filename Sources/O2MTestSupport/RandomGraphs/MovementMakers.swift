import O2MOps
import O2MTensor

extension GraphGenerator {
  /// Extents of a product of `count`, in an order that says nothing of where they come from.
  private mutating func factors(_ count: Int) -> [Int] {
    var rest = count, factors: [Int] = []
    while rest > 1, factors.count < 4 {
      let divisors = (2...rest).filter { rest % $0 == 0 }
      let factor = pick(divisors)
      factors.append(factor)
      rest /= factor
    }
    if rest > 1 { factors.append(rest) }
    for place in (0...factors.count).reversed() where chance(0.15) && factors.count < 5 { factors.insert(1, at: place) }
    return factors
  }

  mutating func makeReshape() -> Bool {
    guard let x = operand(anyType()) else { return false }
    let shape = extents(x)
    guard shape.count > 0 else { return one(.reshape, [x, indices(shape.dims)], [.allowzero: .int(1)]) != nil }
    var target = chance(0.2) && shape.rank > 1 ? [shape[0], -1] : factors(shape.count)
    if !target.contains(-1), !target.isEmpty, chance(0.4) { target[int(0...target.count - 1)] = -1 }
    if let first = target.first, first == shape.dims.first, first != -1, chance(0.4) { target[0] = 0 }
    return one(.reshape, [x, indices(target)]) != nil
  }

  mutating func makeFlatten() -> Bool {
    guard let x = operand(anyType()) else { return false }
    return one(.flatten, [x], [.axis: .int(int(-extents(x).rank...extents(x).rank))]) != nil
  }

  mutating func makeSqueeze() -> Bool {
    guard let x = operand(anyType(), rank: 1...5, { $0.dims.contains(1) }) else { return false }
    let rank = extents(x).rank
    let ones = (0..<rank).filter { extents(x)[$0] == 1 && chance(0.7) }.map { chance(0.3) ? $0 - rank : $0 }
    return one(.squeeze, [x, chance(0.2) ? nil : indices(ones)]) != nil
  }

  mutating func makeUnsqueeze() -> Bool {
    guard let x = operand(anyType(), rank: 0...4) else { return false }
    let rank = extents(x).rank + 1, axis = int(-rank...rank - 1)
    return one(.unsqueeze, [x, indices([axis])]) != nil
  }

  mutating func permutation(_ rank: Int) -> [Int] {
    if rank == 4, chance(0.4) { return pick([[0, 2, 3, 1], [0, 3, 1, 2], [0, 2, 1, 3], [0, 1, 3, 2]]) }
    var axes = Array(0..<rank)
    for place in (0..<rank).reversed() { axes.swapAt(place, int(0...place)) }
    return axes
  }

  mutating func makeTranspose() -> Bool {
    guard let x = operand(anyType(), rank: 1...5) else { return false }
    return one(.transpose, [x], chance(0.1) ? [:] : [.perm: .ints(permutation(extents(x).rank))]) != nil
  }

  mutating func makeConcat() -> Bool {
    guard let x = operand(anyType(), rank: 1...5) else { return false }
    let rank = extents(x).rank, axis = chance(0.5) && rank > 1 ? 1 : int(0...rank - 1)
    var parts = [x]
    for _ in 1..<int(1...4) {
      let suits = computed.filter { name in
        guard element(name) == element(x), extents(name).rank == rank else { return false }
        return (0..<rank).allSatisfy { $0 == axis || extents(name)[$0] == extents(x)[$0] }
      }
      if chance(0.6) {
        parts.append(pick(suits))
      } else {
        var other = extents(x)
        other[axis] = extent()
        guard other.count <= Self.mostElements / 2 else { continue }
        parts.append(chance(0.7) ? constant(values(element(x), other)) : input(values(element(x), other)))
      }
    }
    if chance(0.5) { parts.swapAt(0, parts.count - 1) }
    return one(.concat, parts, [.axis: .int(chance(0.2) ? axis - rank : axis)]) != nil
  }

  mutating func makeSplit() -> Bool {
    guard let x = operand(anyType(), rank: 1...5, { $0.dims.contains { $0 > 1 } }) else { return false }
    let axis = pick((0..<extents(x).rank).filter { extents(x)[$0] > 1 }), extent = extents(x)[axis]
    if chance(0.4) {
      let pieces = int(2...min(4, extent))
      return node(.split, [x], [.axis: .int(axis), .num_outputs: .int(pieces)], outputs: pieces) != nil
    }
    var lengths: [Int] = [], rest = extent
    while rest > 0, lengths.count < 3 {
      lengths.append(int(0...rest))
      rest -= lengths[lengths.count - 1]
    }
    if rest > 0 || lengths.count < 2 { lengths.append(rest) }
    return node(.split, [x, indices(lengths)], [.axis: .int(axis)], outputs: lengths.count) != nil
  }

  mutating func makeSlice() -> Bool {
    guard let x = operand(anyType(), rank: 1...5) else { return false }
    let rank = extents(x).rank
    let axes = (0..<rank).filter { _ in chance(0.5) }
    var starts: [Int] = [], ends: [Int] = [], steps: [Int] = []
    for axis in axes {
      let extent = extents(x)[axis], step = pick([1, 1, 1, 2, 3, -1, -2])
      let a = int(0...max(0, extent - 1)), b = int(a...extent)
      steps.append(step)
      starts.append(step > 0 ? (chance(0.3) && extent > 0 ? a - extent : a) : b)
      ends.append(step > 0 ? (chance(0.3) ? 1 << 40 : b) : (chance(0.4) ? -(1 << 40) : a))
    }
    return one(.slice, [x, indices(starts), indices(ends), indices(axes), indices(steps)]) != nil
  }

  mutating func makeExpand() -> Bool {
    guard let x = operand(anyType()) else { return false }
    var target = extents(x).dims
    for axis in target.indices where target[axis] == 1 && chance(0.7) { target[axis] = extent() }
    for axis in target.indices where chance(0.1) { target[axis] = 1 }
    if chance(0.3), target.count < 5 { target.insert(int(1...3), at: 0) }
    return one(.expand, [x, indices(target)]) != nil
  }

  mutating func makeTile() -> Bool {
    guard let x = operand(anyType(), rank: 1...5, { $0.count <= 600 }) else { return false }
    return one(.tile, [x, indices(extents(x).dims.map { _ in pick([1, 1, 2, 3, chance(0.05) ? 0 : 1]) })]) != nil
  }

  mutating func makePad() -> Bool {
    guard let x = operand(numberType(), rank: 1...5) else { return false }
    let rank = extents(x).rank, mode = pick(["constant", "constant", "edge", "reflect", "wrap"])
    var axes = Array(0..<rank)
    if chance(0.5) { axes = axes.filter { _ in chance(0.6) } }
    let pads = (axes + axes).map { axis -> Int in
      let most = mode == "reflect" ? max(0, min(2, extents(x)[axis] - 1)) : mode == "constant" ? 3 : min(2, extents(x)[axis])
      return chance(0.1) && extents(x)[axis] > 4 ? -1 : int(0...most)
    }
    let value = mode == "constant" && chance(0.6) ? constant(values(element(x), [])) : nil
    let signed = axes.map { chance(0.2) ? $0 - rank : $0 }
    return one(.pad, [x, indices(pads), value] + (axes.count < rank ? [indices(signed)] : []), [.mode: .string(mode)]) != nil
  }

  mutating func makeShape() -> Bool {
    guard let x = operand(anyType()) else { return false }
    var attributes: [AttributeName: Attributes.Value] = [:]
    if chance(0.3) { attributes[.start] = .int(int(-2...2)) }
    if chance(0.3) { attributes[.end] = .int(int(-1...4)) }
    return one(.shape, [x], attributes) != nil
  }

  mutating func makeConstantOfShape() -> Bool {
    let value = values(anyType(), [1])
    return one(.constantOfShape, [indices(shape(rank: int(0...4)).dims)], chance(0.2) ? [:] : [.value: .tensor(value)]) != nil
  }

  mutating func makeRange() -> Bool {
    let element: ElementType = pick([.int64, .int32, .float32, .float64]), step = Double(pick([1, 2, 3, -1, -2]))
    let start = Double(int(-5...5)), limit = start + step * Double(int(0...33))
    return one(.range, [start, limit, step].map { constant(Tensor(element, [], rounding: [$0])) }) != nil
  }

  mutating func makeBlocks(_ code: OpCode) -> Bool {
    let block = pick([2, 2, 3]), element = anyType()
    if code == .spaceToDepth {
      guard let x = operand(element, rank: 4...4, { $0[2] % block == 0 && $0[3] % block == 0 }) ?? blocks(element, block, code) else {
        return false
      }
      return one(code, [x], [.blocksize: .int(block)]) != nil
    }
    guard let x = operand(element, rank: 4...4, { $0[1] % (block * block) == 0 }) ?? blocks(element, block, code) else { return false }
    return one(code, [x], [.blocksize: .int(block), .mode: .string(pick(["DCR", "CRD"]))]) != nil
  }

  private mutating func blocks(_ element: ElementType, _ block: Int, _ code: OpCode) -> String? {
    let n = int(1...2), c = int(1...3), h = int(1...4), w = int(1...4)
    let shape: Shape = code == .depthToSpace ? [n, c * block * block, h, w] : [n, c, h * block, w * block]
    return input(values(element, shape))
  }

  mutating func makeDropout() -> Bool {
    guard let x = operand(floatType()) else { return false }
    let ratio = chance(0.5) ? constant(.scalar(Float(0.3))) : nil
    return node(.dropout, [x, ratio], outputs: int(1...2)) != nil
  }
}
