import HostSystem
import O2MRuntime

/// The written forms: `imagenet`, `none`, `key=value,...`, and a JSON file with the same keys, or one of another tool's. Case does not
/// count.
extension Preprocessing {
  /// Parses what `--preprocess` was given. A value that ends in `.json` is a file.
  ///
  /// - Errors: `.unknownKey`, `.repeatedKey`, `.badValue`, `.cannotOpen`, `.notJSON`.
  public init(argument: String) throws(ImageError) {
    if argument.hasSuffix(".json") {
      let file = open(argument, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
      guard file >= 0 else { throw .cannotOpen(errno) }
      defer { close(file) }
      var json: [UInt8] = [], piece = [UInt8](repeating: 0, count: 1 << 16), count = 0
      while true {
        count = read(file, &piece, piece.count)
        guard count > 0 else { break }
        json += piece[..<count]
      }
      guard count == 0 else { throw .notJSON }
      try self.init(json: json)
    } else {
      try self.init(text: argument)
    }
  }

  /// Parses `imagenet`, `none`, or `key=value,...`, where a list continues over commas: `mean=0.5,0.5,0.5,std=1`. Keys may stand on
  /// lines of their own.
  public init(text: String) throws(ImageError) {
    switch text.lowercased() {
    case "imagenet": self = .imagenet
    case "none", "": self.init()
    default:
      var pairs: [(key: String, values: [String])] = []
      let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
      for part in line.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "," || $0 == "\n" }) {
        if let equals = part.firstIndex(of: "=") {
          pairs.append((String(part[..<equals]), [String(part[part.index(after: equals)...])]))
        } else if pairs.isEmpty {
          throw .unknownKey(String(part))
        } else {
          pairs[pairs.count - 1].values.append(String(part))
        }
      }
      try self.init(pairs: pairs)
    }
  }

  /// Parses a JSON object: `{"resize": "short:256", "crop": "224x224", "scale": 0.0078125, "mean": [1, 1, 1]}`.
  public init(json: some Sequence<UInt8>) throws(ImageError) {
    guard let object = JSONValue(json)?.table else { throw .notJSON }
    if let pairs = try PreprocessingSpellings.pairs(object) {
      try self.init(pairs: pairs)
      return
    }
    var pairs: [(key: String, values: [String])] = []
    for key in object.keys.sorted() {
      switch object[key] {
      case .text(let text)?: pairs.append((key, [text]))
      case .number(let number)?: pairs.append((key, [number.description]))
      case let value?:
        guard let numbers = value.numbers else { throw .badValue(key: key, value: value.description) }
        pairs.append((key, numbers.map(\.description)))
      case nil: break
      }
    }
    try self.init(pairs: pairs)
  }

  private init(pairs: [(key: String, values: [String])]) throws(ImageError) {
    self.init()
    var seen: [String] = [], translated: [(key: String, values: [String])] = []
    for (key, values) in pairs {
      guard key.lowercased() == "mode" else {
        translated.append(PreprocessingSpellings.translated(key, values))
        continue
      }
      let text = values.joined(separator: ",")
      guard let meant = PreprocessingSpellings.mode(text) else { throw .badValue(key: key, value: text) }
      translated += meant
    }
    for (key, values) in translated {
      guard !seen.contains(key) else { throw .repeatedKey(key) }
      seen.append(key)
      let bad = ImageError.badValue(key: key, value: values.joined(separator: ","))
      if key == "mean" || key == "std" {
        let numbers = values.compactMap(Self.number)
        guard numbers.count == values.count, numbers.count == 1 || numbers.count == 3 else { throw bad }
        if key == "mean" {
          mean = numbers
        } else {
          guard !numbers.contains(0) else { throw bad }
          std = numbers
        }
        continue
      }
      guard values.count == 1 else { throw bad }
      let value = values[0].lowercased()
      switch key {
      case "resize":
        if value == "none" {
          resize = .none
        } else if value.hasPrefix("short:") {
          guard let side = Self.side(value.dropFirst("short:".count)) else { throw bad }
          resize = .short(side)
        } else if value.hasPrefix("letterbox:") {
          guard let extent = Self.extent(String(value.dropFirst("letterbox:".count))) else { throw bad }
          resize = .letterbox(extent)
        } else {
          guard let extent = Self.extent(value) else { throw bad }
          resize = .exact(extent)
        }
      case "filter":
        guard let found = Filter(name: value) else { throw bad }
        filter = found
      case "crop":
        crop = Self.extent(value)
        guard crop != nil || value == "none" else { throw bad }
      case "pad":
        guard let level = UInt8(value) else { throw bad }
        pad = level
      case "align":
        guard let found = Alignment(name: value) else { throw bad }
        align = found
      case "order":
        guard let found = Order(name: value) else { throw bad }
        order = found
      case "scale":
        guard let found = Self.number(value), found != 0 else { throw bad }
        scale = found
      case "layout":
        guard let found = AxisOrder(name: value) else { throw bad }
        layout = found
      default: throw .unknownKey(key)
      }
    }
    guard case .letterbox = resize else {
      if let key = ["pad", "align"].first(where: seen.contains) { throw .withoutLetterbox(key: key) }
      return
    }
    guard crop == nil else { throw .cropOfLetterbox }
  }

  /// The canonical form, which `init(text:)` reads back to an equal value. It stands in the bundle's manifest.
  public var text: String {
    var parts: [String] = []
    switch resize {
    case .none: parts.append("resize=none")
    case .short(let side): parts.append("resize=short:\(side)")
    case .exact(let extent): parts.append("resize=\(extent.width)x\(extent.height)")
    case .letterbox(let extent):
      parts += ["resize=letterbox:\(extent.width)x\(extent.height)", "pad=\(pad)", "align=\(align.name)"]
    }
    parts.append("filter=\(filter.name)")
    parts.append("crop=" + (crop.map { "\($0.width)x\($0.height)" } ?? "none"))
    parts.append("order=\(order.name)")
    parts.append("scale=\(scale)")
    parts.append("mean=" + mean.map(\.description).joined(separator: ","))
    parts.append("std=" + std.map(\.description).joined(separator: ","))
    parts.append("layout=\(layout.name)")
    return parts.joined(separator: ",")
  }

  /// A finite number, or a quotient of two: `1/255`.
  private static func number(_ text: String) -> Double? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    let value = parts.count == 1 ? parts[0] : parts.count == 2 ? parts[0].flatMap { top in parts[1].map { top / $0 } } : nil
    return value.flatMap { $0.isFinite ? $0 : nil }
  }

  private static func side(_ text: some StringProtocol) -> Int? {
    guard let value = Int(text), (1...longestSide).contains(value) else { return nil }
    return value
  }

  private static func extent(_ text: String) -> Extent? {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { side($0) }
    guard parts.count == 2, let width = parts[0], let height = parts[1] else { return nil }
    return Extent(width: width, height: height)
  }
}

/// A choice that is written as one word.
public protocol Named: CaseIterable {}

extension Filter: Named {}
extension Preprocessing.Order: Named {}
extension Preprocessing.AxisOrder: Named {}
extension Preprocessing.Alignment: Named {}

extension Named {
  public var name: String { "\(self)" }

  public init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}

extension Manifest {
  /// How a picture becomes the input; nil where nothing is known.
  public var preparation: Preprocessing? { preprocessing.isEmpty ? nil : try? Preprocessing(text: preprocessing) }
}
