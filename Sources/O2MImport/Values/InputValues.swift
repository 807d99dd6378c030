import O2MTensor

/// A value that the caller gives to an input, which becomes a constant.
public enum InputValue: Sendable {
  /// Numbers with commas between them, `true` or `false`, or the characters of a string; the input's type says which.
  case text(String)
  case tensor(Tensor)
  case strings(StringTensor)
}

/// Why a value does not suit its input.
public enum InputValueFault: Error, Equatable, Sendable {
  /// No number that the element type can hold.
  case notOfType(String, ElementType)
  /// An element that the input's type cannot hold.
  case cannotHold(found: ElementType, needed: ElementType)
  case elementCount(found: Int, needed: [NotedDim])
  case shape(found: [Int], needed: [NotedDim])
  /// A list of tensors, which nothing can be given for.
  case sequence
}

extension InputValue {
  /// The value as `input` takes it.
  func value(for note: TypeNote) throws(InputValueFault) -> OnnxValue<Tensor> {
    guard note.kind != .sequence else { throw .sequence }
    switch self {
    case .tensor(let tensor): return .tensor(try Self.fitted(tensor, note))
    case .strings(let strings): return .strings(strings)
    case .text(let text):
      guard note.element != .string else {
        let shape = try Self.shape(of: 1, note.dims ?? [])
        return .strings(StringTensor(shape, [text]))
      }
      let element = note.element ?? .float32
      let items = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
      let shape = try Self.shape(of: items.count, note.dims ?? (items.count == 1 ? [] : [.open]))
      return .tensor(try Self.tensor(items, element, shape))
    }
  }

  /// The shape of `count` elements: the first extent that is open takes what the fixed ones leave, the other open ones are 1.
  private static func shape(of count: Int, _ dims: [NotedDim]) throws(InputValueFault) -> Shape {
    let fixed = dims.reduce(1) { product, dim in dim.dim.value.map { product.multipliedReportingOverflow(by: $0).partialValue } ?? product }
    var rest = fixed > 0 && count.isMultiple(of: fixed) ? count / fixed : 0
    var extents: [Int] = []
    for dim in dims {
      if case .fixed(let size) = dim {
        extents.append(size)
      } else {
        extents.append(rest)
        rest = 1
      }
    }
    guard Shape(extents).checkedCount == count else { throw .elementCount(found: count, needed: dims) }
    return Shape(extents)
  }

  private static func tensor(_ items: [String], _ element: ElementType, _ shape: Shape) throws(InputValueFault) -> Tensor {
    var integers: [Int] = [], reals: [Double] = []
    for item in items {
      switch item.lowercased() {
      case "true" where element == .bool: integers.append(1)
      case "false" where element == .bool: integers.append(0)
      default:
        if !element.isFloat, let integer = Int(item) {
          integers.append(integer)
        } else if let real = Double(item), element.isFloat || Int(exactly: real) != nil {
          element.isFloat ? reals.append(real) : integers.append(Int(real))
        } else {
          throw .notOfType(item, element)
        }
      }
    }
    if element.isFloat { return Tensor(element, shape, rounding: reals) }
    let tensor = Tensor.indices(integers).reshaped(shape)
    guard let fitted = tensor.converted(to: element) else { throw .notOfType(items.joined(separator: ","), element) }
    return fitted
  }

  private static func fitted(_ tensor: Tensor, _ note: TypeNote) throws(InputValueFault) -> Tensor {
    if let dims = note.dims, note.contradicts(TensorType(tensor.element, tensor.shape).dims) {
      // One element is one element, whatever its rank.
      guard tensor.count == 1, let shape = try? shape(of: 1, dims) else { throw .shape(found: tensor.shape.dims, needed: dims) }
      return try fitted(tensor.reshaped(shape), note)
    }
    guard let needed = note.element, needed != tensor.element else { return tensor }
    guard let converted = tensor.converted(to: needed) else { throw .cannotHold(found: tensor.element, needed: needed) }
    return converted
  }
}

extension Substring {
  fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

extension Tensor {
  /// The same numbers as elements of `element`, floats rounded; nil where it cannot hold one of them.
  fileprivate func converted(to element: ElementType) -> Tensor? {
    guard self.element.isNumeric, element.isNumeric else { return nil }
    if self.element.isFloat || element.isFloat {
      let converted = Tensor(element, shape, rounding: doubles())
      return self.element.isFloat && element.isFloat || doubles() == converted.doubles() ? converted : nil
    }
    let values = ints(), converted = Tensor(element, shape, wrapping: values)
    // The upper half of uint64 reads as negative numbers.
    let changesSign = (element == .uint64) != (self.element == .uint64) && values.contains { $0 < 0 }
    return converted.ints() == values && !changesSign ? converted : nil
  }
}

extension ElementType {
  fileprivate var isNumeric: Bool { isFloat || isInteger || self == .bool }
}
