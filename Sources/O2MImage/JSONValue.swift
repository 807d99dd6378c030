import HostSystem

/// JSON of any form.
package enum JSONValue: Decodable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case table([String: JSONValue])

  /// nil where it is no JSON.
  package init?(_ json: some Sequence<UInt8>) {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(json)) else { return nil }
    self = value
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .table(try container.decode([String: JSONValue].self))
    }
  }

  package var bool: Bool? {
    switch self {
    case .bool(let value): value
    case .number(let value): value != 0
    default: nil
    }
  }

  package var number: Double? { if case .number(let value) = self { value } else { nil } }
  /// Cut towards 0; nil where no integer holds it.
  package var integer: Int? { number.flatMap { Int(exactly: $0.rounded(.towardZero)) } }
  package var text: String? { if case .text(let value) = self { value } else { nil } }
  package var list: [JSONValue]? { if case .list(let values) = self { values } else { nil } }
  package var table: [String: JSONValue]? { if case .table(let values) = self { values } else { nil } }
  /// A list of nothing else; nil for others.
  package var numbers: [Double]? { list?.all(\.number) }
  package var texts: [String]? { list?.all(\.text) }
}

extension JSONValue: CustomStringConvertible {
  /// As JSON writes it, in one line.
  package var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let value): value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    case .text(let value): "\"\(value)\""
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    case .table(let values):
      "{" + values.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
    }
  }
}

extension Array {
  /// Of every element; nil where one has none.
  fileprivate func all<Value>(_ value: (Element) -> Value?) -> [Value]? {
    let found = compactMap(value)
    return found.count == count ? found : nil
  }
}
