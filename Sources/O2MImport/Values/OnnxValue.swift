import O2MTensor

/// A value of an ONNX model: the one place that says what values there are.
///
/// `Leaf` is what stands for a tensor: a `Tensor` in test data and constants, a value of the graph for a name in scope, the index of a
/// graph output for an output of the model. A graph holds nothing but tensors; a sequence is the values that it is made of.
public indirect enum OnnxValue<Leaf: Sendable>: Sendable {
  /// Also an optional value that is there.
  case tensor(Leaf)
  /// Their value is always known: what reads or gives strings is evaluated at import.
  case strings(StringTensor)
  case sequence([OnnxValue])
  /// An optional value that is absent.
  case none
  /// What a node gives that could not be imported, whose fault is noted; only in scopes.
  case unknown

  public var tensor: Leaf? { if case .tensor(let leaf) = self { leaf } else { nil } }

  var holdsStrings: Bool {
    switch self {
    case .strings: true
    case .sequence(let items): items.contains { $0.holdsStrings }
    default: false
    }
  }

  var isUnknown: Bool {
    switch self {
    case .unknown: true
    case .sequence(let items): items.contains { $0.isUnknown }
    default: false
    }
  }

  /// The same value over other leaves, which `transform` makes of a leaf and its name: `name`, or that and the places in sequences.
  func map<Other, Failure>(
    named name: String = "", _ transform: (Leaf, String) throws(Failure) -> Other
  ) throws(Failure) -> OnnxValue<Other> {
    switch self {
    case .tensor(let leaf): return .tensor(try transform(leaf, name))
    case .strings(let strings): return .strings(strings)
    case .sequence(let items):
      var mapped: [OnnxValue<Other>] = []
      for (index, item) in items.enumerated() { mapped.append(try item.map(named: "\(name)[\(index)]", transform)) }
      return .sequence(mapped)
    case .none: return .none
    case .unknown: return .unknown
    }
  }
}

extension OnnxValue<Tensor> {
  /// nil for sequences and absent values.
  var type: TensorType? {
    switch self {
    case .tensor(let tensor): tensor.type
    case .strings(let strings): strings.type
    default: nil
    }
  }

  /// Whether both are one tensor, bit for bit, or one list of strings.
  func isSame(as other: OnnxValue<Tensor>) -> Bool {
    switch (self, other) {
    case (.tensor(let a), .tensor(let b)):
      a.type == b.type && a.withBytes { left in b.withBytes { right in left.elementsEqual(right) } }
    case (.strings(let a), .strings(let b)): a == b
    default: false
    }
  }
}

/// What a file says of a value before it is there. The raw values are the field numbers in ONNX's TypeProto.
public enum ValueKind: Int, Sendable {
  /// Of numbers or strings.
  case tensor = 1
  case sequence = 4
  case optional = 9
}
