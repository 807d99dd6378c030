import O2MImport

extension MutationCollector {
  /// Operands that are others, and attributes that the node does not have but its operator knows.
  mutating func visit(node: WireMessage, _ path: [Int], _ place: Mutation.Place) {
    let inputs = node.fields.indices.filter { node.fields[$0].number == node.type.number(of: "input") }
    for (index, field) in inputs.enumerated() {
      for other in inputs where other != field {
        let value = node.fields[other].value
        note(place.entering("input[\(index)]"), "as input \(inputs.firstIndex(of: other) ?? 0)", path) { $0.fields[field].value = value }
      }
    }
    note(place.entering("output"), "one more", path) { $0.append("output", "o2m.more") }
    let type = node.string("op_type"), domain = node.string("domain"), present = Set(node.messages("attribute").map { $0.string("name") })
    for name in AttributeTable.names(of: domain.isEmpty ? type : "\(domain).\(type)").subtracting(present).sorted() {
      for (text, kind, field, values) in Self.added {
        note(place.entering(name), "added as " + text, path) { node in
          var attribute = WireMessage(node.type.message(in: "attribute"))
          attribute.append("name", name)
          for value in values { attribute.append(field, value) }
          attribute.append("type", kind)
          node.append("attribute", .message(attribute))
        }
      }
    }
    // One of the operators beside it in the table at a time: over all fixtures every operator becomes many others.
    let types = Self.types, start = types.firstIndex { $0 >= type } ?? 0
    for step in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144] {
      let other = types[(start + step) % types.count]
      note(place.entering("op_type"), other, path) { $0.set("op_type", .bytes(Array(other.utf8))) }
    }
  }

  private static let types = SupportedOperator.all.map(\.name).filter { !$0.contains(".") }.sorted()

  /// Text, number of the attribute's type, field, values.
  private static let added: [(String, Int, String, [WireMessage.Value])] = {
    func varints(_ values: Int...) -> [WireMessage.Value] { values.map { .varint(UInt64(bitPattern: Int64($0))) } }
    func floats(_ values: Float...) -> [WireMessage.Value] { values.map { .fixed32($0.bitPattern) } }
    return [
      ("0", 2, "i", varints(0)), ("1", 2, "i", varints(1)), ("-1", 2, "i", varints(-1)), ("2^62", 2, "i", varints(1 << 62)),
      ("2^20", 2, "i", varints(1 << 20)), ("[]", 7, "ints", []), ("[0, 0]", 7, "ints", varints(0, 0)),
      ("[1, 1, 1, 1]", 7, "ints", varints(1, 1, 1, 1)), ("[-1, -1]", 7, "ints", varints(-1, -1)),
      ("[2^62, 2^62]", 7, "ints", varints(1 << 62, 1 << 62)), ("[2^31]", 7, "ints", varints(1 << 31)),
      ("NaN", 1, "f", floats(.nan)), ("1e30", 1, "f", floats(1e30)), ("[]", 6, "floats", []), ("[0.5]", 6, "floats", floats(0.5)),
      ("an empty string", 3, "s", [.bytes([])]), ("SAME_UPPER", 3, "s", [.bytes(Array("SAME_UPPER".utf8))]),
    ]
  }()

  /// Lists of other lengths and values of other kinds.
  mutating func visit(attribute: WireMessage, _ path: [Int], _ place: Mutation.Place) {
    let lists = ["ints": 7, "floats": 6].filter { !attribute[$0.key].isEmpty }
    for (name, _) in lists {
      for value in [0, 1, -1, 2, 1 << 20, 1 << 31, 1 << 32 + 1, 1 << 62, .max, .min] where name == "ints" {
        let all = WireMessage.Value.varint(UInt64(bitPattern: Int64(value)))
        note(place.entering("every \(name)"), Self.text(value), path) { attribute in
          let number = attribute.type.number(of: name)
          for index in attribute.fields.indices where attribute.fields[index].number == number { attribute.fields[index].value = all }
        }
      }
      note(place.entering(name), "one", path) { attribute in
        let first = attribute[name][0]
        attribute.set(name, first)
      }
    }
    guard !attribute["s"].isEmpty else { return }
    for choice in Extremes.choices {
      note(place.entering("s"), choice, path) { $0.set("s", .bytes(Array(choice.utf8))) }
    }
  }
}
