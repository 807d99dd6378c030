import O2MTensor

/// What is known of an input before the model runs.
public struct InputFact: Sendable {
  public var type: TensorType
  /// The value where it is known: weights, and integers computed from shapes.
  public var value: Tensor?

  public init(_ type: TensorType, value: Tensor? = nil) {
    self.type = type
    self.value = value
  }
}

/// A set of element types that an operand may have.
public enum ElementClass: CaseIterable, Sendable {
  case any, floats, numbers, signed, integers, bool
  /// What quantization gives: integers up to 32 bits, and floats of 8 bits or less.
  case quantized
  /// Numbers and bool.
  case comparable
  /// Integers of 8 bits or more.
  case wholeIntegers
  /// Floats of every width.
  case heldFloats

  public func contains(_ element: ElementType) -> Bool {
    switch self {
    case .any: element != .string
    case .floats: element.isFloat && Self.computes(element)
    case .numbers: (element.isFloat || element.isInteger) && Self.computes(element)
    case .signed: ElementClass.numbers.contains(element) && !Self.isUnsigned(element)
    case .comparable: element == .bool || ElementClass.numbers.contains(element)
    case .integers: element.isInteger
    case .bool: element == .bool
    case .wholeIntegers: element.isInteger && element.bits >= 8
    case .heldFloats: element.isFloat
    case .quantized: element.isInteger ? element.bits <= 32 : element.isFloat && element.bits <= 8
    }
  }

  /// Whether references have arithmetic for the type: float8, float4 and integers below 8 bits are only moved.
  private static func computes(_ element: ElementType) -> Bool {
    element.bits >= 8 && element.bits <= 64 && !(element.isFloat && element.bits == 8)
  }

  private static func isUnsigned(_ element: ElementType) -> Bool {
    switch element {
    case .uint8, .uint16, .uint32, .uint64: true
    default: false
    }
  }
}

extension [InputFact?] {
  /// The input at `index`, which must be there and hold one of `elements`.
  public func require(_ index: Int, elements: ElementClass = .any) throws(OpFault) -> InputFact {
    guard index < count, let fact = self[index] else { throw .missingInput(index) }
    guard elements.contains(fact.type.element) else { throw .elementType(input: index, found: fact.type.element) }
    return fact
  }

  /// The extents of the input at `index`, all of which must be known.
  public func shape(_ index: Int, elements: ElementClass = .any) throws(OpFault) -> Shape {
    guard let shape = try require(index, elements: elements).type.shape else { throw .dataDependent(input: index) }
    return shape
  }

  /// The integers that the input at `index` holds, which must be known before the model runs; nil where the input is absent.
  public func knownInts(_ index: Int) throws(OpFault) -> [Int]? {
    guard index < count, let fact = self[index] else { return nil }
    guard fact.type.element.isInteger else { throw .elementType(input: index, found: fact.type.element) }
    guard let value = fact.value else { throw .dataDependent(input: index) }
    return value.ints().map(Self.bounded)
  }

  /// A count, an extent, an axis or a place that a tensor states, no further from 0 than twice the most elements that anything has: what is
  /// beyond it means the same, and what is computed with it stays an `Int`.
  public static func bounded(_ value: Int) -> Int {
    let reach = Int.bitWidth == 32 ? 1 << 30 : 1 << 35
    return Swift.min(Swift.max(value, -reach), reach)
  }

  /// The floats that the input at `index` holds, which must be known before the model runs; nil where the input is absent.
  public func knownFloats(_ index: Int) throws(OpFault) -> [Float]? {
    guard index < count, let fact = self[index] else { return nil }
    guard fact.type.element.isFloat else { throw .elementType(input: index, found: fact.type.element) }
    guard let value = fact.value else { throw .dataDependent(input: index) }
    return value.doubles().map { Float($0) }
  }

  /// The indices of one axis of the input at `index`; nil where its extent is not known, or 0.
  func indices(of index: Int, axis: Int) -> ClosedRange<Int>? {
    guard has(index), let dims = self[index]?.type.dims else { return nil }
    let axis = axis < 0 ? axis + dims.count : axis
    guard dims.indices.contains(axis), let extent = dims[axis].value, extent > 0 else { return nil }
    return 0...extent - 1
  }

  public func has(_ index: Int) -> Bool { index < count && self[index] != nil }
}

extension [Tensor?] {
  /// The operand at `index`.
  public func tensor(_ index: Int) throws(OpFault) -> Tensor {
    guard index < count, let tensor = self[index] else { throw .missingInput(index) }
    return tensor
  }

  public func optional(_ index: Int) -> Tensor? { index < count ? self[index] : nil }

  /// The facts that inference would have known had it seen these values.
  public var facts: [InputFact?] { map { tensor in tensor.map { InputFact($0.type, value: $0) } } }
}

extension Shape {
  /// `axis` counted from the front.
  public func resolve(_ axis: Int) throws(OpFault) -> Int {
    guard let resolved = self.axis(axis) else { throw .axis(axis, rank: rank) }
    return resolved
  }

  /// `axes` counted from the front, each once, ascending.
  public func resolve(_ axes: [Int]) throws(OpFault) -> [Int] {
    var present = [Bool](repeating: false, count: rank)
    for axis in axes { present[try resolve(axis)] = true }
    return (0..<rank).filter { present[$0] }
  }
}
