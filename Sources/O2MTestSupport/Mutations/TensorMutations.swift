import O2MImport
import O2MTensor

extension MutationCollector {
  /// Ranks and extents that contradict nothing but what reads the value.
  mutating func visit(shape: WireMessage, _ path: [Int], _ place: Mutation.Place) {
    let dims = shape.messages("dim").compactMap { $0.numbers("dim_value").first }
    for other in Extremes.shapes + Self.neighbours(of: dims) {
      note(place.entering("dims"), Self.text(other), path) { $0.setDims(other) }
    }
    note(place.entering("dims"), "open", path) { shape in
      for index in shape.fields.indices { shape.fields[index].value = .message(WireMessage(shape.type.message(in: "dim"))) }
    }
  }

  /// Values, and types and ranks with as many elements as they need.
  mutating func visit(tensor: WireMessage, _ path: [Int], _ place: Mutation.Place) {
    let dims = tensor.numbers("dims")
    guard let number = tensor.numbers("data_type").first, let element = UInt8(exactly: number).flatMap(ElementType.init(rawValue:)),
      let count = dims.product, count <= 1 << 12, tensor["external_data"].isEmpty
    else { return }
    for value in Extremes.values(element) {
      guard let filled = Extremes.tensor(element, dims, value) else { break }
      note(place.entering("every value"), "\(value)", path) { $0.setContent(filled) }
      guard element.bits >= 8, let one = Extremes.tensor(element, [1], value)?.packedBytes,
        case .bytes(let raw)? = tensor["raw_data"].first, raw.count == count * one.count, count > 1
      else { continue }
      for index in Set([0, count - 1]).sorted() {
        note(place.entering("value [\(index)]"), "\(value)", path) { tensor in
          var bytes = raw
          bytes.replaceSubrange(index * one.count..<(index + 1) * one.count, with: one)
          tensor.set("raw_data", .bytes(bytes))
        }
      }
    }
    for other in ElementType.allCases where other != element {
      guard let filled = Extremes.tensor(other, dims, 1) else { continue }
      note(place.entering("values of another type"), "\(other.name)", path) { $0.setContent(filled) }
    }
    for other in Self.neighbours(of: dims) + [[], [0], [1], [7], [1, 1, 1, 1, 1, 1, 1, 1, 1]] {
      guard let count = other.product, count <= 1 << 12, let filled = Extremes.tensor(element, other, 1) else { continue }
      note(place.entering("values of other dims"), Self.text(other), path) { $0.setContent(filled) }
    }
  }

  /// Shapes that are like `dims`: an axis more or less, other orders, an extent of 0.
  static func neighbours(of dims: [Int]) -> [[Int]] {
    var shapes = [dims + [1], [1] + dims, [0] + dims, [2] + dims, Array(dims.reversed())]
    if let count = dims.product { shapes.append([count]) }
    if !dims.isEmpty {
      shapes += [Array(dims.dropLast()), Array(dims.dropFirst()), dims.map { _ in 0 }, dims.map { _ in 1 }, dims.map { _ in 1 << 16 }]
      for axis in dims.indices {
        var other = dims
        other[axis] = 0
        shapes.append(other)
        other[axis] = dims[axis] &+ 1
        shapes.append(other)
      }
    }
    return shapes
  }

  static func text(_ dims: [Int]) -> String { "[" + dims.map { text($0) }.joined(separator: ", ") + "]" }
}

extension [Int] {
  /// The number of elements; nil where it is none or too many to count.
  var product: Int? {
    var product = 1
    for value in self {
      let (next, overflow) = product.multipliedReportingOverflow(by: value)
      guard !overflow, value >= 0 else { return nil }
      product = next
    }
    return product
  }
}

extension WireMessage {
  /// Makes this shape `dims`.
  mutating func setDims(_ dims: [Int]) {
    fields = []
    for value in dims {
      var dim = WireMessage(type.message(in: "dim"))
      dim.append("dim_value", value)
      append("dim", .message(dim))
    }
  }

  /// Makes this `TensorProto` hold `tensor` under the name it has.
  mutating func setContent(_ tensor: Tensor) {
    let name = self["name"]
    guard let message = WireMessage(type, TensorFile(name: "", tensor: tensor).bytes[...]) else { return }
    fields = message.fields
    for name in name { append("name", name) }
  }
}
