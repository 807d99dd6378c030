import COnnxProto
import O2MTensor

/// An extent of an input that neither the file nor the caller fixes.
public struct OpenDim: Equatable, Sendable {
  public var input: String
  public var axis: Int
  /// "" where the file gives no name either.
  public var symbol: String

  public init(input: String, axis: Int, symbol: String) {
    self.input = input
    self.axis = axis
    self.symbol = symbol
  }
}

/// A type as a file writes it down: any part of it may be missing.
struct TypeNote: Sendable {
  /// What the value is.
  var kind = ValueKind.tensor
  /// nil where the file leaves it out.
  var element: ElementType?
  /// nil where not even the rank is known.
  var dims: [NotedDim]?

  enum NotedDim: Equatable, Sendable {
    case fixed(Int)
    case symbol(String)
    case open
  }

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
        return symbol.isEmpty ? .open : .symbol(symbol)
      default: return .open
      }
    }
  }

  /// Whether `type` contradicts what is written down. A symbol says nothing on its own.
  func contradicts(_ type: TensorType) -> Bool {
    if let element, element != type.element { return true }
    guard let dims else { return false }
    guard dims.count == type.rank else { return true }
    return zip(dims, type.dims).contains { noted, found in
      if case .fixed(let size) = noted, let value = found.value { size != value } else { false }
    }
  }

  /// What is written down, for a message; nil without a rank and an element type.
  var type: TensorType? {
    guard let element, let dims else { return nil }
    return TensorType(
      element,
      dims.map { dim in if case .fixed(let size) = dim { .fixed(size) } else { .unknown } })
  }
}

/// Decides the shape of every input: the caller's pins, then the file's numbers, then symbols that a pin bound, then 1 for an open
/// first extent, which is the batch by custom.
struct InputShapes {
  private(set) var shapes: [Shape] = []
  private(set) var notes: [ImportNote] = []

  init(_ inputs: [(name: String, note: TypeNote)], pins: [String: [Int]]) throws(ImportError) {
    for name in pins.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
      throw .unknownInput(name, inputs: inputs.map(\.name))
    }
    var bound: [String: Int] = [:]
    for (name, note) in inputs {
      guard let pin = pins[name] else { continue }
      guard Shape(pin).checkedCount != nil else { throw .tensor(name: name, .overflow(dims: pin)) }
      guard let dims = note.dims else { continue }
      guard dims.count == pin.count else { throw .pinnedRank(input: name, pinned: pin.count, rank: dims.count) }
      for (axis, dim) in dims.enumerated() {
        switch dim {
        case .fixed(let size) where size != pin[axis]: throw .pinnedExtent(input: name, axis: axis, pinned: pin[axis], extent: size)
        case .symbol(let symbol):
          if let other = bound[symbol], other != pin[axis] {
            throw .pinnedSymbol(symbol: symbol, input: name, axis: axis, pinned: pin[axis], before: other)
          }
          bound[symbol] = pin[axis]
        default: break
        }
      }
    }
    var open: [OpenDim] = []
    for (name, note) in inputs {
      if let pin = pins[name] {
        shapes.append(Shape(pin))
        continue
      }
      guard let dims = note.dims else { throw .unknownRank(input: name) }
      var extents: [Int] = []
      for (axis, dim) in dims.enumerated() {
        var symbol = ""
        switch dim {
        case .fixed(let size):
          extents.append(size)
          continue
        case .symbol(let found):
          if let size = bound[found] {
            extents.append(size)
            continue
          }
          symbol = found
        case .open: break
        }
        if axis == 0 {
          notes.append(.assumedBatch(OpenDim(input: name, axis: 0, symbol: symbol)))
          if !symbol.isEmpty { bound[symbol] = 1 }
        } else {
          open.append(OpenDim(input: name, axis: axis, symbol: symbol))
        }
        extents.append(1)
      }
      let shape = Shape(extents)
      guard shape.checkedCount != nil else { throw .tensor(name: name, .overflow(dims: extents)) }
      shapes.append(shape)
    }
    guard open.isEmpty else { throw .openDims(open) }
  }
}
