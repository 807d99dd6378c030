import HostSystem
import O2MOps
import O2MTensor

/// A window that is a sum of cosines: `y[n] = Σ_k (−1)^k · a[k] · cos(2πkn / N)` for n below `size`.
///
/// N is the size, or, unless the window is periodic, one less.
///
/// - Shapes: `size` a scalar integer → `y` number `[size]`.
/// - Parity: formed in float64, rounded once.
protocol CosineWindow: ConstantEvaluation {
  /// a.
  static var coefficients: [Double] { get }
  var form: WindowForm { get }
}

/// The attributes that the windows have in common.
struct WindowForm {
  let isPeriodic: Bool
  let element: ElementType

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    isPeriodic = try node.flag(.periodic, default: true)
    element = try node.outputElement()
  }
}

extension CosineWindow {
  static var versions: [Int] { [17] }

  func elementCount(_ inputs: [Tensor?]) throws(OpFault) -> Int { try inputs.scalarInt(0, in: 0...Int.max) }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let size = try inputs.scalarInt(0, in: 0...1 << 28)
    let length = Double(max(1, form.isPeriodic ? size : size - 1))
    let values = (0..<size).map { n in
      Self.coefficients.enumerated().reduce(0) { sum, term in
        sum + (term.offset % 2 == 0 ? 1 : -1) * term.element * cos(2 * .pi * Double(term.offset * n) / length)
      }
    }
    return [Tensor(form.element, [size], rounding: values)]
  }
}

/// The Hann window, `sin²(πn / N)`.
///
/// - Spec: ONNX HannWindow-17.
struct HannWindow: CosineWindow {
  static let name = "HannWindow"
  static let coefficients = [0.5, 0.5]
  let form: WindowForm
  init(_ node: some NodeSource) throws(OpFault) { form = try WindowForm(node) }
}

/// The Hamming window, with 25/46 for the constant part.
///
/// - Spec: ONNX HammingWindow-17.
struct HammingWindow: CosineWindow {
  static let name = "HammingWindow"
  static let coefficients = [25.0 / 46, 21.0 / 46]
  let form: WindowForm
  init(_ node: some NodeSource) throws(OpFault) { form = try WindowForm(node) }
}

/// The Blackman window.
///
/// - Spec: ONNX BlackmanWindow-17.
struct BlackmanWindow: CosineWindow {
  static let name = "BlackmanWindow"
  static let coefficients = [0.42, 0.5, 0.08]
  let form: WindowForm
  init(_ node: some NodeSource) throws(OpFault) { form = try WindowForm(node) }
}

extension NodeSource {
  /// The element type that `output_datatype` names, float32 where it is absent.
  func outputElement() throws(OpFault) -> ElementType {
    guard let number = UInt8(exactly: try int(.output_datatype, default: 1)), let element = ElementType(rawValue: number),
      ElementClass.numbers.contains(element)
    else { throw .attribute(.output_datatype, .outOfRange) }
    return element
  }
}

extension [Tensor?] {
  /// The single integer of the operand at `index`.
  func scalarInt(_ index: Int, in range: ClosedRange<Int>) throws(OpFault) -> Int {
    let tensor = try tensor(index)
    guard tensor.element.isInteger else { throw .elementType(input: index, found: tensor.element) }
    guard tensor.count == 1 else { throw .elementCount(expected: 1, found: tensor.count) }
    let value = tensor.ints()[0]
    guard range.contains(value) else { throw .index(input: index, found: value, limit: range.upperBound) }
    return value
  }
}
