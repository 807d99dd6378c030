import O2MOps
import O2MTensor

extension GraphGenerator {
  /// Indices into an axis of this extent: constants or an input, some counted from the end.
  private mutating func picks(_ shape: Shape, extent: Int, isSigned: Bool = true) -> String {
    let values = (0..<shape.count).map { _ in int(isSigned && chance(0.3) ? -extent...extent - 1 : 0...extent - 1) }
    let tensor = Tensor(chance(0.3) ? .int32 : .int64, shape, wrapping: values)
    return chance(0.6) ? constant(tensor) : input(tensor)
  }

  mutating func makeGather() -> Bool {
    guard let x = operand(anyType(), rank: 1...4, { $0.count > 0 }) else { return false }
    let axis = int(0...extents(x).rank - 1)
    let shape = pick([Shape([]), [1], [int(1...5)], [2, int(1...3)], [int(0...3)]])
    return one(.gather, [x, picks(shape, extent: extents(x)[axis])], [.axis: .int(chance(0.3) ? axis - extents(x).rank : axis)]) != nil
  }

  mutating func makeGatherElements() -> Bool {
    guard let x = operand(anyType(), rank: 1...4, { $0.count > 0 }) else { return false }
    let axis = int(0...extents(x).rank - 1)
    var shape = extents(x)
    for place in 0..<shape.rank { shape[place] = place == axis ? int(1...6) : int(1...shape[place]) }
    return one(.gatherElements, [x, picks(shape, extent: extents(x)[axis])], [.axis: .int(axis)]) != nil
  }

  /// Rows of indices into the first axes of `dims`.
  private mutating func rows(_ outer: [Int], into dims: [Int]) -> String {
    let count = outer.reduce(1, *)
    let values = (0..<count).flatMap { _ in dims.map { extent in int(chance(0.2) ? -extent...extent - 1 : 0...extent - 1) } }
    let tensor = Tensor(Shape(outer + [dims.count]), values.map { Int64($0) })
    return chance(0.6) ? constant(tensor) : input(tensor)
  }

  mutating func makeGatherND() -> Bool {
    guard let x = operand(anyType(), rank: 1...4, { $0.count > 0 }) else { return false }
    let shape = extents(x), batch = shape.rank > 1 && chance(0.3) ? 1 : 0
    let depth = int(1...shape.rank - batch)
    let outer = Array(shape.dims[..<batch]) + (chance(0.8) ? [int(1...5)] : [])
    return one(.gatherND, [x, rows(outer, into: Array(shape.dims[batch..<batch + depth]))], [.batch_dims: .int(batch)]) != nil
  }

  private mutating func reduction(_ element: ElementType) -> [AttributeName: Attributes.Value] {
    element == .bool ? [:] : pick([[:], [:], [.reduction: .string(pick(["add", "mul", "max", "min"]))]])
  }

  mutating func makeScatterElements() -> Bool {
    guard let x = operand(anyType(), rank: 1...4, isSum: true, { $0.count > 0 }) else { return false }
    let axis = int(0...extents(x).rank - 1)
    var shape = extents(x)
    for place in 0..<shape.rank { shape[place] = place == axis ? int(1...4) : int(1...shape[place]) }
    let indices = picks(shape, extent: extents(x)[axis])
    var attributes = reduction(element(x))
    attributes[.axis] = .int(axis)
    return one(.scatterElements, [x, indices, constant(values(element(x), shape))], attributes) != nil
  }

  mutating func makeScatterND() -> Bool {
    guard let x = operand(anyType(), rank: 1...4, isSum: true, { $0.count > 0 }) else { return false }
    let shape = extents(x), depth = int(1...shape.rank), outer = [int(1...5)]
    let updates = Shape(outer + shape.dims[depth...])
    guard updates.count <= Self.mostElements else { return false }
    let indices = rows(outer, into: Array(shape.dims[..<depth]))
    return one(.scatterND, [x, indices, constant(values(element(x), updates))], reduction(element(x))) != nil
  }

  mutating func makeTensorScatter() -> Bool {
    guard let x = operand(anyType(), rank: 3...4, { $0.count > 0 }) else { return false }
    var update = extents(x)
    let axis = update.rank - 2, length = update[axis], isCircular = chance(0.5)
    update[axis] = int(1...length)
    let starts = (0..<update[0]).map { _ in Int64(int(0...(isCircular ? length - 1 : length - update[axis]))) }
    let attributes: [AttributeName: Attributes.Value] = isCircular ? [.mode: .string("circular")] : [:]
    return one(.tensorScatter, [x, constant(values(element(x), update)), constant(Tensor([update[0]], starts))], attributes) != nil
  }

  mutating func makeTopK() -> Bool {
    guard let x = operand(numberType(), rank: 1...4, { $0.count > 0 }) else { return false }
    let axis = int(0...extents(x).rank - 1)
    var attributes: [AttributeName: Attributes.Value] = [.axis: .int(axis)]
    if chance(0.5) { attributes[.largest] = .int(0) }
    return node(.topK, [x, indices([int(chance(0.1) ? 0...1 : 1...extents(x)[axis])])], attributes, outputs: 2) != nil
  }

  mutating func makeTrilu() -> Bool {
    guard let x = operand(anyType(), rank: 2...4) else { return false }
    return one(.trilu, [x, chance(0.4) ? nil : constant(.scalar(Int64(int(-3...3))))], chance(0.5) ? [.upper: .int(0)] : [:]) != nil
  }

  mutating func makeReverseSequence() -> Bool {
    guard let x = operand(anyType(), rank: 2...4, { $0.count > 0 }) else { return false }
    let time = int(0...1), lengths = (0..<extents(x)[1 - time]).map { _ in Int64(int(1...extents(x)[time])) }
    return one(.reverseSequence, [x, constant(Tensor([lengths.count], lengths))], [.time_axis: .int(time), .batch_axis: .int(1 - time)])
      != nil
  }

  mutating func makeOneHot() -> Bool {
    guard let x = operand(pick([.int64, .int32, .uint8]), rank: 0...3, { $0.count <= 300 }) else { return false }
    let depth = constant(.scalar(Int64(int(1...7))))
    return one(.oneHot, [x, depth, constant(values(anyType(), [2]))], [.axis: .int(int(-extents(x).rank - 1...extents(x).rank))]) != nil
  }

  mutating func makeEyeLike() -> Bool {
    guard let x = operand(numberType(), rank: 2...2) else { return false }
    var attributes: [AttributeName: Attributes.Value] = [.k: .int(int(-2...2))]
    if chance(0.5) { attributes[.dtype] = .int(Int(numberType().rawValue)) }
    return one(.eyeLike, [x], attributes) != nil
  }
}
