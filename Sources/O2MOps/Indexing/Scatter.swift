import O2MTensor

/// What a scatter does with an element that is there and one that arrives.
public enum ScatterReduction: UInt8, Sendable {
  case none, add, mul, max, min

  init(_ node: some NodeSource) throws(OpFault) {
    switch try node.string(.reduction) {
    case nil, "none": self = .none
    case "add": self = .add
    case "mul": self = .mul
    case "max": self = .max
    case "min": self = .min
    default: throw .attribute(.reduction, .unknownValue)
    }
  }

  init(from record: inout RecordReader) throws(FormatFault) {
    self = ScatterReduction(rawValue: UInt8(try record.choice(5))) ?? .none
  }

  func combine(_ old: Double, _ new: Double) -> Double {
    switch self {
    case .none: new
    case .add: old + new
    case .mul: old * new
    case .max: Max.combine(old, new)
    case .min: Min.combine(old, new)
    }
  }

  func combine(_ old: Int, _ new: Int) -> Int {
    switch self {
    case .none: new
    case .add: old &+ new
    case .mul: old &* new
    case .max: Swift.max(old, new)
    case .min: Swift.min(old, new)
    }
  }
}

extension Tensor {
  /// The tensor after `updates` arrived, element by element, at the offsets `targets`.
  ///
  /// Where nothing is combined it moves bytes, so it serves every element type. Floats combine in float64 and are rounded once.
  func scattered(_ updates: Tensor, to targets: [Int], _ reduction: ScatterReduction = .none) -> Tensor {
    precondition(targets.count == updates.count && updates.element == element)
    if reduction == .none {
      let result = gathered(shape, source: Array(0..<count))
      let size = element.size
      guard let to = result.storage.bytes.baseAddress, let from = updates.storage.bytes.baseAddress else { return result }
      for (index, target) in targets.enumerated() {
        to.advanced(by: target * size).copyMemory(from: from.advanced(by: index * size), byteCount: size)
      }
      return result
    }
    if element.isFloat {
      var values = doubles()
      let arriving = updates.doubles()
      for (index, target) in targets.enumerated() { values[target] = reduction.combine(values[target], arriving[index]) }
      return Tensor(element, shape, rounding: values)
    }
    let compares = reduction == .max || reduction == .min
    var values = compares ? orderedInts() : ints()
    let arriving = compares ? updates.orderedInts() : updates.ints()
    for (index, target) in targets.enumerated() { values[target] = reduction.combine(values[target], arriving[index]) }
    return compares ? Tensor(element, shape, ordered: values) : Tensor(element, shape, wrapping: values)
  }
}

extension [InputFact?] {
  /// The type of a scatter's output, which is that of input 0.
  func scatteredType(_ reduction: ScatterReduction = .none, updates: Int = 2) throws(OpFault) -> TensorType {
    let data = try require(0, elements: reduction == .none ? .any : .numbers).type
    let found = try require(updates).type.element
    guard found == data.element else { throw .elementTypes(input: updates, found: found, expected: data.element) }
    return data
  }

  /// Throws unless input `index` has the extents `expected`.
  func requireShape(_ index: Int, _ expected: [Dim]) throws(OpFault) {
    let found = try require(index).type.dims
    guard found.count == expected.count else { throw .rank(input: index, expected: expected.count...expected.count, found: found.count) }
    for (axis, (found, expected)) in zip(found, expected).enumerated() {
      guard let found = found.value, let expected = expected.value, found != expected else { continue }
      throw .extent(input: index, axis: axis, expected: expected, found: found)
    }
  }
}
