import O2MTensor

/// Every value in another element type.
///
/// Floats round to nearest even, or toward zero where the target is an integer; integers that do not fit wrap; bool is "not zero".
/// What a float outside the range of an integer type becomes, ONNX leaves open; here it is clamped
/// to int64 (for uint64: to uint64) and then wraps, and NaN is 0.
///
/// - Spec: ONNX Cast-25. `saturate` and `round_mode` concern 8-bit floats only.
/// - Shapes: `x` number or bool `[*]` → `y`, same shape, element type `to`.
/// - Parity: exact.
/// - Errors: `.unsupported(.castTarget)` for strings, complex numbers and floats of 8 bits or less, on either side.
public struct Cast: Operator {
  public static let name: StaticString = "Cast"
  public static let code = OpCode.cast
  public static let versions = [1, 6, 9, 13, 19, 21, 23, 24, 25]

  public var to: ElementType

  public init(to: ElementType) { self.to = to }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let code = try node.int(.to) else { throw .attribute(.to, .missing) }
    guard let to = UInt8(exactly: code).flatMap({ ElementType(rawValue: $0) }) else { throw .attribute(.to, .unknownValue) }
    guard to.hasSwiftType else { throw .unsupported(.castTarget) }
    self.to = to
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0).type
    guard x.element.hasSwiftType else { throw .unsupported(.castTarget) }
    return [TensorType(to, x.dims)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    _ = try infer(inputs.facts)
    if x.element == to { return [x] }
    if x.element.isFloat || x.element == .uint64 {
      let values = x.unsignedDoubles()
      if to.isFloat || to == .bool { return [Tensor(to, x.shape, rounding: values)] }
      if x.element.isFloat, to == .uint64 { return [Tensor(x.shape, values.map { $0 >= 0x1p64 ? .max : $0 > 0 ? UInt64($0) : 0 })] }
    }
    // Integers go through Int, so that int64 keeps all its bits.
    return [Tensor(to, x.shape, wrapping: x.ints().map(wrapped))]
  }

  /// The value as the target's bits hold it, for types that are narrower than the byte they are kept in.
  private func wrapped(_ value: Int) -> Int {
    guard to.isInteger, to.bits < 8 else { return value }
    let shift = Int.bitWidth - to.bits
    let high = value << shift
    return to == .int4 || to == .int2 ? high >> shift : Int(bitPattern: UInt(bitPattern: high) >> UInt(shift))
  }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .keep(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    if x.element == y.element { return layoutConversion(from: x, to: y) }
    return CastKernel(from: x, to: y).map { .cast($0) }
  }

  public func encode(to record: inout RecordWriter) { record.put(to.rawValue) }

  public init(from record: inout RecordReader) throws(FormatFault) {
    let offset = record.offset
    let code = try record.byte()
    guard let to = ElementType(rawValue: code), to.hasSwiftType else {
      throw .value(offset: offset, found: Int(code), limit: ElementType.allCases.count)
    }
    self.to = to
  }
}

extension ElementType {
  /// Whether values of this type can be computed with.
  public var hasSwiftType: Bool {
    struct Probe: ElementVisitor {
      func visit<T: Element>(_ type: T.Type) {}
    }
    var probe = Probe()
    return accept(&probe) != nil
  }
}

extension Tensor {
  /// Every element as float64; uint64 by its value.
  fileprivate func unsignedDoubles() -> [Double] {
    element == .uint64 ? withElements(of: UInt64.self) { $0.map { Double($0) } } : doubles()
  }
}
