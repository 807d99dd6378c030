import O2MTensor

/// An operator that maps every float by itself: `y[i] = apply(x[i])`, formed in float64 and rounded once.
public protocol FloatFunction: OnnxOperator, ElementwiseOperator {
  func apply(_ x: Double) -> Double
}

extension FloatFunction {
  public static var elements: ElementClass { .floats }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] { [try inputs.require(0, elements: .floats).type] }
  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] { [try inputs.tensor(0).mapFloats(apply)] }
}

/// A `FloatFunction` without attributes.
public protocol PlainFloatFunction: FloatFunction, PlainOperator {}

extension PlainFloatFunction {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    self.init()
  }
}

/// A `FloatFunction` with the attribute alpha, a finite number.
public protocol AlphaFunction: FloatFunction {
  /// What alpha is where the model says nothing.
  static var usualAlpha: Float { get }
  var alpha: Float { get }
  init(alpha: Float)
}

extension AlphaFunction {
  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    self.init(alpha: try node.float(.alpha, default: Self.usualAlpha))
    guard alpha.isFinite else { throw .attribute(.alpha, .outOfRange) }
  }

  public func encode(to record: inout RecordWriter) { record.put(alpha) }
  public init(from record: inout RecordReader) throws(FormatFault) { self.init(alpha: try record.float()) }
}

/// An operator that maps every number by itself; floats in float64 and rounded once, integers exactly and wrapped.
public protocol NumberFunction: PlainOperator, ElementwiseOperator {
  static var elements: ElementClass { get }
  static func apply(_ x: Double) -> Double
  /// The integer form, for values that fit Int.
  static func apply(_ x: Int) -> Int
  /// The form for uint64.
  static func apply(_ x: UInt) -> UInt
}

extension NumberFunction {
  public static var elements: ElementClass { .numbers }
  public static func apply(_ x: UInt) -> UInt { x }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    self.init()
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [try inputs.require(0, elements: Self.elements).type]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    try inputs.tensor(0).mapNumbers(Self.apply, integers: Self.apply) { Int(bitPattern: Self.apply(UInt(bitPattern: $0))) }
  }
}

extension Tensor {
  /// Every float mapped by itself, in float64, rounded once.
  @inline(never)  // one loop, not one per operator
  public func mapFloats(_ body: (Double) -> Double) -> Tensor { Tensor(element, shape, rounding: doubles().map(body)) }

  @inline(never)
  fileprivate func mapNumbers(_ floats: (Double) -> Double, integers: (Int) -> Int, unsigned: (Int) -> Int) -> [Tensor] {
    if element.isFloat { return [mapFloats(floats)] }
    return [Tensor(element, shape, wrapping: ints().map(element == .uint64 ? unsigned : integers))]
  }

  /// Integers that are ordered as the elements are: the sign bit of uint64 is flipped, because `ints` keeps its bits.
  func orderedInts() -> [Int] { element == .uint64 ? ints().map { $0 ^ .min } : ints() }

  /// The inverse of `orderedInts`.
  init(_ element: ElementType, _ shape: Shape, ordered values: [Int]) {
    self.init(element, shape, wrapping: element == .uint64 ? values.map { $0 ^ .min } : values)
  }
}
