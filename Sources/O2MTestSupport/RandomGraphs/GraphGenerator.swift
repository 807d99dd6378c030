import O2MGraph
import O2MOps
import O2MTensor

/// Makes valid graphs of 10 to 40 nodes from a seed, the same on every host.
///
/// Each node is evaluated as it is made, so a graph runs on its inputs by construction: what an operator refuses is left out, and what
/// is nothing but NaN and infinities rarely stays. Extents are awkward, weights are shared, some branches are dead, some outputs are read
/// by nodes too. In one graph of four the inputs hold infinities, NaN, −0, denormal numbers and the extremes of their types.
package struct GraphGenerator {
  var random: Seeded
  package private(set) var recipe: GraphRecipe
  /// What the plain references make of each value.
  package private(set) var tensors: [String: Tensor] = [:]
  /// Inputs and the outputs of nodes, in the order in which they came.
  private(set) var computed: [String] = []
  /// The values of which sums keep far from overflow.
  private var tame: Set<String> = []
  /// How often an operator was tried and refused what was chosen for it.
  package private(set) var refusals: [OpCode: Int] = [:]
  let isSpecial: Bool

  /// More elements than this in one value take time and find nothing.
  static let mostElements = 4096

  /// The graph of `seed`, with what the references make of it.
  package static func graph(_ seed: UInt64) -> GraphGenerator {
    var generator = GraphGenerator(seed: seed)
    generator.fill()
    return generator
  }

  init(seed: UInt64) {
    random = Seeded(seed)
    isSpecial = random.next() % 4 == 0
    recipe = GraphRecipe(seed: seed)
  }

  private mutating func fill() {
    // The last maker may add two nodes, a pattern up to 13.
    let wanted = int(10...39)
    // An operator that suits nothing is passed over, so this ends.
    for _ in 0..<4 * wanted where recipe.steps.count < wanted {
      if recipe.steps.count < 28, chance(0.2) { makePattern() } else { _ = make(pick(Self.operators)) }
    }
    chooseOutputs(wanted: int(1...4))
  }

  /// The operators of ONNX; those that only passes make come from patterns.
  package static let operators = OpCode.allCases.filter { $0.versions != nil }

  /// Some of what nobody reads becomes an output, the rest is dead; some of what is read becomes one too.
  private mutating func chooseOutputs(wanted: Int) {
    let read = Set(recipe.steps.flatMap { $0.inputs.compactMap { $0 } })
    let made = recipe.steps.flatMap(\.outputs)
    guard let last = recipe.steps.last?.outputs[0] else { return }
    var outputs = [last]
    for name in made where name != last && outputs.count < 8 && (read.contains(name) ? chance(0.04) : chance(0.75)) { outputs.append(name) }
    for _ in outputs.count..<max(wanted, outputs.count) {
      let name = pick(made)
      if !outputs.contains(name) { outputs.append(name) }
    }
    recipe.outputs = outputs
  }
}

// Choices.
extension GraphGenerator {
  mutating func int(_ range: ClosedRange<Int>) -> Int { range.lowerBound + Int(random.next() % UInt64(range.count)) }
  mutating func chance(_ probability: Float) -> Bool { random.unit() < probability }
  mutating func pick<T>(_ choices: [T]) -> T { choices[Int(random.next() % UInt64(choices.count))] }
  mutating func flag(_ name: AttributeName, _ probability: Float = 0.5) -> [AttributeName: Attributes.Value] {
    chance(probability) ? [name: .int(1)] : [:]
  }

  /// An extent: small, a prime, or next to the width of a vector; rarely nothing.
  mutating func extent(mayBeEmpty: Bool = true) -> Int {
    if mayBeEmpty, chance(0.006) { return 0 }
    return pick([1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 11, 13, 16, 17, 19, 31, 32, 33])
  }

  /// A shape of at most `mostElements / 4` elements.
  mutating func shape(rank: Int) -> Shape {
    var shape = Shape((0..<rank).map { _ in extent() })
    while shape.count > Self.mostElements / 4 { shape[int(0...rank - 1)] = int(1...3) }
    return shape
  }

  /// The type of the numbers that a float operator gets: nearly always float32, for which there are kernels.
  mutating func floatType() -> ElementType {
    if chance(0.9) { return .float32 }
    return pick([.float16, .float16, .float64, .bfloat16])
  }

  mutating func integerType() -> ElementType {
    pick([.int64, .int64, .int32, .int32, .uint8, .int8, .int16, .uint16, .uint32, .uint64])
  }

  mutating func numberType() -> ElementType { chance(0.8) ? floatType() : integerType() }
  mutating func anyType() -> ElementType { chance(0.1) ? .bool : numberType() }
}

// Values.
extension GraphGenerator {
  func element(_ name: String) -> ElementType { tensors[name]?.element ?? .float32 }
  func extents(_ name: String) -> Shape { tensors[name]?.shape ?? [] }

  mutating func constant(_ tensor: Tensor) -> String {
    let name = "c\(recipe.constants.count)"
    recipe.constants.append(.init(name: name, tensor: tensor))
    add(name, tensor)
    return name
  }

  mutating func input(_ tensor: Tensor) -> String {
    let name = "x\(recipe.inputs.count)"
    recipe.inputs.append(.init(name: name, tensor: tensor))
    add(name, tensor)
    computed.append(name)
    return name
  }

  private mutating func add(_ name: String, _ tensor: Tensor) {
    tensors[name] = tensor
    let most = tensor.element == .float16 ? 64.0 : 1e12
    if !tensor.element.isFloat || tensor.largest <= most { tame.insert(name) }
  }

  mutating func indices(_ values: [Int]) -> String { constant(.indices(values)) }

  /// A float32 weight: shared with an earlier node where the shape allows it, sometimes computed or an input.
  mutating func weight(_ shape: Shape, in range: ClosedRange<Float> = -1...1, _ element: ElementType = .float32) -> String {
    let known = recipe.constants.filter { $0.tensor.element == element && $0.tensor.shape == shape && isTame($0.name) }
    if !known.isEmpty, chance(0.3) { return pick(known).name }
    if chance(0.08), let found = computed.filter({ self.element($0) == element && extents($0) == shape && isTame($0) }).last {
      return found
    }
    let tensor = Tensor(element, shape, rounding: (0..<shape.count).map { _ in Double(random.uniform(range)) })
    return chance(0.04) ? input(tensor) : constant(tensor)
  }

  /// A value that was computed: one of `element` with a rank in `ranks` that `suits`, or a new input. nil where no shape suits.
  ///
  /// - Parameter isSum: numbers near the extremes of their type are left out, since the order of a sum decides whether it overflows.
  mutating func operand(
    _ element: ElementType = .float32, rank ranks: ClosedRange<Int> = 0...5, isSum: Bool = false, _ suits: (Shape) -> Bool = { _ in true }
  ) -> String? {
    let found = computed.filter {
      self.element($0) == element && ranks.contains(extents($0).rank) && suits(extents($0)) && (!isSum || isTame($0))
    }
    if !found.isEmpty, chance(0.88) { return chance(0.5) ? found[found.count - 1] : pick(found) }
    for _ in 0..<20 {
      let own = shape(rank: int(ranks.lowerBound...min(ranks.upperBound, ranks.lowerBound + 4)))
      if suits(own) { return input(values(element, own, isSum: isSum)) }
    }
    return found.last
  }

  /// A picture, a signal or a volume `[N, C, D…]`.
  mutating func picture(_ element: ElementType = .float32, rank ranks: ClosedRange<Int> = 3...5, isSum: Bool = true) -> String {
    let found = computed.filter {
      self.element($0) == element && ranks.contains(extents($0).rank) && (!isSum || isTame($0)) && extents($0).count > 0
    }
    if !found.isEmpty, chance(0.9) { return chance(0.6) ? found[found.count - 1] : pick(found) }
    let rank = chance(0.7) && ranks.contains(4) ? 4 : int(ranks)
    var shape = Shape([pick([1, 1, 1, 2, 3]), pick([1, 2, 3, 4, 5, 6, 8, 8, 12, 16, 17, 33])])
    for _ in 2..<rank { shape.dims.append(pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13])) }
    while shape.count > Self.mostElements / 2 { shape[int(2...rank - 1)] = int(1...4) }
    return input(values(element, shape, isSum: isSum))
  }

  /// A second operand for one of `shape`: computed, or a constant, that broadcasts with it.
  mutating func partner(_ shape: Shape, _ element: ElementType, isSum: Bool = false) -> String {
    let found = computed.filter { name in
      guard self.element(name) == element, !isSum || isTame(name), let both = extents(name).broadcast(with: shape) else { return false }
      return both.count <= Self.mostElements
    }
    if !found.isEmpty, chance(0.6) { return chance(0.5) ? found[found.count - 1] : pick(found) }
    var own = shape
    for axis in 0..<own.rank where chance(0.4) { own[axis] = 1 }
    if chance(0.4) { own = Shape(Array(own.dims.dropFirst(int(0...own.rank)))) }
    let tensor = values(element, own, isSum: isSum)
    return chance(0.2) ? input(tensor) : constant(tensor)
  }

  func isTame(_ name: String) -> Bool { tame.contains(name) }

  /// Numbers for an input or a constant: mostly a few units large, sometimes small integers (which tie), in special graphs the extremes,
  /// though not of what is summed.
  mutating func values(_ element: ElementType, _ shape: Shape, isSum: Bool = false) -> Tensor {
    let isSpecial = isSpecial && chance(0.6), areIntegers = chance(0.15), scale: Float = chance(0.1) ? 20 : 2
    if element == .bool { return Tensor(.bool, shape, wrapping: (0..<shape.count).map { _ in int(0...1) }) }
    if element.isInteger {
      let least = element.isUnsigned ? 0 : -10
      let numbers = (0..<shape.count).map { _ in isSpecial && chance(0.1) ? pick(element.extremes) : int(least...10) }
      return Tensor(element, shape, wrapping: numbers)
    }
    let numbers = (0..<shape.count).map { _ -> Double in
      if isSpecial, chance(0.1) {
        return pick(isSum ? element.specials.filter { !(1e4..<Double.infinity ~= $0.magnitude) } : element.specials)
      }
      let value = Double(random.uniform(-scale...scale))
      return areIntegers ? value.rounded() : value
    }
    return Tensor(element, shape, rounding: numbers)
  }
}

extension ElementType {
  var isUnsigned: Bool {
    switch self {
    case .uint2, .uint4, .uint8, .uint16, .uint32, .uint64, .bool: true
    default: false
    }
  }

  fileprivate var extremes: [Int] {
    let bits = min(bits, 63)
    return isUnsigned ? [0, 1, bits < 63 ? (1 << bits) - 1 : .max] : [-(1 << (bits - 1)), (1 << (bits - 1)) - 1, -1, 0]
  }

  fileprivate var specials: [Double] {
    let shared = [.infinity, -.infinity, .nan, -0.0, 0, 1, -1]
    switch self {
    case .float16: return shared + [65504, -65504, 0x1p-24, -0x1p-15]
    case .float64: return shared + [.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0x1p-1030]
    default: return shared + [Double(Float.greatestFiniteMagnitude), -Double(Float.greatestFiniteMagnitude), 0x1p-149, -0x1p-130, 0x1p-126]
    }
  }
}

// Nodes.
extension GraphGenerator {
  /// Adds a node and evaluates it; nil where the operator refuses what it is given, or the result is of no use.
  mutating func node(
    _ code: OpCode, _ inputs: [String?], _ attributes: [AttributeName: Attributes.Value] = [:], outputs count: Int = 1
  ) -> [String]? {
    let name = "\(code.name)\(recipe.steps.count)"
    let names = (0..<count).map { $0 == 0 ? name : "\(name).\($0)" }
    let step = GraphRecipe.Step(code: code, attributes: attributes, inputs: inputs, outputs: names)
    let operands = inputs.map { $0.flatMap { tensors[$0] } }
    do throws(OpFault) {
      let op = try step.op()
      let types = try op.infer(zip(inputs, operands).map { name, tensor in fact(name, tensor) })
      guard types.allSatisfy({ $0.rank <= 6 && ($0.shape?.checkedCount ?? .max) <= Self.mostElements }) else { return nil }
      let results = try op.reference(operands)
      guard results.prefix(count).allSatisfy({ isUseful($0) }) || chance(0.1) else { return nil }
      for (name, tensor) in zip(names, results) { add(name, tensor) }
    } catch {
      refusals[code, default: 0] += 1
      return nil
    }
    recipe.steps.append(step)
    computed += names
    return names
  }

  /// What inference knows of an operand: constants have values.
  private func fact(_ name: String?, _ tensor: Tensor?) -> InputFact? {
    guard let name, let tensor else { return nil }
    return InputFact(tensor.type, value: name.hasPrefix("c") ? tensor : nil)
  }

  private func isUseful(_ tensor: Tensor) -> Bool {
    guard tensor.element.isFloat, tensor.count > 0 else { return true }
    return tensor.doubles().contains { $0.isFinite && $0.magnitude < 1e30 }
  }

  /// Adds a node with one output; see `node`.
  mutating func one(_ code: OpCode, _ inputs: [String?], _ attributes: [AttributeName: Attributes.Value] = [:]) -> String? {
    node(code, inputs, attributes)?[0]
  }
}
