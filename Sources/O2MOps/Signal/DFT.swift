import CO2MPlatform
import O2MTensor

/// Discrete Fourier transform along one axis: `y[k] = Σ x[n] · e^(∓2πi·k·n / N)`, divided by N for the inverse.
///
/// - Spec: ONNX DFT-20. -17 has the axis as an attribute, 1 where absent. N is `dft_length`, or the axis' extent; the signal is cut or
///   filled with zeros to it. `onesided` leaves out what conjugation gives: it is real to N/2 + 1 complex values, and back.
/// - Shapes: `x` float `[*, 1]` real or `[*, 2]` complex; `dft_length` and `axis` integers, known before the model runs, optional → `y`
///   `[*, 2]`, or `[*, 1]` where it is onesided and inverse.
/// - Parity: float64 sums of N terms in order, halved where N is even, rounded once.
/// - Errors: `.axis` for the last axis; `.extent` unless a number is real or complex, and where a onesided transform gets complex ones;
///   `.index` for a length below 1.
public struct DFT: OnnxOperator, Computation {
  public static let name: StaticString = "DFT"
  public static let code = OpCode.dft
  public static let versions = [17, 20]
  public static let elements = ElementClass.floats

  /// Where no input gives it.
  public var axis: Int
  public var isInverse: Bool
  public var isOnesided: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...(node.opset < 20 ? 2 : 3))
    axis = node.opset < 20 ? try node.int(.axis, default: 1) : -2
    isInverse = try node.flag(.inverse, default: false)
    isOnesided = try node.flag(.onesided, default: false)
  }

  private struct Form {
    var axis: Int
    /// N.
    var length: Int
    /// Values along the axis of the input that are read, and of the output.
    var read: Int
    var output: Shape
  }

  private func form(_ inputs: [InputFact?]) throws(OpFault) -> Form {
    let x = try inputs.shape(0, elements: Self.elements)
    guard x.rank >= 2 else { throw .rank(input: 0, expected: 2...Int.max, found: x.rank) }
    let axis = try x.resolve(try inputs.optionalInts(2)?.first ?? axis)
    guard axis < x.rank - 1 else { throw .axis(axis, rank: x.rank - 1) }
    let parts = x[x.rank - 1], mostParts = isOnesided && !isInverse ? 1 : 2
    guard parts == 1 || parts == mostParts else { throw .extent(input: 0, axis: x.rank - 1, expected: mostParts, found: parts) }
    let length = try inputs.optionalInts(1)?.first ?? (isOnesided && isInverse ? 2 * (x[axis] - 1) : x[axis])
    guard length >= 1, length <= Int(Int32.max) else { throw .index(input: 1, found: length, limit: Int(Int32.max)) }
    var output = x
    output[axis] = isOnesided && !isInverse ? length / 2 + 1 : length
    output[x.rank - 1] = isOnesided && isInverse ? 1 : 2
    return Form(
      axis: axis, length: length, read: min(x[axis], isOnesided && isInverse ? length / 2 + 1 : length), output: try checked(output.dims))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    [TensorType(try inputs.require(0).type.element, try form(inputs).output)]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), form = try form(inputs.facts)
    let parts = x.shape.dims.last ?? 1, outputParts = form.output.dims.last ?? 1
    let extent = x.shape[form.axis], kept = form.output[form.axis]
    let inner = x.shape.dims[(form.axis + 1)...].dropLast().reduce(1, *), outer = x.shape.dims[..<form.axis].reduce(1, *)
    let transform = FourierTransform(length: form.length, isInverse: isInverse)
    let values = x.doubles(), scale = isInverse ? 1 / Double(form.length) : 1
    var y = [Double](repeating: 0, count: form.output.count)
    for row in 0..<outer * inner {
      var signal = [Complex](repeating: Complex(), count: form.length)
      let from = row / inner * extent * inner + row % inner, to = row / inner * kept * inner + row % inner
      for n in 0..<form.read {
        let index = (from + n * inner) * parts
        signal[n] = Complex(values[index], parts == 2 ? values[index + 1] : 0)
        // The other half of a spectrum whose signal is real.
        if isOnesided, isInverse, n > 0, form.length - n > n { signal[form.length - n] = Complex(signal[n].real, -signal[n].imaginary) }
      }
      let spectrum = transform.run(signal)
      for k in 0..<kept {
        let index = (to + k * inner) * outputParts
        y[index] = spectrum[k].real * scale
        if outputParts == 2 { y[index + 1] = spectrum[k].imaginary * scale }
      }
    }
    return [Tensor(x.element, form.output, rounding: y)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(isInverse)
    record.put(isOnesided)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    isInverse = try record.flag()
    isOnesided = try record.flag()
  }
}
