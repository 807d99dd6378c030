import O2MOps
import O2MTensor

extension GraphGenerator {
  mutating func makeUnary(_ code: OpCode, _ element: ElementType, _ attributes: [AttributeName: Attributes.Value] = [:]) -> Bool {
    guard let x = operand(element) else { return false }
    return one(code, [x], attributes) != nil
  }

  mutating func makeFloatFunction(_ code: OpCode, _ attributes: [AttributeName: Attributes.Value] = [:]) -> Bool {
    makeUnary(code, floatType(), attributes)
  }

  mutating func makeNumberFunction(_ code: OpCode) -> Bool {
    let element = numberType()
    return makeUnary(code, code == .neg && element.isUnsigned ? .int32 : element)
  }

  mutating func makeParametricFunction(_ code: OpCode) -> Bool {
    let alpha = random.uniform(-0.5...1.5), other = random.uniform(0...1)
    let attributes: [AttributeName: Attributes.Value] =
      switch code {
      case .selu: [.alpha: .float(alpha), .gamma: .float(other)]
      case .hardSigmoid: [.alpha: .float(alpha), .beta: .float(other)]
      case .shrink: [.lambd: .float(other), .bias: .float(alpha)]
      case .celu: [.alpha: .float(alpha == 0 ? 1 : alpha)]
      default: [.alpha: .float(alpha)]
      }
    return makeFloatFunction(code, chance(0.7) ? attributes : [:])
  }

  mutating func makeBinary(_ code: OpCode, _ element: ElementType, _ attributes: [AttributeName: Attributes.Value] = [:]) -> Bool {
    guard let a = operand(element) else { return false }
    let b = chance(0.05) ? a : partner(extents(a), element)
    return one(code, chance(0.5) ? [a, b] : [b, a], attributes) != nil
  }

  mutating func makeBitShift() -> Bool {
    guard let a = operand(pick([.uint8, .uint32, .uint64, .int32, .int8])) else { return false }
    let shifts = Tensor(element(a), extents(a), wrapping: (0..<extents(a).count).map { _ in int(0...9) })
    return one(.bitShift, [a, chance(0.5) ? constant(shifts) : input(shifts)], [.direction: .string(pick(["LEFT", "RIGHT"]))]) != nil
  }

  mutating func makeMod() -> Bool { makeBinary(.mod, numberType(), flag(.fmod)) }

  mutating func makePow() -> Bool {
    guard let a = operand(chance(0.85) ? floatType() : .int32) else { return false }
    if chance(0.5) { return one(.pow, [a, constant(Tensor(element(a), [], rounding: [pick([2, 0.5, 3, 1, 0, -1, 2.5])]))]) != nil }
    return one(.pow, [a, partner(extents(a), chance(0.8) ? element(a) : .int64)]) != nil
  }

  mutating func makeVariadic(_ code: OpCode, _ element: ElementType) -> Bool {
    guard let a = operand(element) else { return false }
    var all = [a]
    for _ in 1..<int(1...4) { all.append(partner(extents(all[all.count - 1]), element)) }
    return one(code, all) != nil
  }

  mutating func makeWhere() -> Bool {
    guard let a = operand(anyType()) else { return false }
    return one(.where, [partner(extents(a), .bool), a, partner(extents(a), element(a))]) != nil
  }

  mutating func makeClip() -> Bool {
    guard let x = operand(numberType()) else { return false }
    let low = Double(int(-2...1)), high = low + Double(int(0...5))
    let bounds = [low, high].map { chance(0.8) ? constant(Tensor(element(x), [], rounding: [$0])) : nil }
    return one(.clip, [x] + bounds) != nil
  }

  mutating func makePRelu() -> Bool {
    guard let x = operand(floatType()) else { return false }
    var slope = extents(x)
    for axis in 0..<slope.rank where chance(0.5) { slope[axis] = 1 }
    if slope.rank > 1, chance(0.5) { slope.dims.removeFirst() }
    return one(.pRelu, [x, weight(slope, in: -0.5...1, element(x))]) != nil
  }

  mutating func makeCast() -> Bool {
    guard let x = operand(anyType()) else { return false }
    var to: ElementType = chance(0.5) ? .float32 : pick([.float16, .int32, .int64, .uint8, .int8, .bool, .float64, .bfloat16, .uint32])
    // What ONNX leaves open: numbers that the target does not hold.
    if to.isInteger, element(x).isFloat, tensors[x]?.doubles().contains(where: { !($0.magnitude < 100) || $0 < 0 }) ?? true { to = .bool }
    return one(.cast, [x], [.to: .int(Int(to.rawValue))]) != nil
  }

  mutating func makeBitCast() -> Bool {
    let pairs: [(ElementType, ElementType)] = [
      (.float32, .int32), (.int32, .float32), (.float32, .uint32), (.int64, .float64), (.int8, .uint8),
    ]
    let (from, to) = pick(pairs)
    // The bits of NaN and the sign of zero are nobody's promise, so floats come from inputs.
    guard from.isFloat else { return makeUnary(.bitCast, from, [.to: .int(Int(to.rawValue))]) }
    let shape = shape(rank: int(0...4))
    return one(.bitCast, [input(values(from, shape))], [.to: .int(Int(to.rawValue))]) != nil
  }

  // Reductions.

  /// At most 30 numbers of magnitude up to 2, of which one may be special.
  private mutating func factors() -> String? {
    let shape: Shape = pick([[int(1...30)], [int(1...5), int(1...6)], [2, int(1...3), int(1...5)]])
    var numbers = (0..<shape.count).map { _ in Double(random.uniform(-2...2)) }
    if isSpecial { numbers[0] = pick([.infinity, .nan, 0, -0.0, -.infinity]) }
    return input(Tensor(floatType(), shape, rounding: numbers))
  }

  mutating func makeReduction(_ code: OpCode) -> Bool {
    let isChoice = code == .reduceMax || code == .reduceMin
    // A product of more overflows on the way, or not, as its order has it.
    let x = code == .reduceProd ? factors() : operand(isChoice ? numberType() : floatType(), isSum: !isChoice)
    guard let x else { return false }
    var attributes = chance(0.5) ? [:] : [AttributeName.keepdims: Attributes.Value.int(0)]
    var axes: String?
    let rank = extents(x).rank
    if rank > 0, chance(0.85) {
      var chosen = (0..<rank).filter { _ in chance(0.4) }
      if rank == 4, chance(0.3) { chosen = [2, 3] }
      if chosen.isEmpty { chosen = [rank - 1] }
      axes = indices(chosen.map { chance(0.3) ? $0 - rank : $0 })
    } else if chance(0.3) {
      attributes[.noop_with_empty_axes] = .int(1)
    }
    return one(code, [x, axes], attributes) != nil
  }

  mutating func makeArg(_ code: OpCode) -> Bool {
    guard let x = operand(numberType(), rank: 1...5, { $0.count > 0 }) else { return false }
    var attributes = flag(.select_last_index)
    attributes[.axis] = .int(int(-extents(x).rank...extents(x).rank - 1))
    if chance(0.5) { attributes[.keepdims] = .int(0) }
    return one(code, [x], attributes) != nil
  }

  mutating func makeCumulative(_ code: OpCode) -> Bool {
    let element = chance(0.8) ? floatType() : pick([.int32, .int64])
    guard let x = code == .cumProd ? factors() : operand(element, rank: 1...5, isSum: true) else { return false }
    let axis = constant(.scalar(Int64(int(-extents(x).rank...extents(x).rank - 1))))
    return one(code, [x, axis], flag(.exclusive).merging(flag(.reverse)) { $1 }) != nil
  }
}
