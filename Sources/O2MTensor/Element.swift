/// A Swift type that holds one element of a tensor.
///
/// Generic loops over `Element` serve every element type; `ElementType.accept` picks the type at run time.
public protocol Element: BitwiseCopyable, Sendable {
  static var elementType: ElementType { get }
  /// The nearest element: floats round once to nearest even, integers truncate toward zero and wrap, bool is "not zero".
  init(nearest value: Double)
  /// The element with this integer value; integers wrap.
  init(wrapping value: Int)
  var double: Double { get }
  /// The value as an integer: floats truncate toward zero (saturating), uint64 keeps its bits.
  var int: Int { get }
}

/// `value` toward zero, clamped to Int; NaN gives 0.
@inlinable
func truncated(_ value: Double) -> Int {
  if value.isNaN { return 0 }
  if value >= 0x1p63 { return .max }
  if value < -0x1p63 { return .min }
  return Int(value)
}

extension Float: Element {
  public static var elementType: ElementType { .float32 }
  @inlinable public init(nearest value: Double) { self = Float(value) }
  @inlinable public init(wrapping value: Int) { self = Float(value) }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int: Int { truncated(Double(self)) }
}

extension Double: Element {
  public static var elementType: ElementType { .float64 }
  @inlinable public init(nearest value: Double) { self = value }
  @inlinable public init(wrapping value: Int) { self = Double(value) }
  @inlinable public var double: Double { self }
  @inlinable public var int: Int { truncated(self) }
}

extension Float16: Element {
  public static var elementType: ElementType { .float16 }
  @inlinable public init(nearest value: Double) { self = Float16(value) }
  @inlinable public init(wrapping value: Int) { self = Float16(value) }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int: Int { truncated(Double(self)) }
}

/// The upper half of a float32.
///
/// - Spec: 1 sign, 8 exponent and 7 fraction bits; conversions round to nearest even.
public struct BFloat16: Element {
  public var bits: UInt16

  @inlinable public init(bits: UInt16) { self.bits = bits }

  public static var elementType: ElementType { .bfloat16 }

  @inlinable public init(nearest value: Double) {
    // Rounding to odd in the first step keeps the second one from rounding a tie that was none.
    var narrow = Float(value)
    if Double(narrow) != value, narrow.isFinite, narrow.bitPattern & 1 == 0 {
      let pattern = narrow.bitPattern
      narrow = Float(bitPattern: Double(narrow).magnitude < value.magnitude ? pattern | 1 : pattern &- 1)
    }
    let pattern = narrow.bitPattern
    if narrow.isNaN {
      bits = UInt16(pattern >> 16) | 0x40
    } else {
      bits = UInt16((pattern &+ 0x7FFF &+ ((pattern >> 16) & 1)) >> 16)
    }
  }

  @inlinable public init(wrapping value: Int) { self.init(nearest: Double(value)) }
  @inlinable public var double: Double { Double(Float(bitPattern: UInt32(bits) << 16)) }
  @inlinable public var int: Int { truncated(double) }
}

/// One byte, 0 or 1.
public struct Truth: Element {
  public var byte: UInt8

  @inlinable public init(_ value: Bool) { byte = value ? 1 : 0 }
  public static var elementType: ElementType { .bool }
  @inlinable public init(nearest value: Double) { byte = value != 0 ? 1 : 0 }
  @inlinable public init(wrapping value: Int) { byte = value != 0 ? 1 : 0 }
  @inlinable public var double: Double { byte != 0 ? 1 : 0 }
  @inlinable public var int: Int { byte != 0 ? 1 : 0 }
}

extension FixedWidthInteger where Self: Element {
  @inlinable public init(nearest value: Double) { self.init(truncatingIfNeeded: truncated(value)) }
  @inlinable public init(wrapping value: Int) { self.init(truncatingIfNeeded: value) }
  @inlinable public var double: Double { Double(self) }
  @inlinable public var int: Int { Int(truncatingIfNeeded: self) }
}

extension Int8: Element { public static var elementType: ElementType { .int8 } }
extension UInt8: Element { public static var elementType: ElementType { .uint8 } }
extension Int16: Element { public static var elementType: ElementType { .int16 } }
extension UInt16: Element { public static var elementType: ElementType { .uint16 } }
extension Int32: Element { public static var elementType: ElementType { .int32 } }
extension UInt32: Element { public static var elementType: ElementType { .uint32 } }
extension Int64: Element { public static var elementType: ElementType { .int64 } }
extension UInt64: Element { public static var elementType: ElementType { .uint64 } }

/// Work that is generic over the element type.
public protocol ElementVisitor: ~Copyable {
  associatedtype Output
  mutating func visit<T: Element>(_ type: T.Type) -> Output
}

extension ElementVisitor where Self: ~Copyable {
  /// `visit`, where this build has the type.
  @inline(__always)
  fileprivate mutating func pass<T: Element>(_ type: T.Type, _ element: ElementType) -> Output? {
    IncludedElements.has(element) ? visit(type) : nil
  }
}

extension ElementType {
  /// Calls `visitor` with the Swift type of the elements; nil for types that have none: `SmallFloat`, those that tensors do not hold, and
  /// those that this build is without.
  public func accept<V: ElementVisitor & ~Copyable>(_ visitor: inout V) -> V.Output? {
    switch self {
    case .float32: visitor.pass(Float.self, .float32)
    case .float64: visitor.pass(Double.self, .float64)
    case .float16: visitor.pass(Float16.self, .float16)
    case .bfloat16: visitor.pass(BFloat16.self, .bfloat16)
    case .int8: visitor.pass(Int8.self, .int8)
    case .uint8: visitor.pass(UInt8.self, .uint8)
    case .int16: visitor.pass(Int16.self, .int16)
    case .uint16: visitor.pass(UInt16.self, .uint16)
    case .int32: visitor.pass(Int32.self, .int32)
    case .uint32: visitor.pass(UInt32.self, .uint32)
    case .int64: visitor.pass(Int64.self, .int64)
    case .uint64: visitor.pass(UInt64.self, .uint64)
    case .bool: visitor.pass(Truth.self, .bool)
    case .int4: visitor.pass(Int8.self, .int4)
    case .int2: visitor.pass(Int8.self, .int2)
    case .uint4: visitor.pass(UInt8.self, .uint4)
    case .uint2: visitor.pass(UInt8.self, .uint2)
    case .string, .complex64, .complex128, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .float4e2m1, .float8e8m0:
      nil
    }
  }
}
