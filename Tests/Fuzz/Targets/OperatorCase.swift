import O2MImport
import O2MTensor
import O2MTestSupport

/// One node whose operator, attributes, operands and values are drawn from bytes.
struct OperatorCase {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  private mutating func byte() -> Int { Int(rest.popFirst() ?? 0) }

  private mutating func drawn<Element>(_ from: [Element]) -> Element { from[byte() % from.count] }

  func run() {
    var source = self
    Converting.run(model: source.model(), verifies: true)
  }

  private static let extents = [1, 2, 3, 4, 5, 7, 8, 16, 17, 0, 1, 2, 3, 4, 33, 64]
  private static let elements: [ElementType] = [
    .float32, .float32, .float32, .float32, .int64, .int32, .bool, .uint8, .int8, .float16, .float64, .int64, .uint4, .int16, .string,
  ]
  private static let integers = [0, 1, 2, 3, -1, 1, 2, 4, 5, -2, 7, 16, 1 << 20, 1 << 31, 1 << 62, .min]
  private static let floats: [Float] = [0, 1, -1, 0.5, 2, 1e-5, 100, .nan, .infinity, 1e30]

  private mutating func model() -> [UInt8] {
    let type = drawn(SupportedOperator.all)
    var model = ModelWriter(opset: byte() % 2 == 0 ? 21 : 6 + byte() % 23)
    for domain in ["ai.onnx.ml", "com.microsoft", "ai.onnx.preview.training"] { model.opsets.append((domain: domain, version: 1)) }
    let inputs = (0..<byte() % 8).map { "x\($0)" }, outputs = (0...byte() % 3).map { "y\($0)" }
    var operands: [String] = []
    for name in inputs {
      let kind = byte()
      operands.append(kind % 8 == 7 ? "" : name)
      let element = drawn(Self.elements)
      var dims = (0..<byte() % 6).map { _ in drawn(Self.extents) }
      while dims.reduce(1, *) > 1 << 12 { dims.removeLast() }
      guard kind % 8 != 7 else { continue }
      if kind % 2 == 0 || element == .string {
        model.input(name, element, dims.map { .fixed($0) })
      } else {
        model.initializer(name, constant(element, dims))
      }
    }
    var attributes: [(String, ModelWriter.Attribute)] = []
    for name in AttributeTable.names(of: type.name).sorted() {
      switch byte() % 8 {
      case 0, 1: attributes.append((name, .int(drawn(Self.integers))))
      case 2, 3: attributes.append((name, .ints((0..<byte() % 9).map { _ in drawn(Self.integers) })))
      case 4: attributes.append((name, .float(drawn(Self.floats))))
      case 5: attributes.append((name, .string(drawn(MutatedModel.choices))))
      default: break
      }
    }
    let words = type.name.split(separator: ".")
    model.node(String(words.last ?? ""), operands, outputs, domain: words.dropLast().joined(separator: "."), attributes)
    for output in outputs { model.output(output) }
    return model.bytes
  }

  /// Quarters and small integers, which few operators round.
  private mutating func constant(_ element: ElementType, _ dims: [Int]) -> Tensor {
    let shape = Shape(dims)
    if element.isFloat {
      return Tensor(element, shape, rounding: (0..<shape.count).map { _ in Double(Int8(truncatingIfNeeded: byte())) / 4 })
    }
    let limit = element == .bool ? 1 : 0xFF
    return Tensor(element, shape, wrapping: (0..<shape.count).map { _ in Int(Int8(truncatingIfNeeded: byte())) & limit })
  }
}
