import Foundation
import O2MOps
import O2MRuntime
import O2MTestSupport
import Testing

/// Schemas/bundle.md and Schemas/operators.md against the code that reads bundles.
struct SchemaTests {
  @Test(arguments: [("bundle.md", "# The bundle format, version "), ("operators.md", "# The operators of a bundle, version ")])
  func titleHasTheVersion(file: String, title: String) throws {
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Schemas/\(file)")
    let line = try #require(try String(contentsOf: path, encoding: .utf8).split(separator: "\n").first)
    #expect(line == "\(title)\(BundleFormat.major).\(BundleFormat.newestMinor)")
  }

  @Test func operatorsHaveTheirNumbers() throws {
    let grammar = try RecordGrammar()
    #expect(
      grammar.operators.mapValues(\.number) == Dictionary(uniqueKeysWithValues: OpCode.allCases.map { ("\($0.name)", Int($0.rawValue)) }))
    #expect(grammar.records.keys.allSatisfy { grammar.operators[$0] != nil })
  }

  /// A node of a model with too few inputs, or too many outputs, is told how many there may be.
  @Test(arguments: OpCode.allCases.filter { $0.versions != nil && $0 != .einsum }) func operandsAreWhatTheTablesSay(code: OpCode) throws {
    let row = try #require(try RecordGrammar().operators["\(code.name)"])
    // What only passes add.
    let added = [OpCode.conv: 1, .convTranspose: 1, .gemm: 1, .matMul: 2][code] ?? 0
    let inputs = row.inputs.components(separatedBy: ", ").dropLast(added), outputs = row.outputs.components(separatedBy: ", ")
    let least = inputs.count - inputs.reversed().prefix { $0.hasSuffix("?") }.count
    let fault = #expect(throws: OpFault.self) { try Op(code, Attributes(inputs: 0, opset: 25)) }
    #expect(fault == .inputCount(expected: least...(inputs.last?.hasSuffix("…") == true ? .max : inputs.count), found: 0), "\(code.name)")
    guard outputs.last?.hasSuffix("…") == false else { return }
    let other = #expect(throws: OpFault.self) { try Op(code, Attributes(inputs: least, outputs: 99, opset: 25)) }
    #expect(other == .outputCount(expected: 1...outputs.count, found: 99), "\(code.name)")
  }

  /// Every record that the tables allow is read to its end and no further, written again as it was, and each field changes the property
  /// of its name alone; what the tables do not allow is refused.
  @Test(arguments: OpCode.allCases) func recordsAreWhatTheTablesSay(code: OpCode) throws {
    let grammar = try RecordGrammar(), name = "\(code.name)"
    let fields = grammar.records[name] ?? [], row = try #require(grammar.operators[name])
    let choices = try fields.map { try grammar.values($0) }
    func bytes(_ chosen: [Int]) throws -> [UInt8] {
      let isBidirectional = fields.indices.contains { fields[$0].names == ["direction"] && choices[$0][chosen[$0]].text == "bidirectional" }
      return try fields.indices.flatMap { try grammar.values(fields[$0], directions: isBidirectional ? 2 : 1)[chosen[$0]].bytes }
    }
    let base = fields.map { _ in 0 }
    let usual = try Record(code, bytes(base))
    #expect(usual.op.code.memory.contains(.inPlace) == row.runsInPlace)
    for index in fields.indices {
      for choice in choices[index].indices {
        var chosen = base
        chosen[index] = choice
        let record = try Record(code, bytes(chosen)), value = choices[index][choice]
        let changed = record.properties.filter { usual.properties[$0.key] != $0.value }.keys
        let expected = value.name == "direction" ? ["direction", "functions"] : [value.name]
        #expect(
          changed.allSatisfy { expected.contains(String($0.split(separator: ".").last ?? "")) }, "\(name).\(value.name) changes \(changed)")
        #expect(choice == 0 || !changed.isEmpty, "\(name).\(value.name) changes nothing")
        let found = record.properties.first { $0.key == value.name || $0.key.hasSuffix("." + value.name) }?.value
        if value.text.first?.isLetter == true {
          #expect(try #require(found).lowercased().contains(value.text.lowercased()), "\(name).\(value.name)")
        } else if !value.text.isEmpty {
          #expect(found == value.text || found == "Optional(\(value.text))", "\(name).\(value.name)")
        }
      }
      for damage in try grammar.damage(fields[index]) {
        var damaged = try fields.indices.map { try grammar.values(fields[$0])[0].bytes }
        damaged[index] = damage
        #expect(throws: FormatFault.self, "\(name).\(fields[index].names[0]) \(damage)") { try Op.read(code, damaged.flatMap { $0 }) }
      }
    }
    if let first = fields.firstIndex(where: { $0.missing != nil }) {
      let old = choices[..<first].flatMap { $0[0].bytes }
      let record = try Record(code, old, isWhole: false)
      let meant = fields[first...].map { $0.missing.flatMap { UInt8($0) } }
      if !meant.contains(nil) { #expect(try Op.read(code, old + meant.compactMap { $0 }).properties == record.properties) }
    }
  }

  /// A record that was read, and found to be written as it was.
  private struct Record {
    let op: Op
    let properties: [String: String]

    /// A whole record ends where its fields end, whatever follows.
    init(_ code: OpCode, _ bytes: [UInt8], isWhole: Bool = true) throws {
      (op, properties) = try Op.read(code, bytes)
      var record = RecordWriter()
      op.encode(to: &record)
      #expect(record.bytes == bytes, "\(code.name)")
      if isWhole { _ = try Op.read(code, bytes + [UInt8](repeating: 0, count: 64), end: bytes.count) }
    }
  }
}

extension Op {
  /// Reads a record that must end at `end`, with the properties of the operator by their paths.
  fileprivate static func read(_ code: OpCode, _ bytes: [UInt8], end: Int? = nil) throws -> (op: Op, properties: [String: String]) {
    try bytes.withUnsafeBytes { raw in
      var reader = RecordReader(raw, range: 0..<raw.count)
      let op = try Op(code, from: &reader)
      #expect(reader.offset == end ?? raw.count, "\(code.name) reads \(reader.offset) bytes of \(end ?? raw.count)")
      var properties: [String: String] = [:]
      list(op, "", into: &properties)
      return (op, properties)
    }
  }

  private static func list(_ value: Any, _ path: String, into properties: inout [String: String]) {
    if let body = value as? Body {
      properties[path] = "\(body.graph.encoded())"
      return
    }
    let mirror = Mirror(reflecting: value)
    guard mirror.displayStyle == .struct || path.isEmpty else {
      properties[path] = String(describing: value)
      return
    }
    for child in mirror.children {
      // The case of `Op` is no part of a path.
      let label = value is Op ? "" : child.label ?? ""
      list(child.value, path.isEmpty ? label : path + "." + label, into: &properties)
    }
  }
}
