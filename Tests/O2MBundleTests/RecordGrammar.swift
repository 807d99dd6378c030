import Foundation
import O2MOps
import O2MTensor

/// The records of operators as the tables of Schemas/operators.md have them.
struct RecordGrammar {
  /// A field of the flat record: those of structures stand in their place.
  struct Field {
    /// One name, or one per bit.
    var names: [String]
    var type: String
    var allowed: String
    /// What an older record without the field means; nil where every record has the field.
    var missing: String?
  }

  /// One value of a field: its bytes, which property it changes, and how that property reads then.
  struct Value {
    var bytes: [UInt8]
    var name: String
    var text: String
  }

  struct Row {
    var number: Int
    var inputs: String
    var outputs: String
    var runsInPlace: Bool
  }

  private(set) var operators: [String: Row] = [:]
  private(set) var records: [String: [Field]] = [:]
  private var enumerations: [String: [String]] = [:]
  private var activations: [(name: String, parameters: Int)] = []

  init() throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Schemas/operators.md")
    var rows: [[String]: [[String]]] = [:]
    var head: [String] = []
    for line in try String(contentsOf: path, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
      guard line.hasPrefix("|") else {
        head = []
        continue
      }
      let cells = line.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      if head.isEmpty { head = cells } else if !cells[0].hasPrefix("---") { rows[head, default: []].append(cells) }
    }
    for cells in rows[["number", "operator", "inputs", "outputs", "in place", "channels last"]] ?? [] {
      operators[cells[1]] = Row(number: Int(cells[0]) ?? 0, inputs: cells[2], outputs: cells[3], runsInPlace: cells[4] == "yes")
    }
    for cells in rows[["enumeration", "numbers"]] ?? [] {
      let items = cells[1].components(separatedBy: ", ").map { $0.components(separatedBy: " ") }
      guard items.indices.allSatisfy({ items[$0][0] == "\($0)" }) else { throw Unreadable(text: cells[1]) }
      enumerations[cells[0]] = items.map { $0[1] }
    }
    for cells in rows[["number", "activation", "parameters", "y"]] ?? [] {
      guard cells[0] == "\(activations.count)" else { throw Unreadable(text: cells[0]) }
      activations.append((cells[1], cells[2].isEmpty ? 0 : cells[2].components(separatedBy: ", ").count))
    }
    var structures: [String: [Field]] = [:], names: [String] = []
    for cells in rows[["structure", "field", "type", "allowed", "meaning"]] ?? [] {
      if !cells[0].isEmpty { names = [cells[0]] }
      structures[names[0], default: []].append(Field(names: [cells[1]], type: cells[2], allowed: cells[3]))
    }
    for cells in rows[["operator", "field", "type", "allowed", "since", "meaning"]] ?? [] {
      if !cells[0].isEmpty { names = cells[0].components(separatedBy: ", ") }
      var field = Field(names: cells[1].components(separatedBy: ", "), type: cells[2], allowed: cells[3])
      if !cells[4].isEmpty { field.missing = cells[4].components(separatedBy: "else ").last }
      for name in names { records[name, default: []] += structures[field.type] ?? [field] }
    }
  }

  struct Unreadable: Error { var text: String }

  /// Values that the field may have; the first ones are not what an older record means.
  func values(_ field: Field, directions: Int = 1) throws -> [Value] {
    let name = field.names[0]
    func value(_ text: String, _ put: (inout RecordWriter) -> Void) -> Value {
      var record = RecordWriter()
      put(&record)
      return Value(bytes: record.bytes, name: name, text: text)
    }
    let numbers = try Self.numbers(field.allowed)
    switch field.type {
    case "flag":
      let values = [value("true") { $0.put(true) }, value("false") { $0.put(false) }]
      return field.missing == "1" ? values.reversed() : values
    case "bits":
      return [value("") { $0.put(UInt8(0)) }]
        + field.names.indices.map { bit in
          var set = value("true") { $0.put(UInt8(1 << bit)) }
          set.name = field.names[bit]
          return set
        }
    case "u8": return numbers.filter { "\($0)" != field.missing }.map { number in value("\(number)") { $0.put(UInt8(number)) } }
    case "i64": return numbers.map { number in value("\(number)") { $0.put(number) } }
    case "u64": return [1, UInt64.max].map { number in value("\(number)") { $0.put(number) } }
    case "f32": return [0.25, 1.5, Float.infinity].map { number in value("\(number)") { $0.put(number) } }
    case "i64?": return [3, nil].map { number in value(number.map { "\($0)" } ?? "nil") { $0.put(number) } }
    case "list of i64":
      let lists = [numbers, [], [numbers[1]]]
      return lists.map { list in value("\(list)") { $0.put(list) } }
    case "list of list of i64":
      return [[numbers], [], [[], numbers]].map { lists in
        value("\(lists)") {
          $0.put(UInt32(lists.count))
          for list in lists { $0.put(list) }
        }
      }
    case "element", "element?":
      let types: [ElementType] = field.allowed == "1, 16" ? [.float32, .bfloat16] : [.int64, .float32, .bool]
      let none = field.type == "element?" ? [value("nil") { $0.put(UInt8(0)) }] : []
      return types.map { type in value("\(type)") { $0.put(type.rawValue) } } + none
    case "activation":
      return activations.enumerated().map { number, activation in
        value(activation.name) {
          $0.put(UInt8(number))
          for index in 0..<activation.parameters { $0.put(Float(index) + 0.5) }
        }
      }
    case "graph":
      // One node, and none.
      let type = TypedShape(.float32, [2]), node = FlatGraph.Node(.neg(Neg()), inputs: [0], outputs: 1..<2)
      let graphs = [
        FlatGraph(values: [type, type], inputCount: 1, constantCount: 0, nodes: [node], outputs: [1]),
        FlatGraph(values: [type], inputCount: 1, constantCount: 0, nodes: [], outputs: [0]),
      ]
      return graphs.map { graph in
        value("") {
          let bytes = graph.encoded()
          $0.put(bytes.count)
          $0.put(raw: bytes)
        }
      }
    case _ where field.type.hasPrefix("enum "):
      guard let cases = enumerations[String(field.type.dropFirst(5))] else { throw Unreadable(text: field.type) }
      let all = cases.enumerated().map { number, text in value(text) { $0.put(UInt8(number)) } }
      return field.missing == nil ? all : all.filter { "\($0.bytes[0])" != field.missing }
    case _ where field.type.hasPrefix("gate "):
      guard let kinds = enumerations["gateFunction"], let count = Int(field.type.split(separator: " ")[2]) else {
        throw Unreadable(text: field.type)
      }
      return kinds.enumerated().map { number, kind in
        value(kind) {
          for index in 0..<count * directions {
            $0.put(UInt8(number))
            $0.put(Float(index))
            $0.put(Float(2))
          }
        }
      }
    default: throw Unreadable(text: field.type)
    }
  }

  /// Bytes that the field must not have.
  func damage(_ field: Field) throws -> [[UInt8]] {
    func record(_ put: (inout RecordWriter) -> Void) -> [UInt8] {
      var record = RecordWriter()
      put(&record)
      return record.bytes
    }
    let allowed = field.allowed.isEmpty && field.type.contains("i64") ? "-2147483648…2147483647" : field.allowed
    let bounds = allowed.components(separatedBy: "…").map { Int($0) }
    let outside = bounds.count < 2 ? [] : [bounds[0].map { $0 - 1 }, bounds[1].map { $0 + 1 }].compactMap { $0 }
    switch field.type {
    case "flag": return [[2]]
    case "bits": return [[UInt8(1 << field.names.count)]]
    case "u8": return outside.filter { $0 >= 0 }.map { [UInt8($0)] }
    case "i64": return outside.map { number in record { $0.put(number) } }
    case "i64?": return [[2]] + outside.map { number in record { $0.put(Optional(number)) } }
    case "list of i64": return outside.map { number in record { $0.put([number]) } } + [record { $0.put(UInt32.max) }]
    case "element": return field.allowed.isEmpty ? [[0], [ElementType.string.rawValue], [ElementType.complex64.rawValue], [200]] : [[17]]
    case "element?": return [[ElementType.string.rawValue], [ElementType.complex64.rawValue], [200]]
    case "activation": return [[UInt8(activations.count)]]
    case "graph": return [record { $0.put(Int.max) }, record { $0.put(-1) }, record { $0.put(0) }]
    case _ where field.type.hasPrefix("enum "): return [[UInt8(enumerations[String(field.type.dropFirst(5))]?.count ?? 0)]]
    case _ where field.type.hasPrefix("gate "): return [[UInt8(enumerations["gateFunction"]?.count ?? 0)]]
    default: return []
    }
  }

  /// The least number, its neighbour, and the largest of `1…9`, `1…`, `1, 16`, or some of both signs.
  private static func numbers(_ allowed: String) throws -> [Int] {
    if allowed.isEmpty { return [3, -2] }
    let bounds = allowed.components(separatedBy: "…")
    guard bounds.count == 2, let least = Int(bounds[0]) else { return allowed.components(separatedBy: ", ").compactMap { Int($0) } }
    let most = bounds[1].isEmpty ? Int.max : Int(bounds[1]) ?? least
    return [least + 1, least, most].reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
