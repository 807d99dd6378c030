import Foundation
import O2MBundle
import O2MGraph
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Fixtures/, found from this file.
private let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("Fixtures")

private let rewrites = ProcessInfo.processInfo.environment["O2M_REWRITE_GOLDENS"] != nil

/// The golden bundle of each minor version and what it gives for the inputs of the seed 1. Neither is ever rewritten once released: a
/// reader that cannot read it is wrong.
private struct Golden {
  let minor: Int
  let graph: (@Sendable () -> Graph)?

  static let all = [
    Golden(minor: 0, graph: Models.mobile), Golden(minor: 1, graph: Models.winograd), Golden(minor: 2, graph: Models.recurrent),
    // The digits of Fixtures/models, as the tool converted them; the others are graphs that were made in code.
    Golden(minor: 3, graph: nil), Golden(minor: 4, graph: nil), Golden(minor: 5, graph: nil),
  ]

  var bundle: URL { fixtures.appendingPathComponent("bundles/format-1.\(minor).o2m") }
  var output: URL { fixtures.appendingPathComponent("bundles/format-1.\(minor).output") }
}

private func goldenBundle(_ graph: Graph) throws -> [UInt8] {
  let flat = try FlatModel(graph)
  var options = BundleOptions()
  options.precisions = Dictionary(uniqueKeysWithValues: flat.graph.constants.map { ($0, $0 % 2 == 0 ? .int8 : .float16) })
  options.manifest.labels = ["first", "second"]
  options.manifest.preprocessing = "order=rgb\nscale=0.00392156862745098\n"
  options.manifest.tool = "golden"
  options.manifest.precision = "int8-weights"
  return try Emitted(flat, options).bytes
}

@Test(arguments: Golden.all.indices)
func formatIsReadForEver(index: Int) throws {
  let golden = Golden.all[index]
  if rewrites, let graph = golden.graph, !FileManager.default.fileExists(atPath: golden.bundle.path) {
    try FileManager.default.createDirectory(at: golden.bundle.deletingLastPathComponent(), withIntermediateDirectories: true)
    try writeAtomically(goldenBundle(graph()), to: golden.bundle.path)
  }
  if rewrites, !FileManager.default.fileExists(atPath: golden.output.path) {
    let read = try Model(BundleBytes(copying: unpack([UInt8](Data(contentsOf: golden.bundle)))))
    let output = try Session(read).run(read.graph.seededInputs(1, .symmetric)).flatMap(bits)
    try writeAtomically(output, to: golden.output.path)
  }
  let model = try Model(BundleBytes(copying: unpack([UInt8](Data(contentsOf: golden.bundle)))))
  #expect(model.header.major == 1 && model.header.minor == golden.minor)
  #expect(model.plan.slots.contains { $0.packing == .winogradPanels } == (golden.minor == 1))
  #expect(golden.minor < 4 ? model.manifest.labels == ["first", "second"] : model.manifest.labels.count == 10)
  // What later versions added is not there.
  let task = try model.section(PictureTask.self)
  #expect(golden.minor < 5 ? task == nil : task?.kind == .classes && task?.preprocessing?.extent == Extent(width: 16, height: 16))
  let stored = [UInt8](try Data(contentsOf: golden.output))
  let found = try Session(model).run(model.graph.seededInputs(1, .symmetric))
  let expected = stored.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  let all = found.flatMap { $0.doubles() }
  #expect(all.count == expected.count)
  // Another instruction set sums in another order.
  let largest = expected.reduce(0) { max($0, $1.magnitude) }
  #expect(zip(all, expected).allSatisfy { ($0 - Double($1)).magnitude <= 1e-5 * Double(largest) })
}

/// One damage each: its file's name, what is done to a sound bundle, and the fault that it must give.
nonisolated(unsafe) private let damages: [(name: String, damage: (inout Parts, inout [UInt8]) -> Void, isExpected: (FormatFault) -> Bool)] =
  [
    ("not-a-bundle", { _, b in b[1] = 0x50 }, { $0 == .notABundle }),
    ("empty", { _, b in b = [] }, { if case .tooShort = $0 { true } else { false } }),
    ("truncated-in-header", { _, b in b = Array(b[..<40]) }, { if case .tooShort = $0 { true } else { false } }),
    ("truncated-in-table", { _, b in b = Array(b[..<200]) }, { if case .tooShort = $0 { true } else { false } }),
    ("truncated-in-weights", { _, b in b = Array(b[..<(b.count / 2)]) }, { if case .tooShort = $0 { true } else { false } }),
    ("trailing-bytes", { _, b in b += [0, 0] }, { if case .value = $0 { true } else { false } }),
    ("newer-major-version", { _, b in b[8] = 2 }, { $0 == .version(major: 2, minor: 0) }),
    ("flipped-in-header", { _, b in b[25] ^= 1 }, { if case .headerHash = $0 { true } else { false } }),
    ("flipped-in-table", { _, b in b[90] ^= 1 }, { if case .headerHash = $0 { true } else { false } }),
    ("flipped-in-manifest", { _, b in flip(.manifest, &b) }, { isHash($0, .manifest) }),
    ("flipped-in-graph", { _, b in flip(.graph, &b) }, { isHash($0, .graph) }),
    ("flipped-in-plan", { _, b in flip(.plan, &b) }, { isHash($0, .plan) }),
    ("flipped-in-weights", { _, b in flip(.weights, &b) }, { isHash($0, .weights) }),
    ("flipped-in-names", { _, b in flip(.names, &b) }, { isHash($0, .names) }),
    (
      "missing-plan",
      { p, b in
        p.sections.removeAll { $0.type == .plan }; b = p.bundle()
      }, { $0 == .missingSection(SectionType.plan.rawValue) }
    ),
    (
      "missing-weights",
      { p, b in
        p.sections.removeAll { $0.type == .weights }; b = p.bundle()
      }, { $0 == .missingSection(SectionType.weights.rawValue) }
    ),
    (
      "unknown-operator", { p, b in patch(.graph, &p, &b) { store(0xFFFE, 2, $0.nodeOffset, &$1) } },
      { if case .unknownOperator(code: 0xFFFE, _) = $0 { true } else { false } }
    ),
    (
      "dims-overflow", { p, b in patch(.graph, &p, &b) { store(1 << 62, 8, 20 + 2 + 16, &$1) } },
      { if case .value = $0 { true } else { false } }
    ),
    (
      "shape-contradiction", { p, b in patch(.graph, &p, &b) { store(11, 8, 20 + 2 + 16, &$1) } },
      { if case .value = $0 { true } else { false } }
    ),
    (
      "arena-too-small", { p, b in patch(.plan, &p, &b) { store(64, 8, 12, &$1) } },
      { if case .step(_, .place) = $0 { true } else { false } }
    ),
    (
      "weights-past-end",
      { p, b in
        p.sections[3].raw.removeLast(4096); b = p.bundle()
      }, { if case .step(_, .place) = $0 { true } else { false } }
    ),
  ]

private func flip(_ type: SectionType, _ bytes: inout [UInt8]) {
  let sections = try! bytes.withUnsafeBytes { try BundleReader($0).sections }
  bytes[sections.first { $0.type == type.rawValue }!.offset + 5] ^= 4
}

private func isHash(_ fault: FormatFault, _ type: SectionType) -> Bool {
  if case .sectionHash(type.rawValue, _, _, _) = fault { true } else { false }
}

private struct Places { var nodeOffset: Int }

/// Changes a section and hashes it again.
private func patch(_ type: SectionType, _ parts: inout Parts, _ bytes: inout [UInt8], _ change: (Places, inout [UInt8]) -> Void) {
  let graph = Models.mobile()
  let values = try! FlatModel(graph).graph.values
  let places = Places(nodeOffset: 20 + values.reduce(0) { $0 + 2 + 8 * $1.shape.rank })
  let index = parts.sections.firstIndex { $0.type == type }!
  change(places, &parts.sections[index].raw)
  bytes = parts.bundle()
}

private func store(_ value: UInt64, _ width: Int, _ at: Int, _ raw: inout [UInt8]) {
  for byte in 0..<width { raw[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
}

@Test(arguments: damages.indices)
func brokenBundlesHaveTheirOwnFaults(index: Int) throws {
  let (name, damage, isExpected) = damages[index]
  let file = fixtures.appendingPathComponent("broken/\(name).o2m")
  if rewrites {
    var parts = try Parts(goldenBundle(Models.mobile()))
    var bytes = parts.bundle()
    damage(&parts, &bytes)
    try writeAtomically(bytes, to: file.path)
  }
  let bytes = [UInt8](try Data(contentsOf: file))
  do {
    _ = try Model(BundleBytes(copying: bytes))
    Issue.record("\(name) was read")
  } catch {
    guard case .format(let fault) = error, isExpected(fault) else {
      Issue.record("\(name): \(error)")
      return
    }
  }
  // What the command line does with a file: it must be refused there too, except where only the runtime looks inside.
  if let raw = try? unpack(bytes) { #expect(throws: RunFault.self) { _ = try Model(BundleBytes(copying: raw)) } }
}

/// A file is replaced whole or not at all.
@Test func writingIsAtomic() throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("o2m-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let file = folder.appendingPathComponent("a.o2m")
  try writeAtomically([1, 2, 3], to: file.path)
  try writeAtomically([4, 5], to: file.path)
  #expect([UInt8](try Data(contentsOf: file)) == [4, 5])
  #expect(throws: WriteError.self) { try writeAtomically([6], to: folder.appendingPathComponent("none/b.o2m").path) }
  // A folder cannot be replaced by a file: the write fails after the bytes are down, and leaves nothing behind.
  let taken = folder.appendingPathComponent("taken")
  try FileManager.default.createDirectory(at: taken, withIntermediateDirectories: true)
  #expect(throws: WriteError.self) { try writeAtomically([7], to: taken.path) }
  #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.o2m", "taken"])
}

@Test func sha256OfAbc() {
  let digest = Array("abc".utf8).withUnsafeBytes { sha256($0) }
  #expect(digest.prefix(4) == [0xBA, 0x78, 0x16, 0xBF])
}

/// A certificate holds what it must to be measured again, and says so where another model runs.
@Test func certificatesMeasureAgain() throws {
  let graph = Models.mobile(), flat = try FlatModel(graph), seeds: [UInt64] = [1, 2]
  let outputs = try seeds.map { try Evaluator(graph).run(flat.graph.seededInputs($0, .unit)) }
  let certificate = Certificate(
    zip(seeds, outputs).map { .init(seed: $0, inputs: [.seeded(.unit)], found: $1, reference: $1) }, outputs: flat.outputNames,
    tolerance: .float32)
  #expect(certificate.passed && certificate.threshold == 80)
  var options = BundleOptions()
  options.certificate = certificate
  let model = try Emitted(flat, options).model
  let read = try #require(try model.section(Certificate.self))
  #expect(read == certificate)
  let parity = try read.check(Session(model), tolerance: read.tolerance(of: model.manifest))
  #expect(parity.verdict == .pass && parity.cases == 2)

  var other = read
  other.cases[1].seed += 1
  let failure = try other.check(Session(model), tolerance: read.tolerance(of: model.manifest))
  #expect(failure.verdict == .fail && failure.outputs[0].worst?.caseIndex == 1)
}

/// Integers beyond what floats hold, and float64, come back as they were, whatever their inputs came from.
@Test(arguments: [
  Tensor([3], [Int64.max, Int64.min, 7]), Tensor([2], [UInt64.max, 0]), Tensor([2], [1e300, -.pi] as [Double]),
  Tensor(.bool, [2], wrapping: [1, 0]), Tensor(.float16, [2], rounding: [65504, 6e-8]), Tensor([2], [Int32.max, Int32.min]),
])
func certificatesKeepEveryType(values: Tensor) throws {
  var graph = Graph(name: "as it is")
  let x = graph.addInput("x", values.type), i = graph.addInput("i", TensorType(.int64, [5]))
  graph.addOutput(try graph.addNode(.identity(Identity()), [x], name: "y", outputs: ["y"])[0])
  graph.addOutput(try graph.addNode(.identity(Identity()), [i], name: "j", outputs: ["j"])[0])
  let flat = try FlatModel(graph), inputs: [Certificate.Input] = [.stored(values.bytes), .integers(1000...1009)]
  let drawn = try #require(inputs[1].tensor(.int64, [5], seed: 3, index: 1))
  #expect(drawn.ints().allSatisfy { (1000...1009).contains($0) } && Set(drawn.ints()).count > 1)
  var options = BundleOptions()
  options.certificate = Certificate(
    [.init(seed: 3, inputs: inputs, found: [values, drawn], reference: [values, drawn])], outputs: flat.outputNames, tolerance: .float32,
    evidence: .data)
  let model = try Emitted(flat, options).model
  let read = try #require(try model.section(Certificate.self))
  #expect(read == options.certificate && read.evidence == .data)
  #expect(try Session(model).inputs(of: read.cases[0]).map(\.bytes) == [values.bytes, drawn.bytes])
  #expect(try read.check(Session(model), tolerance: read.tolerance(of: model.manifest)).verdict == .pass)
  var other = read
  other.cases[0].outputs[0].expected[0] ^= 1
  #expect(try other.check(Session(model), tolerance: Tolerance()).verdict == (values.element.isFloat ? .pass : .fail))
}

/// What a certificate says of a run that differs: as much as was measured, and that it did not hold.
@Test func certificatesRecordTheError() {
  let reference = Tensor([4], [1, -2, .infinity, 0] as [Float]), found = Tensor([4], [1, -2.25, .infinity, 0] as [Float])
  let certificate = Certificate(
    [.init(seed: 7, inputs: [.seeded(.unit)], found: [found], reference: [reference])], outputs: ["y"],
    tolerance: Tolerance(minimumSQNR: 20))
  let output = certificate.cases[0].outputs[0]
  #expect(output.maxError == 0.25 && output.meanError == 0.0625)
  #expect((output.sqnr - 10 * log10(5 / 0.0625)).magnitude < 1e-12)
  #expect(!certificate.passed && output.sqnr < 20)
  let missing = Certificate(
    [.init(seed: 7, inputs: [.seeded(.unit)], found: [Tensor([4], [1, -2, .nan, 0] as [Float])], reference: [reference])],
    outputs: ["y"], tolerance: Tolerance())
  #expect(!missing.passed && missing.cases[0].outputs[0].sqnr.isNaN)
}

/// A certificate of other outputs is refused when it is read, not when it is checked.
@Test func certificatesOfOtherOutputsAreRefused() throws {
  let flat = try FlatModel(Models.mobile()), other = [Tensor([3], [1, 2, 3] as [Float])]
  var options = BundleOptions()
  options.certificate = Certificate(
    [.init(seed: 1, inputs: [.seeded(.unit)], found: other, reference: other)], outputs: ["y"], tolerance: .float32)
  let model = try Emitted(flat, options).model
  #expect(throws: FormatFault.self) { try model.section(Certificate.self) }
}
