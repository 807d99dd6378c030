import Foundation
import Testing

/// A JSON Schema, as far as those in Schemas go; another keyword in one is a failure.
struct JSONSchema {
  private let root: [String: Any]
  private static let keywords: Set = [
    "$schema", "title", "description", "$defs", "$ref", "oneOf", "enum", "const", "type", "properties", "required", "additionalProperties",
    "items", "minimum", "maximum", "pattern",
  ]

  init(_ name: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: Tool.root + "/Schemas/" + name))
    root = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// Where `value` breaks the schema; empty where it does not.
  func faults(_ value: Any) -> [String] { faults(value, root, "") }

  private func faults(_ value: Any, _ schema: [String: Any], _ path: String) -> [String] {
    var found = Set(schema.keys).subtracting(Self.keywords).map { "\(path): the keyword '\($0)' is not known" }
    if let reference = schema["$ref"] as? String {
      let name = String(reference.dropFirst("#/$defs/".count))
      guard let definition = (root["$defs"] as? [String: Any])?[name] as? [String: Any] else { return ["\(path): no \(reference)"] }
      found += faults(value, definition, path)
    }
    if let choices = schema["oneOf"] as? [[String: Any]] {
      let tried = choices.map { faults(value, $0, path) }
      if tried.count(where: \.isEmpty) != 1 {
        found.append("\(path): \(tried.count(where: \.isEmpty)) of oneOf hold: \(tried.min { $0.count < $1.count } ?? [])")
      }
    }
    if let allowed = schema["enum"] as? [Any], !allowed.contains(where: { same($0, value) }) {
      found.append("\(path): \(value) is none of \(allowed)")
    }
    if let constant = schema["const"], !same(constant, value) { found.append("\(path): \(value) is not \(constant)") }
    if let type = schema["type"] as? String, !has(value, type) { found.append("\(path): \(value) is no \(type)") }
    if let pattern = schema["pattern"] as? String, let text = value as? String,
      text.range(of: pattern, options: .regularExpression) == nil
    {
      found.append("\(path): \(text) does not match \(pattern)")
    }
    if let number = number(value) {
      if let least = schema["minimum"].flatMap(self.number), number < least { found.append("\(path): \(number) is below \(least)") }
      if let most = schema["maximum"].flatMap(self.number), number > most { found.append("\(path): \(number) is above \(most)") }
    }
    if let items = schema["items"] as? [String: Any], let list = value as? [Any] {
      for (index, item) in list.enumerated() { found += faults(item, items, "\(path)[\(index)]") }
    }
    guard let object = value as? [String: Any] else { return found }
    let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
    for (key, item) in object {
      if let own = properties[key] {
        found += faults(item, own, "\(path).\(key)")
      } else if schema["additionalProperties"] as? Bool == false {
        found.append("\(path): the key '\(key)' is not in the schema")
      }
    }
    for key in schema["required"] as? [String] ?? [] where object[key] == nil { found.append("\(path): the key '\(key)' is missing") }
    return found
  }

  private func same(_ a: Any, _ b: Any) -> Bool {
    if let a = number(a), let b = number(b) { return a == b }
    return a as? String != nil && a as? String == b as? String
  }

  private func has(_ value: Any, _ type: String) -> Bool {
    switch type {
    case "object": value is [String: Any]
    case "array": value is [Any]
    case "string": value is String
    case "boolean": isTruth(value)
    case "null": value is NSNull
    case "number": number(value) != nil
    case "integer": number(value).map { $0 == $0.rounded() } == true
    default: false
    }
  }

  private func number(_ value: Any) -> Double? { isTruth(value) ? nil : (value as? NSNumber)?.doubleValue }

  /// JSON's true and false are numbers to Foundation.
  private func isTruth(_ value: Any) -> Bool { (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false }
}
