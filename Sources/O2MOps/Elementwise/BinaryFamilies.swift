import O2MTensor

/// An operator over two tensors of one number type, broadcast together.
public protocol BinaryArithmetic: PlainOperator, ElementwiseOperator {
  static var arithmetic: Arithmetic { get }
  static func apply(_ a: Double, _ b: Double) -> Double
  /// The integer form; the result wraps to the element type.
  static func apply(_ a: Int, _ b: Int) -> Int
  /// The form for uint64, which is that of Int unless the sign matters.
  static func apply(_ a: UInt, _ b: UInt) -> UInt
}

extension BinaryArithmetic {
  public func role(_ inputs: [InputFact?]) -> Role { .arithmetic(Self.arithmetic) }
  public static var elements: ElementClass { .numbers }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    self.init()
  }

  public static func apply(_ a: UInt, _ b: UInt) -> UInt {
    UInt(bitPattern: apply(Int(bitPattern: a), Int(bitPattern: b)))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(try inputs.commonElement(.numbers), try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    try combine(inputs, floats: Self.apply, integers: Self.apply) {
      Int(bitPattern: Self.apply(UInt(bitPattern: $0), UInt(bitPattern: $1)))
    }
  }
}

// The loops of the references below know no operator: a device holds each of them once, not once per operator.

@inline(never)
private func combine(
  _ inputs: [Tensor?], floats: (Double, Double) -> Double, integers: (Int, Int) -> Int, unsigned: (Int, Int) -> Int
) throws(OpFault) -> [Tensor] {
  let a = try inputs.tensor(0), b = try inputs.tensor(1)
  let shape = try [a, b].facts.broadcastShape()
  if a.element.isFloat {
    return [Tensor(a.element, shape, rounding: broadcast(a.doubles(), a.shape, b.doubles(), b.shape, to: shape, floats))]
  }
  let values = broadcast(a.ints(), a.shape, b.ints(), b.shape, to: shape, a.element == .uint64 ? unsigned : integers)
  return [Tensor(a.element, shape, wrapping: values)]
}

@inline(never)
private func combined(
  _ inputs: [Tensor?], floats: (Double, Double) -> Double, finish: (Double) -> Double, integers: (Int, Int) -> Int
) throws(OpFault) -> [Tensor] {
  let shape = try inputs.facts.broadcastShape()
  let first = try inputs.tensor(0), scalar: Shape = []
  if first.element.isFloat {
    var y = broadcast(first.doubles(), first.shape, [0], scalar, to: shape) { a, _ in a }
    for index in 1..<max(1, inputs.count) {
      let x = try inputs.tensor(index)
      y = broadcast(y, shape, x.doubles(), x.shape, to: shape, floats)
    }
    return [Tensor(first.element, shape, rounding: y.map(finish))]
  }
  var y = broadcast(first.orderedInts(), first.shape, [0], scalar, to: shape) { a, _ in a }
  for index in 1..<max(1, inputs.count) {
    let x = try inputs.tensor(index)
    y = broadcast(y, shape, x.orderedInts(), x.shape, to: shape, integers)
  }
  return [Tensor(first.element, shape, ordered: y)]
}

@inline(never)
private func compared(
  _ inputs: [Tensor?], floats: (Double, Double) -> Bool, integers: (Int, Int) -> Bool
) throws(OpFault) -> [Tensor] {
  let a = try inputs.tensor(0), b = try inputs.tensor(1)
  let shape = try [a, b].facts.broadcastShape()
  let holds =
    a.element.isFloat
    ? broadcast(a.doubles(), a.shape, b.doubles(), b.shape, to: shape) { floats($0, $1) ? 1 : 0 }
    : broadcast(a.orderedInts(), a.shape, b.orderedInts(), b.shape, to: shape) { integers($0, $1) ? 1 : 0 }
  return [Tensor(.bool, shape, wrapping: holds)]
}

/// An operator over one or more tensors of one number type, broadcast together and combined from left to right.
public protocol VariadicArithmetic: PlainOperator, ElementwiseOperator {
  static var elements: ElementClass { get }
  static func combine(_ a: Double, _ b: Double) -> Double
  /// The integer form, over integers that are ordered as the elements are.
  static func combine(_ a: Int, _ b: Int) -> Int
  /// The result for a float, given what all `count` inputs combined to.
  static func finish(_ value: Double, count: Int) -> Double
}

extension VariadicArithmetic {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...Int.max)
    self.init()
  }

  public static func finish(_ value: Double, count: Int) -> Double { value }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(try inputs.commonElement(Self.elements), try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    try combined(inputs, floats: Self.combine, finish: { Self.finish($0, count: inputs.count) }, integers: Self.combine)
  }
}

/// An operator that compares two tensors of one type, broadcast together, and gives bool.
public protocol ComparisonFunction: PlainOperator, ElementwiseOperator {
  static var elements: ElementClass { get }
  static func holds(_ a: Double, _ b: Double) -> Bool
  /// The form for integers, which are ordered as the elements are, and for bool as 0 and 1.
  static func holds(_ a: Int, _ b: Int) -> Bool
}

extension ComparisonFunction {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    self.init()
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    _ = try inputs.commonElement(Self.elements)
    return [TensorType(.bool, try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    try compared(inputs, floats: Self.holds, integers: Self.holds)
  }
}

/// A `ComparisonFunction` of two truth values.
public protocol LogicalFunction: ComparisonFunction {
  static func holds(_ a: Bool, _ b: Bool) -> Bool
}

extension LogicalFunction {
  public static var elements: ElementClass { .bool }
  public static func holds(_ a: Double, _ b: Double) -> Bool { holds(a != 0, b != 0) }
  public static func holds(_ a: Int, _ b: Int) -> Bool { holds(a != 0, b != 0) }
}
