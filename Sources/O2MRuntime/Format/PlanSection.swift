import O2MOps
import O2MTensor

extension FlatGraph: BundleSection {
  public static let type = SectionType.graph
}

/// How a graph runs: where every value lies, in which layout, and what is done in which order.
///
/// - Spec: Schemas/bundle.md, "Section plan". A value has one slot for each form in which it is needed.
public struct Plan: BundleSection, Equatable, Sendable {
  public static let type = SectionType.plan

  /// Where a slot's memory is.
  public enum Place: Equatable, Sendable {
    /// Bytes from the start of the arena.
    case arena(Int)
    /// Bytes from the start of the weights section; the number of bytes; where the scales of int8 weights are.
    case weights(Int, count: Int, scales: Int?)
    /// The memory of an earlier slot.
    case alias(Int)
    /// A constant that follows from the input shapes, see `OpenShapes`.
    case derived
  }

  public struct Slot: Equatable, Sendable {
    /// The value in the graph.
    public var value: Int
    public var layout: Layout
    public var packing: Packing
    public var precision: WeightPrecision
    /// Elements from one pixel to the next, in channels last.
    public var pitch: Int
    public var place: Place

    public init(
      _ value: Int, layout: Layout, packing: Packing = .plain, precision: WeightPrecision = .float32, pitch: Int, place: Place
    ) {
      self.value = value
      self.layout = layout
      self.packing = packing
      self.precision = precision
      self.pitch = pitch
      self.place = place
    }
  }

  public enum Step: Equatable, Sendable {
    /// Runs a node on these slots.
    case node(Int, inputs: [Int?], outputs: [Int])
    /// Brings a value from the layout of one slot to that of another.
    case convert(from: Int, to: Int)
  }

  public var arenaBytes: Int
  public var slots: [Slot]
  public var steps: [Step]
  /// The slots of the graph's inputs and outputs, all of them plain.
  public var inputs: [Int]
  public var outputs: [Int]

  public init(arenaBytes: Int, slots: [Slot], steps: [Step], inputs: [Int], outputs: [Int]) {
    self.arenaBytes = arenaBytes
    self.slots = slots
    self.steps = steps
    self.inputs = inputs
    self.outputs = outputs
  }
}

extension Plan {
  /// The section with one entry.
  public func encoded() -> [UInt8] {
    var entry = RecordWriter()
    entry.put(arenaBytes)
    entry.put(UInt32(slots.count))
    entry.put(UInt32(steps.count))
    entry.put(UInt32(inputs.count))
    entry.put(UInt32(outputs.count))
    for slot in slots { slot.encode(to: &entry) }
    for slot in inputs + outputs { entry.put(UInt32(slot)) }
    for step in steps { step.encode(to: &entry) }
    var record = RecordWriter()
    record.put(UInt32(1))
    record.put(entry.bytes.count)
    record.put(raw: entry.bytes)
    return record.bytes
  }

  /// Reads the first entry of the section. Indices are checked against `graph`, places by `PlanCheck`.
  public init(from record: inout RecordReader, graph: FlatGraph) throws(FormatFault) {
    let entries = record.offset
    guard try record.count(of: 8) >= 1 else { throw .value(offset: entries, found: 0, limit: 1) }
    let length = try record.length(), start = record.offset
    _ = try record.raw(length)
    var entry = record.inside(start, length)
    arenaBytes = try entry.length()
    let slotCount = try entry.count(of: Slot.byteCount), stepCount = try entry.count(of: 5)
    let inputCount = try entry.count(of: 4), outputCount = try entry.count(of: 4)
    guard inputCount == graph.inputCount, outputCount == graph.outputs.count else {
      throw .value(offset: start + 16, found: inputCount, limit: graph.inputCount)
    }
    slots = []
    slots.reserveCapacity(slotCount)
    for index in 0..<slotCount { slots.append(try Slot(from: &entry, index: index, graph: graph)) }
    inputs = []
    outputs = []
    for _ in 0..<inputCount { inputs.append(try entry.index(below: slotCount)) }
    for _ in 0..<outputCount { outputs.append(try entry.index(below: slotCount)) }
    steps = []
    steps.reserveCapacity(stepCount)
    for _ in 0..<stepCount { steps.append(try Step(from: &entry, slots: slotCount, graph: graph)) }
    guard entry.isAtEnd else { throw .value(offset: entry.offset, found: length, limit: entry.offset - start) }
  }
}

extension Plan.Slot {
  static let byteCount = 40

  fileprivate func encode(to record: inout RecordWriter) {
    record.put(UInt32(value))
    record.put(layout.rawValue)
    record.put(packing.rawValue)
    record.put(precision.rawValue)
    switch place {
    case .arena: record.put(UInt8(0))
    case .weights: record.put(UInt8(1))
    case .alias: record.put(UInt8(2))
    case .derived: record.put(UInt8(3))
    }
    record.put(pitch)
    switch place {
    case .arena(let offset):
      record.put(offset)
      record.put(0)
      record.put(UInt64.max)
    case .weights(let offset, let count, let scales):
      record.put(offset)
      record.put(count)
      record.put(scales.map { UInt64($0) } ?? .max)
    case .derived:
      record.put(0)
      record.put(0)
      record.put(UInt64.max)
    case .alias(let slot):
      record.put(slot)
      record.put(0)
      record.put(UInt64.max)
    }
  }

  fileprivate init(from record: inout RecordReader, index: Int, graph: FlatGraph) throws(FormatFault) {
    value = try record.index(below: graph.values.count)
    layout = Layout(rawValue: UInt8(try record.choice(2))) ?? .plain
    packing = Packing(rawValue: UInt8(try record.choice(Packing.count))) ?? .plain
    precision = WeightPrecision(rawValue: UInt8(try record.choice(3))) ?? .float32
    let kind = try record.choice(4)
    pitch = try record.length()
    let start = record.offset
    let first = try record.length(), count = try record.length(), scales = try record.uint64()
    switch kind {
    case 0: place = .arena(first)
    case 1:
      guard scales == .max || Int(exactly: scales) != nil else { throw .value(offset: start + 16, found: .max, limit: .max) }
      place = .weights(first, count: count, scales: scales == .max ? nil : Int(scales))
    case 3: place = .derived
    default:
      guard first < index else { throw .value(offset: start, found: first, limit: index) }
      place = .alias(first)
    }
  }
}

extension Plan.Step {
  fileprivate func encode(to record: inout RecordWriter) {
    switch self {
    case .node(let node, let inputs, let outputs):
      record.put(UInt8(0))
      record.put(UInt32(node))
      for slot in inputs { record.put(slot.map { UInt32($0) } ?? UInt32.max) }
      for slot in outputs { record.put(UInt32(slot)) }
    case .convert(let from, let to):
      record.put(UInt8(1))
      record.put(UInt32(from))
      record.put(UInt32(to))
    }
  }

  fileprivate init(from record: inout RecordReader, slots: Int, graph: FlatGraph) throws(FormatFault) {
    if try record.choice(2) == 1 {
      self = .convert(from: try record.index(below: slots), to: try record.index(below: slots))
      return
    }
    let node = try record.index(below: graph.nodes.count)
    var inputs: [Int?] = [], outputs: [Int] = []
    inputs.reserveCapacity(graph.nodes[node].inputs.count)
    outputs.reserveCapacity(graph.nodes[node].outputs.count)
    for _ in graph.nodes[node].inputs { inputs.append(try record.optionalIndex(below: slots)) }
    for _ in graph.nodes[node].outputs { outputs.append(try record.index(below: slots)) }
    self = .node(node, inputs: inputs, outputs: outputs)
  }
}
