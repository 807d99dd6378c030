import O2MTensor

extension TensorType {
  /// The extents, all of which must be known.
  public func knownShape(input: Int = 0) throws(OpFault) -> Shape {
    guard let shape else { throw .dataDependent(input: input) }
    return shape
  }

  /// `axis` counted from the front.
  func resolve(_ axis: Int) throws(OpFault) -> Int {
    guard axis >= -rank, axis < rank else { throw .axis(axis, rank: rank) }
    return axis < 0 ? axis + rank : axis
  }
}

extension Dim {
  /// The product as far as it is known: ones vanish, and a lone symbol stays itself.
  static func product(_ dims: some Sequence<Dim>) -> Dim {
    var known = 1
    var rest: Dim?
    var several = false
    for dim in dims {
      if let value = dim.value {
        known = known.multipliedReportingOverflow(by: value).partialValue
      } else {
        several = several || rest != nil
        rest = dim
      }
    }
    guard let rest else { return .fixed(known) }
    return known == 1 && !several ? rest : .unknown
  }
}

/// A new shape whose count fits.
func checked(_ dims: [Int]) throws(OpFault) -> Shape {
  let shape = Shape(dims)
  guard shape.checkedCount != nil else { throw .overflow }
  return shape
}

extension [InputFact?] {
  /// The integers of an input that must be there.
  func requireInts(_ index: Int) throws(OpFault) -> [Int] {
    guard let values = try knownInts(index) else { throw .missingInput(index) }
    return values
  }

  /// The single integer value list of an optional input; nil where it is absent or empty.
  func optionalInts(_ index: Int) throws(OpFault) -> [Int]? {
    guard let values = try knownInts(index), !values.isEmpty else { return nil }
    return values
  }
}
