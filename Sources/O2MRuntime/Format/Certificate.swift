import O2MOps
import O2MTensor

/// How far the bundle's outputs were from the reference's when it was made, and enough to measure it again.
///
/// - Spec: Schemas/bundle.md, "Section certificate". Inputs are not stored but made from a seed by `SeededInput`.
public struct Certificate: OptionalSection, Equatable, Sendable {
  public static let type = SectionType.certificate

  /// What an output was and how well it was met.
  public struct Output: Equatable, Sendable {
    /// The indices of the elements kept; empty where all of them are.
    public var indices: [UInt32] = []
    /// The reference's elements, all or those at `indices`, as float32.
    public var expected: [Float] = []
    public var count = 0
    /// Over all elements of the reference.
    public var norm: Double = 0
    public var sum: Double = 0
    public var least: Float = 0
    public var greatest: Float = 0
    /// The bundle's distance from the reference over all elements.
    public var maxError: Double = 0
    public var meanError: Double = 0
    /// Decibels; infinite where they are equal.
    public var sqnr: Double = 0

    public init() {}
  }

  public struct Case: Equatable, Sendable {
    public var seed: UInt64
    public var outputs: [Output]

    public init(seed: UInt64, outputs: [Output]) {
      self.seed = seed
      self.outputs = outputs
    }
  }

  /// How the inputs are drawn.
  public var distribution: SeededInput.Distribution
  public var cases: [Case]
  /// The least SQNR in decibels that was asked for, and whether every output reached it.
  public var threshold: Double
  public var passed: Bool

  public init(distribution: SeededInput.Distribution, cases: [Case], threshold: Double, passed: Bool) {
    self.distribution = distribution
    self.cases = cases
    self.threshold = threshold
    self.passed = passed
  }

  /// Outputs above this many elements are kept as a sample.
  public static let wholeLimit = 4096
  public static let sampleCount = 1024
}

extension Certificate {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(distribution.rawValue)
    record.put(passed)
    record.put(threshold.bitPattern)
    record.put(UInt32(cases.count))
    for item in cases {
      record.put(item.seed)
      record.put(UInt32(item.outputs.count))
      for output in item.outputs { output.encode(to: &record) }
    }
    return record.bytes
  }

  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    distribution = SeededInput.Distribution(rawValue: UInt8(try record.choice(3))) ?? .unit
    passed = try record.flag()
    threshold = Double(bitPattern: try record.uint64())
    cases = []
    for _ in 0..<(try record.count(of: 12)) {
      let seed = try record.uint64()
      let start = record.offset, count = try record.count(of: 64)
      guard count == graph.outputs.count else { throw .value(offset: start, found: count, limit: graph.outputs.count) }
      var outputs: [Output] = []
      for output in graph.outputs { outputs.append(try Output(from: &record, elements: graph.values[output].shape.count)) }
      cases.append(Case(seed: seed, outputs: outputs))
    }
  }
}

extension Certificate.Output {
  fileprivate func encode(to record: inout RecordWriter) {
    record.put(count)
    record.put(UInt32(indices.count))
    for index in indices { record.put(index) }
    record.put(expected)
    for figure in [norm, sum, maxError, meanError, sqnr] { record.put(figure.bitPattern) }
    record.put(least)
    record.put(greatest)
  }

  fileprivate init(from record: inout RecordReader, elements: Int) throws(FormatFault) {
    let first = record.offset
    count = try record.length()
    guard count == elements else { throw .value(offset: first, found: count, limit: elements) }
    for _ in 0..<(try record.count(of: 4)) {
      let start = record.offset
      let index = try record.uint32()
      guard UInt64(index) < UInt64(count) else { throw .value(offset: start, found: Int(truncatingIfNeeded: index), limit: count) }
      indices.append(index)
    }
    let start = record.offset
    expected = try record.floats()
    let needed = indices.isEmpty ? count : indices.count
    guard expected.count == needed else { throw .value(offset: start, found: expected.count, limit: needed) }
    norm = Double(bitPattern: try record.uint64())
    sum = Double(bitPattern: try record.uint64())
    maxError = Double(bitPattern: try record.uint64())
    meanError = Double(bitPattern: try record.uint64())
    sqnr = Double(bitPattern: try record.uint64())
    least = try record.float()
    greatest = try record.float()
  }
}
