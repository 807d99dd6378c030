/// One change of one field of a model.
package struct Mutation {
  /// What is changed, as reports say it.
  package struct Place {
    /// The operator whose node, or whose operand, is changed; empty where it is the model itself.
    package var type = ""
    /// The fields on the way, such as `attribute pads ints[2]`.
    package var field = ""

    func entering(_ name: String) -> Place { Place(type: type, field: field.isEmpty ? name : field + " " + name) }
  }

  package var place: Place
  /// What the field becomes.
  package var value: String
  /// The message that holds it, as places of fields from the model down.
  let path: [Int]
  let change: (inout WireMessage) -> Void

  package func apply(to model: inout WireMessage) { model.change(at: path[...], change) }

  /// Every change of every field of `model`, in the order of the file.
  package static func all(of model: WireMessage) -> [Mutation] {
    var collector = MutationCollector()
    collector.visit(model, [], Place())
    return collector.mutations
  }
}

/// Walks a model and notes what can be changed.
struct MutationCollector {
  private(set) var mutations: [Mutation] = []

  mutating func note(_ place: Mutation.Place, _ value: String, _ path: [Int], _ change: @escaping (inout WireMessage) -> Void) {
    mutations.append(Mutation(place: place, value: value, path: path, change: change))
  }

  /// What nothing is computed from.
  private static let skipped: Set<String> = ["doc_string", "producer_name", "producer_version", "model_version", "metadata_props"]

  mutating func visit(_ message: WireMessage, _ path: [Int], _ place: Mutation.Place) {
    let type = message.type.name
    switch type {
    case "GraphProto": visit(graph: message, path, place)
    case "NodeProto": visit(node: message, path, place)
    case "AttributeProto": visit(attribute: message, path, place)
    case "TensorProto": visit(tensor: message, path, place)
    case "TensorShapeProto": visit(shape: message, path, place)
    default: break
    }
    var counts: [Int: Int] = [:]
    for field in message.fields { counts[field.number, default: 0] += 1 }
    var seen: [Int: Int] = [:]
    for (index, field) in message.fields.enumerated() {
      let number = field.number, place = place
      let turn = seen[number, default: 0], count = counts[number, default: 0]
      seen[number] = turn + 1
      guard let info = message.type.field(number), !Self.skipped.contains(info.name) else { continue }
      var here = place
      if let inner = info.message, let operand = Operand(field.value, inner) {
        here = place.at(operand, in: message, info.name)
      } else {
        // The elements in the middle of a list are treated like their neighbours.
        if info.isRepeated, turn > 1, turn < count - 1 { continue }
        here = place.entering(info.isRepeated ? "\(info.name)[\(turn)]" : info.name)
      }
      note(here, "removed", path) { $0.fields.remove(at: index) }
      if info.isRepeated { note(here, "twice", path) { $0.fields.insert(field, at: index) } }
      if info.isRepeated, turn == 0 {
        note(here, "300 times", path) { $0.fields.insert(contentsOf: repeatElement(field, count: 300), at: index) }
        note(here, "none left", path) { $0.fields.removeAll { $0.number == number } }
      }
      switch field.value {
      case .message(let inner): visit(inner, path + [index], here)
      case .varint(let old):
        for value in Self.integers(type, info.name, Int(truncatingIfNeeded: old)) {
          note(here, Self.text(value), path) { $0.fields[index].value = .varint(UInt64(bitPattern: Int64(value))) }
        }
      case .fixed32:
        for value in Extremes.floats {
          note(here, "\(value)", path) { $0.fields[index].value = .fixed32(Float(value).bitPattern) }
        }
      case .fixed64:
        for value in Extremes.floats + [.greatestFiniteMagnitude] {
          note(here, "\(value)", path) { $0.fields[index].value = .fixed64(value.bitPattern) }
        }
      case .bytes where info.name == "raw_data": break
      case .bytes:
        for value in Extremes.strings where !info.isString || !value.contains(0) {
          note(here, "a string of \(value.count) bytes", path) { $0.fields[index].value = .bytes(value) }
        }
      }
    }
  }

  private static func integers(_ type: String, _ field: String, _ old: Int) -> [Int] {
    switch (type, field) {
    case ("TensorProto", "data_type"), (_, "elem_type"): Extremes.elements
    case ("AttributeProto", "type"): Extremes.attributeTypes
    case ("OperatorSetIdProto", "version"): Extremes.opsets
    case ("ModelProto", "ir_version"): Extremes.irVersions
    default: Extremes.integers + [old &+ 1, old &- 1]
    }
  }

  static func text(_ value: Int) -> String {
    for power in [31, 32, 61, 62] where abs(value.subtractingReportingOverflow(1 << power).partialValue) <= 1 {
      let rest = value - 1 << power
      return "2^\(power)" + (rest == 0 ? "" : rest > 0 ? "+1" : "-1")
    }
    return value == .max ? "2^63-1" : value == .min ? "-2^63" : "\(value)"
  }
}

/// A message with a name of its own: reports speak of it by that.
private enum Operand {
  case node(String)
  case value(String)
  case attribute(String)
  case other

  init?(_ value: WireMessage.Value, _ type: MessageType) {
    guard case .message(let message) = value else { return nil }
    switch type.name {
    case "NodeProto": self = .node(message.string("op_type"))
    case "TensorProto", "ValueInfoProto": self = .value(message.string("name"))
    case "AttributeProto": self = .attribute(message.string("name"))
    default: self = .other
    }
  }
}

extension Mutation.Place {
  /// The place of `operand`, which the field `name` of `message` holds.
  fileprivate func at(_ operand: Operand, in message: WireMessage, _ name: String) -> Mutation.Place {
    switch operand {
    case .node(let type): return Mutation.Place(type: type)
    case .attribute(let attribute): return entering(attribute)
    case .value(let value) where message.type.name == "GraphProto":
      // An operand belongs to the node that reads it, a result to the node that gives it.
      for node in message.messages("node") {
        if let index = node.strings("input").firstIndex(of: value) {
          return Mutation.Place(type: node.string("op_type")).entering("\(name) read as input \(index)")
        }
        if let index = node.strings("output").firstIndex(of: value) {
          return Mutation.Place(type: node.string("op_type")).entering("\(name) that is output \(index)")
        }
      }
      return entering(name)
    case .value, .other: return entering(name)
    }
  }
}
