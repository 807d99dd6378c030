import CO2MPlatform
import O2MTensor

/// Remainder with broadcasting: with the sign of `b`, or of `a` where `fmod` is set.
///
/// - Spec: ONNX Mod-28. -10 allows fewer types; before -28 floats need `fmod`, and what they give without it is -28's here too.
/// - Shapes: `a`, `b` number, one element type, broadcast together → `c`.
/// - Parity: exact; an integer modulo zero, which ONNX leaves open, is 0.
public struct Mod: OnnxOperator, ElementwiseOperator {
  public static let name: StaticString = "Mod"
  public static let code = OpCode.mod
  public static let versions = [10, 13, 28]
  public static let elements = ElementClass.numbers

  public var fmod: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    fmod = try node.flag(.fmod, default: false)
  }

  public init(fmod: Bool = false) { self.fmod = fmod }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.commonElement(.numbers)
    return [TensorType(element, try inputs.broadcastShape())]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let a = try inputs.tensor(0), b = try inputs.tensor(1)
    let shape = try [a, b].facts.broadcastShape()
    if a.element.isFloat {
      let c = broadcast(a.doubles(), a.shape, b.doubles(), b.shape, to: shape) { a, b in
        let rest = o2m_fmod(a, b)
        if fmod || rest.isNaN { return rest }
        if rest == 0 { return Double(signOf: b, magnitudeOf: 0) }
        return (rest < 0) != (b < 0) ? rest + b : rest
      }
      return [Tensor(a.element, shape, rounding: c)]
    }
    let unsigned = a.element == .uint64
    let c = broadcast(a.ints(), a.shape, b.ints(), b.shape, to: shape) { a, b in
      if b == 0 { return 0 }
      if unsigned { return Int(bitPattern: UInt(bitPattern: a) % UInt(bitPattern: b)) }
      let rest = a.remainderReportingOverflow(dividingBy: b).partialValue
      return !fmod && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
    }
    return [Tensor(a.element, shape, wrapping: c)]
  }

  public func encode(to record: inout RecordWriter) { record.put(fmod) }
  public init(from record: inout RecordReader) throws(FormatFault) { fmod = try record.flag() }
}
