import COnnxProto
import O2MTensor

/// An extent as a file writes it down.
public enum NotedDim: Equatable, Sendable {
  case fixed(Int)
  case symbol(String)
  case open

  var dim: Dim { if case .fixed(let size) = self { .fixed(size) } else { .unknown } }
}

/// A type as a file writes it down: any part of it may be missing.
struct TypeNote: Sendable {
  /// What the value is.
  var kind = ValueKind.tensor
  /// nil where the file leaves it out.
  var element: ElementType?
  /// nil where not even the rank is known.
  var dims: [NotedDim]?

  init() {}

  init(_ type: TensorType) {
    element = type.element
    dims = type.dims.map { dim in if case .fixed(let size) = dim { .fixed(size) } else { .open } }
  }

  /// - Errors: `.value` where the value is neither tensor, sequence nor optional, or its elements have no type here.
  init(_ info: Onnx__ValueInfoProto) throws(ImportError) {
    let name = string(info.name)
    guard let type = info.type?.pointee else { return }
    switch type.value_case {
    case ONNX__TYPE_PROTO__VALUE__NOT_SET: return
    case ONNX__TYPE_PROTO__VALUE_SEQUENCE_TYPE: kind = .sequence
    case ONNX__TYPE_PROTO__VALUE_OPTIONAL_TYPE: kind = .optional
    default: break
    }
    guard kind == .tensor else { return }
    guard type.value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE, let tensor = type.tensor_type?.pointee else {
      throw .value(.type(name: name, kind: Int(type.value_case.rawValue)))
    }
    if tensor.has_elem_type != 0, tensor.elem_type != 0 {
      guard let found = UInt8(exactly: tensor.elem_type).flatMap(ElementType.init(rawValue:)) else {
        throw .tensor(name: name, .elementTypeNumber(Int(tensor.elem_type)))
      }
      element = found
    }
    guard let shape = tensor.shape?.pointee else { return }
    dims = CArray(shape.dim, shape.n_dim).map { entry in
      let dim = entry.pointee
      switch dim.value_case {
      case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_VALUE: return dim.dim_value >= 0 ? .fixed(Int(dim.dim_value)) : .open
      case ONNX__TENSOR_SHAPE_PROTO__DIMENSION__VALUE_DIM_PARAM:
        let symbol = string(dim.dim_param)
        return isPlaceholder(symbol) ? .open : .symbol(symbol)
      default: return .open
      }
    }
  }

  /// Whether another element type is written down.
  func contradicts(_ element: ElementType) -> Bool { self.element.map { $0 != element } ?? false }

  /// Whether another shape is written down. A symbol says nothing on its own.
  func contradicts(_ dims: [Dim]) -> Bool {
    guard let noted = self.dims else { return false }
    guard noted.count == dims.count else { return true }
    return zip(noted, dims).contains { noted, found in
      if let size = noted.dim.value, let value = found.value { size != value } else { false }
    }
  }

  /// What is written down, for a message; nil without a rank and an element type.
  var type: TensorType? {
    guard let element, let dims else { return nil }
    return TensorType(element, dims.map(\.dim))
  }
}

/// Whether `name` stands for an extent without saying which: some exporters call every open extent so.
private func isPlaceholder(_ name: String) -> Bool {
  let words: Set = ["", "any", "dim", "dyn", "dynamic", "none", "null", "unk", "unknown"]
  return words.contains(name.lowercased()) || !name.contains { $0.isLetter }
}
