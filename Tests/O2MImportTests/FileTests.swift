import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// y = Relu(x), which every damaged file below is made from.
private func relu(opset: Int = 17) -> ModelWriter {
  var model = ModelWriter(opset: opset)
  model.input("x", .float32, [1, 3])
  model.node("Relu", ["x"], ["y"])
  model.output("y")
  return model
}

private func failure(_ bytes: [UInt8]) throws -> ImportError? { try imported(bytes).failure }

@Test func theUndamagedFileImports() throws {
  let model = try imported(relu().bytes).get()
  #expect(model.graph.nodes.map(\.name) == ["Relu_y"])
  #expect(model.opset == 17 && model.irVersion == 8 && model.notes.isEmpty)
}

@Test func eachKindOfFileHasItsOwnError() throws {
  #expect(try failure([]) == .empty)
  #expect(try failure(Array("#!/bin/sh\necho no model\n".utf8)) == .notProtobuf)
  #expect(try failure([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A]) == .notProtobuf)
  #expect(throws: ImportError.cannotOpen(2)) { try importModel(path: "/nowhere/model.onnx") }
  #expect(throws: ImportError.notRegularFile) { try importModel(path: "/") }
}

@Test func versionsOutsideTheRangeAreRefused() throws {
  var model = relu()
  model.irVersion = 2
  #expect(try failure(model.bytes) == .irVersion(2))
  model.irVersion = 99
  #expect(try failure(model.bytes) == .irVersion(99))
  #expect(try failure(relu(opset: 0).bytes) == .opset(0))
  #expect(try failure(relu(opset: 29).bytes) == .opset(29))
  var elsewhere = relu()
  elsewhere.opsets = [("ai.onnx.ml", 3)]
  #expect(try failure(elsewhere.bytes) == .noOpset)
  elsewhere.opsets = [("ai.onnx", 17)]
  #expect(try failure(elsewhere.bytes) == nil)
}

/// A model of other domains only needs no opset of ONNX's own.
@Test func otherDomainsStandAlone() throws {
  var model = ModelWriter()
  model.opsets = [("ai.onnx.ml", 1)]
  model.input("x", .float32, [2])
  model.node("Binarizer", ["x"], ["y"], domain: "ai.onnx.ml")
  model.output("y")
  let imported = try imported(model.bytes).get()
  #expect(imported.opset == 0 && imported.graph.nodeCount == 2)
}

@Test func aModelWithoutAGraphIsRefused() throws {
  var writer = WireWriter()
  writer.put(1, varint: 8)
  #expect(try failure(writer.bytes) == .noGraph)
}

/// Every prefix gives an error, and none of them crashes. Cuts between two top-level fields leave a shorter message that is whole.
@Test func everyTruncationIsAnError() throws {
  let bytes = relu().bytes
  for length in 1..<bytes.count {
    let error = try failure(Array(bytes[..<length]))
    switch error {
    case .wire(.truncated, _), .noGraph, .noOpset: break
    default: Issue.record("\(length) bytes: \(String(describing: error))")
    }
  }
}

/// One flipped bit may still leave a valid model; it must never end the process.
@Test func noBitFlipCrashes() throws {
  let bytes = relu().bytes
  for index in bytes.indices {
    for bit in 0..<8 {
      var damaged = bytes
      damaged[index] ^= 1 << UInt8(bit)
      _ = try imported(damaged)
    }
  }
}

@Suite struct WireScanTests {
  private func fault(_ bytes: [UInt8]) throws -> ImportError? { try failure(relu().bytes + bytes) }

  @Test func faultsHaveOffsets() throws {
    let end = relu().bytes.count
    #expect(try fault([0x0B]) == .wire(.wrongWireType(field: 1, found: 3), offset: end))
    #expect(try fault([0xF3, 0x07]) == .wire(.group, offset: end))
    #expect(try fault([0xF6, 0x07]) == .wire(.wireType(6), offset: end))
    #expect(try fault([0x00]) == .wire(.fieldNumber(0), offset: end))
    #expect(try fault([0x08] + [UInt8](repeating: 0xFF, count: 11)) == .wire(.varintTooLong, offset: end + 1))
    #expect(try fault([0x12, 0x05, 0x61]) == .wire(.truncated(missing: 4), offset: end))
    #expect(try fault([0xFD, 0x07, 0x00]) == .wire(.truncated(missing: 3), offset: end))
    #expect(try fault([0x3A, 0x00]) == .wire(.repeatedField(7), offset: end))
    // An opset entry of two bytes whose string claims nine.
    #expect(try fault([0x42, 0x02, 0x0A, 0x09]) == .wire(.pastParent(excess: 9), offset: end + 2))
    // A length of 2^64 − 1.
    #expect(try fault([0x12] + [UInt8](repeating: 0xFF, count: 9) + [0x01]) == .wire(.truncated(missing: Int.max), offset: end))
  }

  /// If nodes inside If nodes: graph, node, attribute at each level.
  @Test func nestingIsBounded() throws {
    var inner = ModelWriter()
    inner.node("Relu", ["x"], ["y"])
    for _ in 0..<40 {
      var outer = ModelWriter()
      outer.node("If", ["c"], ["y"], [("then_branch", .graph(inner))])
      inner = outer
    }
    guard case .limit(.nesting, input: nil, found: 65, limit: 64)? = try failure(inner.bytes) else {
      Issue.record("40 levels of bodies were accepted")
      return
    }
  }

  @Test func budgetsAreKept() throws {
    var limits = WireLimits()
    limits.fields = 20
    let folder = try TemporaryFolder()
    let path = try folder.write(
      relu().bytes + [UInt8](repeating: 0, count: 0) + (0..<30).flatMap { _ in [0x12, 0x00] as [UInt8] }, as: "m.onnx")
    do {
      _ = try ModelFile(path: path, wire: limits)
      Issue.record("30 fields passed a limit of 20")
    } catch {
      guard case .wire(.tooManyFields(limit: 20), _) = error else { throw error }
    }
  }
}
