import O2MOps
import O2MTensor

/// What a bundle says of itself: its inputs and outputs, what their numbers mean, what it needs, where it comes from.
///
/// - Spec: Schemas/bundle.md, "Section manifest".
public struct Manifest: BundleSection, Equatable, Sendable {
  public static let type = SectionType.manifest

  /// An input or an output by its ONNX name.
  public struct Port: Equatable, Sendable {
    @UTF8Text public var name: String
    public var type: TypedShape

    public init(_ name: UTF8Text, _ type: TypedShape) {
      _name = name
      self.type = type
    }
  }

  /// A file of external data that the ONNX file reads.
  public struct SourceFile: Equatable, Sendable {
    /// Below the folder of the ONNX file.
    @UTF8Text public var path: String
    public var bytes: Int
    public var hash: [UInt8]

    public init(path: UTF8Text, bytes: Int, hash: [UInt8]) {
      _path = path
      self.bytes = bytes
      self.hash = hash
    }
  }

  public var inputs: [Port] = []
  public var outputs: [Port] = []
  /// The names of classes, in the order of an output's elements; empty where there are none.
  @UTF8Texts public var labels: [String]
  /// How a picture becomes the input, as `key=value,...`; empty where nothing is known.
  @UTF8Text public var preprocessing: String
  /// The codes of the operators in the graph, ascending; a reader that lacks one refuses the bundle.
  public var operators: [UInt16] = []
  /// Bytes that a session allocates for values, and that the weights section takes when installed.
  public var arenaBytes = 0
  public var weightBytes = 0
  /// SHA-256 and length of the ONNX file; empty and 0 where the model was built in code.
  public var sourceHash: [UInt8] = []
  public var sourceBytes = 0
  /// The version of the tool that wrote the bundle.
  @UTF8Text public var tool: String
  /// The precision that was asked for, as the command line names it.
  @UTF8Text public var precision: String
  /// The passes that changed the graph, in order.
  @UTF8Texts public var passes: [String]
  /// The other files that the ONNX file reads, by path; nil in bundles before 1.4, and where the model was built in code.
  public var externalData: [SourceFile]?

  public init() {}
}

extension Manifest {
  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    for ports in [inputs, outputs] {
      record.put(UInt32(ports.count))
      for port in ports {
        record.put(port.$name)
        record.put(port.type)
      }
    }
    record.put($labels)
    record.put($preprocessing)
    record.put(UInt32(operators.count))
    for code in operators { record.put(code) }
    record.put(arenaBytes)
    record.put(weightBytes)
    record.put(UInt32(sourceHash.count))
    record.put(raw: sourceHash)
    record.put(sourceBytes)
    record.put($tool)
    record.put($precision)
    record.put($passes)
    if let externalData {
      record.put(UInt32(externalData.count))
      for file in externalData {
        record.put(file.$path)
        record.put(file.bytes)
        record.put(UInt32(file.hash.count))
        record.put(raw: file.hash)
      }
    }
    return record.bytes
  }

  /// Reads the section; bytes after the last known field belong to a later minor version.
  public init(from record: inout RecordReader, limit: Int) throws(FormatFault) {
    inputs = try record.ports(limit: limit)
    outputs = try record.ports(limit: limit)
    $labels = try record.texts()
    $preprocessing = try record.text(limit: 65536)
    for _ in 0..<(try record.count(of: 2)) { operators.append(try record.operatorCode().rawValue) }
    arenaBytes = try record.length()
    weightBytes = try record.length()
    sourceHash = Array(try record.raw(try record.count(of: 1)))
    sourceBytes = try record.length()
    $tool = try record.text()
    $precision = try record.text()
    $passes = try record.texts()
    if record.isAtEnd { return }
    var files: [SourceFile] = []
    for _ in 0..<(try record.count(of: 16)) {
      files.append(SourceFile(path: try record.text(), bytes: try record.length(), hash: Array(try record.raw(try record.count(of: 1)))))
    }
    externalData = files
  }
}

extension RecordReader {
  fileprivate mutating func ports(limit: Int) throws(FormatFault) -> [Manifest.Port] {
    var ports: [Manifest.Port] = []
    for _ in 0..<(try count(of: 6)) { ports.append(Manifest.Port(try text(), try typedShape(limit: limit))) }
    return ports
  }
}
