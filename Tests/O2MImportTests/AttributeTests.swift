import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// An attribute that an operator does not have at the model's opset is refused by name, at every operator.
@Suite struct AttributeTests {
  struct Operator: Sendable, CustomTestStringConvertible {
    let key: String
    let versions: [(version: Int, names: Set<String>)]
    var testDescription: String { key }
    var domain: String { key.contains(".") ? String(key[..<(key.lastIndex(of: ".") ?? key.startIndex)]) : "" }
    var type: String { key.split(separator: ".").last.map(String.init) ?? key }
  }

  static let operators = AttributeTable.versions.map { Operator(key: $0.key, versions: $0.value) }.sorted { $0.key < $1.key }

  /// What is refused of a node with these attributes.
  private func refused(_ item: Operator, _ opset: Int, _ attributes: [String]) throws -> [String: AttributeRefusal] {
    var model = ModelWriter(opset: item.domain.isEmpty ? opset : 17)
    if !item.domain.isEmpty { model.opsets.append((item.domain, opset)) }
    model.input("x", .float32, [2])
    model.node(item.type, ["x"], ["y"], name: "n", domain: item.domain, attributes.map { ($0, .string("x")) })
    model.output("y")
    guard case .refused(let refusal)? = try imported(model.bytes).failure else { return [:] }
    return Dictionary(uniqueKeysWithValues: refusal.attributes.map { ($0.name, $0.refusal) })
  }

  @Test(arguments: operators)
  func attributesBelongToVersions(item: Operator) throws {
    let all = item.versions.reduce(into: Set<String>()) { $0.formUnion($1.names) }
    for (version, names) in item.versions {
      let found = try refused(item, version, all.sorted() + ["colour", "__note"])
      #expect(Set(found.keys) == all.subtracting(names).union(["colour"]), "opset \(version)")
      #expect(found["colour"] == .notInVersion(since: nil))
      for (name, refusal) in found where name != "colour" {
        #expect(refusal == .notInVersion(since: item.versions.first { $0.version > version && $0.names.contains(name) }?.version))
      }
    }
  }

  @Test func everyOperatorOfONNXIsInTheTable() {
    let known = Set(Self.operators.map(\.key))
    let ours = SupportedOperator.all.map(\.name).filter { !$0.contains(".") || $0.hasPrefix("ai.onnx") }
    // ONNX Runtime's optimizer writes this one without a domain; ONNX has none of the name.
    for name in ours where name != "SimplifiedLayerNormalization" { #expect(known.contains(name), "\(name)") }
  }

  /// In a branch and in a function too, once for all turns of a loop.
  @Test func bodiesAreChecked() throws {
    var body = ModelWriter()
    body.input("number", .int64, [])
    body.input("before", .bool, [])
    body.node("Identity", ["before"], ["after"])
    body.node("SpaceToDepth", ["x"], ["row"], name: "blocks", [("blocksize", .int(2)), ("mode", .string("CRD"))])
    body.output("after", .bool)
    body.output("row")
    var model = ModelWriter()
    model.input("x", .float32, [1, 1, 2, 2])
    model.initializer("trips", .scalar(Int64(3)))
    model.node("Loop", ["trips"], ["y"], name: "loop", [("body", .graph(body))])
    model.output("y")
    let node = NodeReference(name: "loop[0]/blocks", type: "SpaceToDepth", domain: "", opset: 17)
    let refused = RefusedAttribute(node: node, name: "mode", refusal: .notInVersion(since: 28))
    let error = try imported(model.bytes).failure
    #expect(error == .refused(Refusal(attributes: [refused])) && error?.kind == .invalid)
  }
}
