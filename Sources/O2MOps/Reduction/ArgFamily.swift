import O2MTensor

/// The attributes of ArgMax and ArgMin.
public struct IndexOptions: Equatable, Sendable {
  public var axis: Int
  public var keepsAxis: Bool
  public var selectsLast: Bool

  public init(axis: Int = 0, keepsAxis: Bool = true, selectsLast: Bool = false) {
    self.axis = axis
    self.keepsAxis = keepsAxis
    self.selectsLast = selectsLast
  }
}

/// An operator that gives the index of the element along an axis that beats all others.
public protocol IndexReduction: OnnxOperator, Computation {
  var options: IndexOptions { get set }
  init(options: IndexOptions)
  static func beats(_ a: Double, _ b: Double) -> Bool
  /// The form for integers that are ordered as the elements are.
  static func beats(_ a: Int, _ b: Int) -> Bool
  static var isMinimum: Bool { get }
}

extension IndexReduction {
  public static var elements: ElementClass { .numbers }
  public init() { self.init(options: IndexOptions()) }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    self.init(
      options: IndexOptions(
        axis: try node.int(.axis, default: 0), keepsAxis: try node.flag(.keepdims, default: true),
        selectsLast: try node.flag(.select_last_index, default: false)))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    _ = try inputs.require(0, elements: .numbers)
    let x = try inputs.shape(0), axis = try x.resolve(options.axis)
    guard x[axis] >= 1 else { throw .emptyOutput(axis: axis, extent: x[axis]) }
    return [TensorType(.int64, ReduceOptions(keepsAxes: options.keepsAxis).output(x, [axis]))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    guard let shape = try infer(inputs.facts)[0].shape else { throw .dataDependent(input: 0) }
    return [try options.winners(inputs, shape, floats: Self.beats, integers: Self.beats)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(options.axis)
    record.put(options.keepsAxis)
    record.put(options.selectsLast)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    self.init(options: IndexOptions(axis: try record.int(), keepsAxis: try record.flag(), selectsLast: try record.flag()))
  }
}

// The loops know no operator: a device holds each of them once, not once per operator.
extension IndexOptions {
  @inline(never)
  fileprivate func winners(
    _ inputs: [Tensor?], _ shape: Shape, floats: (Double, Double) -> Bool, integers: (Int, Int) -> Bool
  ) throws(OpFault) -> Tensor {
    let x = try inputs.tensor(0), axis = try x.shape.resolve(axis)
    return Tensor(
      .int64, shape,
      wrapping: x.element.isFloat ? winners(x.doubles(), x.shape, axis, floats) : winners(x.orderedInts(), x.shape, axis, integers))
  }

  private func winners<T>(_ x: [T], _ shape: Shape, _ axis: Int, _ beats: (T, T) -> Bool) -> [Int] {
    let inner = shape.dims[(axis + 1)...].reduce(1, *), outer = shape.dims[..<axis].reduce(1, *)
    var indices: [Int] = []
    indices.reserveCapacity(outer * inner)
    for o in 0..<outer {
      for i in 0..<inner {
        let line = o * shape[axis] * inner + i
        var best = 0
        for k in 1..<max(1, shape[axis]) {
          let challenger = x[line + k * inner], holder = x[line + best * inner]
          if beats(challenger, holder) || (selectsLast && !beats(holder, challenger)) { best = k }
        }
        indices.append(best)
      }
    }
    return indices
  }
}
