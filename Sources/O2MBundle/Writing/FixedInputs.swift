import O2MOps
import O2MRuntime
import O2MTensor

/// Inputs of the original model that are constants in the bundle, so that its signature lacks them; a bundle runs without this.
///
/// - Spec: Schemas/bundle.md, "Section fixed inputs".
public struct FixedInputs: OptionalSection, Sendable {
  public static let type = SectionType.fixedInputs

  public enum Value: Sendable {
    case tensor(Tensor)
    case texts(Shape, [String])
  }

  public struct Entry: Sendable {
    public var name: String
    public var value: Value

    public init(name: String, value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// In the model's order.
  public var entries: [Entry]

  public init(_ entries: [Entry]) { self.entries = entries }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(entries.count))
    for entry in entries {
      record.put(UTF8Text(entry.name))
      switch entry.value {
      case .tensor(let tensor):
        record.put(TypedShape(tensor.element, tensor.shape))
        tensor.withBytes { bytes in for byte in bytes { record.put(byte) } }
      case .texts(let shape, let texts):
        record.put(TypedShape(.string, shape))
        record.put(texts.map { UTF8Text($0) })
      }
    }
    return record.bytes
  }

  public init(from record: inout RecordReader, of graph: FlatGraph) throws(FormatFault) {
    entries = []
    for _ in 0..<(try record.count(of: 6)) {
      let name = String(try record.text())
      let start = record.offset
      let code = try record.byte(), rank = try record.choice(BundleFormat.maximumRank + 1)
      guard let element = ElementType(rawValue: code), element.isHeld || element == .string else {
        throw .value(offset: start, found: Int(code), limit: ElementType.allCases.count)
      }
      var dims: [Int] = []
      for _ in 0..<rank { dims.append(try record.length()) }
      let shape = Shape(dims)
      guard let count = shape.checkedCount else { throw .value(offset: start, found: .max, limit: .max) }
      guard element != .string else {
        let texts = try record.texts().map { String($0) }
        guard texts.count == count else { throw .value(offset: start, found: texts.count, limit: count) }
        entries.append(Entry(name: name, value: .texts(shape, texts)))
        continue
      }
      let (size, overflow) = count.multipliedReportingOverflow(by: element.size)
      guard !overflow else { throw .value(offset: start, found: count, limit: .max) }
      let raw = try record.raw(size), storage = TensorStorage(byteCount: size)
      storage.bytes.copyMemory(from: raw)
      entries.append(Entry(name: name, value: .tensor(Tensor(element, shape, storage: storage))))
    }
  }
}
