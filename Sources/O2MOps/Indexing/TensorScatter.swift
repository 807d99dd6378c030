import O2MTensor

/// A cache with new entries along `axis`: `y[n, …, start[n] + s, …] = update[n, …, s, …]`, elsewhere `y = cache`.
///
/// In circular mode positions are taken modulo the length of the cache.
///
/// - Spec: ONNX TensorScatter-24.
/// - Shapes: `cache` any `[N, …, L, …]`, `update` the same but `S ≤ L` along `axis`, `start` integer `[N]` optional (zeros) → `y` like
///   `cache`.
/// - Parity: exact.
/// - Errors: `.axis` for axis 0; `.extent` where `update` does not suit the cache; `.index(input: 2, ...)` where entries leave it.
public struct TensorScatter: OnnxOperator, IndexedMovement {
  public static let name: StaticString = "TensorScatter"
  public static let code = OpCode.tensorScatter
  public static let versions = [24]
  public static let elements = ElementClass.any
  public static let dataflow = Dataflow.moves([0, 1])

  public var axis: Int
  public var isCircular: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...3)
    axis = try node.int(.axis, default: -2)
    switch try node.string(.mode) {
    case nil, "linear": isCircular = false
    case "circular": isCircular = true
    default: throw .attribute(.mode, .unknownValue)
    }
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    guard index == 2, let length = inputs.indices(of: 0, axis: axis)?.upperBound, let entries = inputs.indices(of: 1, axis: axis) else {
      return nil
    }
    return 0...(isCircular ? length : max(0, length - entries.upperBound))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let cache = try inputs.scatteredType(updates: 1)
    let axis = try cache.resolve(axis)
    guard axis > 0 else { throw .axis(self.axis, rank: cache.rank) }
    var expected = cache.dims
    expected[axis] = .unknown
    try inputs.requireShape(1, expected)
    if let length = cache.dims[axis].value, let found = try inputs.require(1).type.dims[axis].value, found > length {
      throw .extent(input: 1, axis: axis, expected: length, found: found)
    }
    if inputs.has(2) {
      _ = try inputs.require(2, elements: .integers)
      try inputs.requireShape(2, [cache.dims[0]])
    }
    return [cache]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    _ = try infer(inputs.facts)
    let cache = try inputs.tensor(0), update = try inputs.tensor(1)
    let axis = try cache.shape.resolve(axis)
    let starts = inputs.optional(2)?.ints() ?? [Int](repeating: 0, count: cache.shape[0])
    let length = cache.shape[axis], lines = update.shape.lines(along: axis), perSample = lines.outer / max(1, cache.shape[0])
    var targets: [Int] = []
    targets.reserveCapacity(update.count)
    for outer in 0..<lines.outer {
      for entry in 0..<lines.extent {
        let start = starts[outer / perSample]
        guard start >= 0, isCircular || start <= length - lines.extent else {
          throw .index(input: 2, found: start, limit: isCircular ? length : length - lines.extent + 1)
        }
        let first = (outer * length + (start % length + entry) % length) * lines.inner
        for element in first..<first + lines.inner { targets.append(element) }
      }
    }
    return [cache.scattered(update, to: targets)]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(axis)
    record.put(isCircular)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    axis = try record.int()
    isCircular = try record.flag()
  }
}
