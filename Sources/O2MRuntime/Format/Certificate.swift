import O2MOps
import O2MTensor

/// How far the bundle's outputs were from the reference's when it was made, and enough to measure it again.
///
/// - Spec: Schemas/bundle.md, "Section certificate". Inputs are stored, or made from a seed by `SeededInput`.
public struct Certificate: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.certificate

  /// Where the elements of an input come from.
  public enum Input: Equatable, Sendable {
    /// Numbers from the case's seed.
    case seeded(SeededInput.Distribution)
    /// Whole numbers of a range, from the case's seed.
    case integers(ClosedRange<Int>)
    /// The elements themselves, row-major and little-endian.
    case stored([UInt8])
    /// State: what the case before left, in the first one what stands there before the first run.
    case carried
  }

  /// What the inputs were that the verdict was measured on.
  public enum Evidence: UInt8, Sendable {
    /// Drawn from a seed.
    case seeded = 0
    /// The user's.
    case data = 1
    /// Drawn, and an output told nothing about the model.
    case weak = 2
  }

  /// What an output was and how well it was met.
  public struct Output: Equatable, Sendable {
    /// The indices of the elements kept; empty where all of them are.
    public var indices: [UInt32] = []
    /// The reference's elements, all or those at `indices`, in the output's type: row-major and little-endian.
    public var expected: [UInt8] = []
    public var count = 0
    /// Over all elements of the reference.
    public var norm: Double = 0
    public var sum: Double = 0
    public var least: Double = 0
    public var greatest: Double = 0
    /// The bundle's distance from the reference over all elements.
    public var maxError: Double = 0
    public var meanError: Double = 0
    /// Decibels; infinite where they are equal.
    public var sqnr: Double = 0

    public init() {}
  }

  public struct Case: Equatable, Sendable {
    public var seed: UInt64
    /// One for each input of the graph.
    public var inputs: [Input]
    public var outputs: [Output]

    public init(seed: UInt64, inputs: [Input], outputs: [Output]) {
      self.seed = seed
      self.inputs = inputs
      self.outputs = outputs
    }
  }

  public var cases: [Case]
  /// The least SQNR in decibels that was asked for, and whether every output reached it.
  public var threshold: Double
  public var passed: Bool
  public var evidence: Evidence

  public init(cases: [Case], threshold: Double, passed: Bool, evidence: Evidence = .seeded) {
    self.cases = cases
    self.threshold = threshold
    self.passed = passed
    self.evidence = evidence
  }

  /// Outputs above this many elements are kept as a sample.
  public static let wholeLimit = 4096
  public static let sampleCount = 1024
  /// The first byte where each input says where it comes from. Below it the byte is the distribution of all inputs, and what is kept of
  /// outputs is float32, as formats before 1.3 have it.
  fileprivate static let ownInputs = 3
}

extension Certificate {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt8(Self.ownInputs))
    record.put(passed)
    record.put(threshold.bitPattern)
    record.put(evidence.rawValue)
    record.put(UInt32(cases.count))
    for item in cases {
      record.put(item.seed)
      record.put(UInt32(item.inputs.count))
      for input in item.inputs { input.encode(to: &record) }
      record.put(UInt32(item.outputs.count))
      for output in item.outputs { output.encode(to: &record) }
    }
    return record.bytes
  }

  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    let form = try record.choice(Self.ownInputs + 1)
    let distribution = SeededInput.Distribution(rawValue: UInt8(form))
    passed = try record.flag()
    threshold = Double(bitPattern: try record.uint64())
    evidence = distribution == nil ? Evidence(rawValue: UInt8(try record.choice(3))) ?? .seeded : .seeded
    cases = []
    for _ in 0..<(try record.count(of: 12)) {
      let seed = try record.uint64()
      var inputs: [Input] = []
      if let distribution {
        for _ in 0..<graph.inputCount { inputs.append(.seeded(distribution)) }
      } else {
        let start = record.offset, count = try record.count(of: 1)
        guard count == graph.inputCount else { throw .value(offset: start, found: count, limit: graph.inputCount) }
        for index in 0..<count { inputs.append(try Input(from: &record, bytes: graph.values[index].byteCount)) }
      }
      let start = record.offset, count = try record.count(of: 64)
      guard count == graph.outputs.count else { throw .value(offset: start, found: count, limit: graph.outputs.count) }
      var outputs: [Output] = []
      for output in graph.outputs { outputs.append(try Output(from: &record, of: graph.values[output], isTyped: distribution == nil)) }
      cases.append(Case(seed: seed, inputs: inputs, outputs: outputs))
    }
  }
}

extension Certificate.Input {
  fileprivate func encode(to record: inout RecordWriter) {
    switch self {
    case .seeded(let distribution): record.put(distribution.rawValue)
    case .integers(let range):
      record.put(UInt8(3))
      record.put(range.lowerBound)
      record.put(range.upperBound)
    case .stored(let bytes):
      record.put(UInt8(4))
      record.put(UInt32(bytes.count))
      record.put(raw: bytes)
    case .carried: record.put(UInt8(5))
    }
  }

  fileprivate init(from record: inout RecordReader, bytes: Int) throws(FormatFault) {
    let kind = try record.choice(6), start = record.offset
    switch kind {
    case 3:
      let low = try record.int(in: Self.bounds), high = try record.int(in: Self.bounds)
      guard low <= high else {
        throw .value(offset: start, found: low, limit: high)
      }
      self = .integers(low...high)
    case 4:
      let count = try record.count(of: 1)
      guard count == bytes else { throw .value(offset: start, found: count, limit: bytes) }
      self = .stored([UInt8](try record.raw(count)))
    case 5: self = .carried
    default: self = .seeded(SeededInput.Distribution(rawValue: UInt8(kind)) ?? .unit)
    }
  }

  /// Ranges are within these, so that the number of their integers can be told.
  public static var bounds: ClosedRange<Int> { -(1 << 62)...(1 << 62) }
}

extension Certificate.Output {
  fileprivate func encode(to record: inout RecordWriter) {
    record.put(count)
    record.put(UInt32(indices.count))
    for index in indices { record.put(index) }
    record.put(UInt32(expected.count))
    record.put(raw: expected)
    for figure in [norm, sum, maxError, meanError, sqnr, least, greatest] { record.put(figure.bitPattern) }
  }

  fileprivate init(from record: inout RecordReader, of value: TypedShape, isTyped: Bool) throws(FormatFault) {
    let elements = value.shape.count, first = record.offset
    count = try record.length()
    // Where a run decides the extents, the reference may have given another number; a self-test tells.
    let limit = max(elements, BundleFormat.maximumRecords)
    guard count <= limit else { throw .value(offset: first, found: count, limit: limit) }
    for _ in 0..<(try record.count(of: 4)) {
      let start = record.offset
      let index = try record.uint32()
      guard UInt64(index) < UInt64(count) else { throw .value(offset: start, found: Int(truncatingIfNeeded: index), limit: count) }
      indices.append(index)
    }
    let start = record.offset, needed = indices.isEmpty ? count : indices.count
    if isTyped {
      let found = try record.count(of: 1)
      guard found == needed * value.element.size else { throw .value(offset: start, found: found, limit: needed * value.element.size) }
      expected = [UInt8](try record.raw(found))
    } else {
      let kept = try record.floats()
      guard kept.count == needed else { throw .value(offset: start, found: kept.count, limit: needed) }
      expected = Tensor(value.element, [needed], rounding: kept.map { Double($0) }).bytes
    }
    norm = Double(bitPattern: try record.uint64())
    sum = Double(bitPattern: try record.uint64())
    maxError = Double(bitPattern: try record.uint64())
    meanError = Double(bitPattern: try record.uint64())
    sqnr = Double(bitPattern: try record.uint64())
    least = isTyped ? Double(bitPattern: try record.uint64()) : Double(try record.float())
    greatest = isTyped ? Double(bitPattern: try record.uint64()) : Double(try record.float())
  }
}

extension Session {
  /// What the model is run on in a case of a certificate; carried inputs are what the session has now.
  public func inputs(of item: Certificate.Case) -> [Tensor] {
    var tensors: [Tensor] = []
    for (index, given) in item.inputs.enumerated() where index < graph.inputCount {
      let type = inputType(index)
      tensors.append(
        given.tensor(type.element, type.shape, seed: item.seed, index: index)
          ?? Tensor(type.element, type.shape, bytes: [UInt8](input(index))))
    }
    return tensors
  }
}

extension Certificate.Input {
  /// nil where it is carried over.
  ///
  /// - Parameter index: which input of its case it is.
  public func tensor(_ element: ElementType, _ shape: Shape, seed: UInt64, index: Int) -> Tensor? {
    var random = SeededInput(seed: seed, input: index)
    switch self {
    case .carried: return nil
    case .seeded(let distribution): return random.tensor(element, shape, distribution)
    case .integers(let range): return random.integers(element, shape, of: range)
    case .stored(let bytes): return Tensor(element, shape, bytes: bytes)
    }
  }
}

extension Tensor {
  /// The elements, row-major.
  public var bytes: [UInt8] { withBytes { [UInt8]($0) } }

  /// - Parameter bytes: of exactly this type and shape.
  public init(_ element: ElementType, _ shape: Shape, bytes: [UInt8]) {
    self.init(element, shape, storage: TensorStorage(byteCount: shape.count * element.size))
    for index in 0..<storage.bytes.count { storage.bytes[index] = bytes[index] }
  }
}
