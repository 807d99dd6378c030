import O2MBundle
import O2MConvert
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import Testing
import onnx2mobile

/// Every fault and error has words: no message spells a Swift case. The switches below fail to compile when a case is added, and the
/// counts fail until it is among the samples.
struct WordingTests {
  static let node = NodePlace(
    name: "pick", number: 4, op: .gatherElements, inputs: [.init(name: "x", number: 0), nil], output: .init(name: "y", number: 2))
  static let type = TensorType(.float32, [.fixed(1), .unknown])

  static let attributeFaults: [AttributeFault] = [
    .missing, .wrongType, .outOfRange, .unknownValue, .count(expected: 2, found: 3), .unsupported,
    .tooLarge(found: 9, limit: 8),
  ]
  static let limits: [Limit] = [
    .trainingMode, .spatialRank, .resizeMode, .roi, .dilatedColumns, .castTarget, .bodies, .elementType, .sequence,
    .unknownOperator, .random, .gradient, .locale, .probit, .groupIndices, .peepholes, .leftOut,
  ]
  static let opFaults: [OpFault] =
    attributeFaults.map { .attribute(.axis, $0) } + limits.map { .unsupported($0) }
    + ResourceLimit.allCases.map { .limit($0, found: 9, limit: 8) } + [
      .inputCount(expected: 1...2, found: 3), .outputCount(expected: 1...1, found: 0), .missingInput(1),
      .elementType(input: 0, found: .bfloat16), .elementTypes(input: 1, found: .int8, expected: .float32),
      .rank(input: 0, expected: 2...Int.max, found: 1), .extent(input: 0, axis: 1, expected: 2, found: 3),
      .broadcast(axis: 0, left: 2, right: 3), .axis(4, rank: 2), .index(input: 0, found: 9, limit: 3),
      .index(input: 0, found: .max, limit: 3), .elementCount(expected: 4, found: 5), .emptyOutput(axis: 2, extent: -1), .overflow,
      .dataDependent(input: 1), .text(input: 0),
    ]
  static let sectionFaults: [SectionFault] = [
    .pastEnd(bytes: 3), .overlaps, .misaligned, .unknownCodec, .unsorted, .twice, .tooLarge(bytes: 1 << 32, limit: 1 << 31), .lengths,
  ]
  static let stepFaults: [StepFault] = [
    .wrongValue(slot: 1), .clobbered(slot: 1), .place(slot: 1), .form(slot: 1), .overlap(slot: 1), .outputType(slot: 1),
  ]
  static let formatFaults: [FormatFault] =
    sectionFaults.map { .section(3, offset: 64, $0) } + stepFaults.flatMap { [.step(-1, $0), .step(2, $0)] }
    + opFaults.map { .node(1, offset: 80, $0) } + SectionType.allCases.map { .missingSection($0.rawValue) } + [
      .tooShort(offset: 0, needed: 64, found: 3), .notABundle, .version(major: 2, minor: 0), .headerHash(expected: 1, found: 2),
      .sectionHash(section: 4, offset: 128, expected: 1, found: 2), .unknownSection(99, offset: 64), .unknownOperator(code: 9, offset: 70),
      .unknownElement(code: 7, offset: 70), .value(offset: 24, found: 1, limit: 2), .value(offset: 30, found: 1, limit: 2),
      .unpacking(section: 5, offset: 90), .packed,
    ]
  static let runFaults: [RunFault] =
    formatFaults.map { .format($0) } + opFaults.flatMap { [.kernel(node: 0, $0), .run(node: 0, $0)] } + [
      .open(2), .memory(bytes: 64), .threads(9), .misaligned, .operands(node: 0),
    ]
  static let evaluationErrors: [EvaluationError] =
    opFaults.map { .node(node, $0) } + [
      .inputCount(expected: 1, found: 2), .inputType(name: "x", expected: type, found: TensorType(.int8, [.symbol(0)])),
      .shapes(node, .extent(input: 0, axis: 2, expected: 1, found: 4)),
    ]
  static let patchErrors: [PatchError] =
    opFaults.map { .operands(node: "n", $0) } + [
      .typeChanged(value: "v", from: type, to: type), .cycle(value: "v"), .replacesInput("x"),
    ]
  static let verifyErrors: [VerifyError] =
    opFaults.map { .operands(node: "n", $0) } + [
      .readsLater(node: "n", value: "v"), .readersDisagree(value: "v"), .types(node: "n", value: "v", stored: type, inferred: type),
      .danglingOutput("y"),
    ]
  static let passErrors: [PassError] =
    patchErrors.map { .patch(pass: "fuse-pad", node: "n", number: 1, $0) }
    + verifyErrors.map { .verify(pass: "fuse-pad", node: "n", number: 1, $0) }
    + evaluationErrors.map { .evaluation(pass: "fuse-pad", number: 1, $0) } + [
      .numerics(pass: "fuse-pad", node: "n", number: 1, output: "y", difference: 1, allowed: 0.5), .noFixpoint(rounds: 64),
    ]
  static let planErrors: [PlanError] =
    opFaults.map { .node(node, $0) } + runFaults.map { .unreadable($0) } + [
      .dynamic(value: "v"), .rank(value: "v", limit: 8), .name("v", bytes: 5000, limit: 4096),
      .tooLarge(value: "v", bytes: 1 << 32, limit: 1 << 31), .weights(bytes: 1 << 32, limit: 1 << 31),
      .arena(bytes: 1 << 32, limit: 1 << 31), .element(value: "v", .complex64), .operands(node),
      .derivation(value: "v"), .bound(value: "v"), .countedOperand(node, value: "v"),
    ]

  @Test func everyCaseIsASample() {
    #expect(Set(Self.attributeFaults.map(place)) == Set(0..<7))
    #expect(Set(Self.limits.map(place)) == Set(0..<17))
    #expect(Set(Self.opFaults.map(place)) == Set(0..<18))
    #expect(Set(Self.sectionFaults.map(place)) == Set(0..<8))
    #expect(Set(Self.stepFaults.map(place)) == Set(0..<6))
    #expect(Set(Self.formatFaults.map(place)) == Set(0..<15))
    #expect(Set(Self.runFaults.map(place)) == Set(0..<8))
    #expect(Set(Self.evaluationErrors.map(place)) == Set(0..<4))
    #expect(Set(Self.patchErrors.map(place)) == Set(0..<4))
    #expect(Set(Self.verifyErrors.map(place)) == Set(0..<5))
    #expect(Set(Self.passErrors.map(place)) == Set(0..<5))
    #expect(Set(Self.planErrors.map(place)) == Set(0..<13))
  }

  @Test func noMessageSpellsASwiftCase() {
    for fault in Self.formatFaults {
      for isUnpacked in [false, true] {
        expectWords(FormatMessages.failure(fault, file: "f.o2m", isUnpacked: isUnpacked), fault)
      }
    }
    for values in [ValueSource.given, .drawnToConvert, .drawnToVerify, .drawnToTime, .certificate] {
      for error in Self.evaluationErrors { expectWords(ConversionMessages.failure(error, file: "f.onnx", values: values), error) }
      for fault in Self.runFaults {
        var error = RunError(fault, in: nil)
        expectWords(ConversionMessages.failure(error, file: "f.o2m", values: values), fault)
        error.node = NodePlace(name: nil, number: 3, op: .gatherND, inputs: [nil, .init(name: nil, number: 1)], output: nil)
        expectWords(ConversionMessages.failure(error, file: "f.o2m", values: values), fault)
      }
    }
    for error in Self.passErrors { expectWords(ConversionMessages.failure(.passes(error), file: "f.onnx"), error) }
    for error in Self.planErrors { expectWords(ConversionMessages.failure(.planning(error), file: "f.onnx"), error) }
  }

  /// The test above can fail: it finds a case that is printed as it is.
  @Test func aPrintedCaseIsFound() {
    #expect(spelled(in: "f: elementCount(expected: 4, found: 5)", OpFault.elementCount(expected: 4, found: 5)) != nil)
    #expect(spelled(in: "f: format(O2MOps.FormatFault.packed)", RunFault.format(.packed)) != nil)
    #expect(spelled(in: "f: open(2)", RunFault.open(2)) != nil)
    #expect(spelled(in: "f: section is unknownCodec", FormatFault.section(3, offset: 1, .unknownCodec)) != nil)
    #expect(spelled(in: "f: it cannot be opened", RunFault.open(2)) == nil)
  }

  private func expectWords(_ failure: Failure, _ error: Any) {
    let text = failure.message + "\n" + (failure.help ?? "")
    if let word = spelled(in: text, error) { Issue.record("'\(word)' in: \(text)") }
    #expect(!failure.message.hasSuffix(".") && failure.message.hasPrefix("f."))
  }
}

/// The name of a Swift case of `error`, or of what it holds, that `text` spells; nil where it spells none.
private func spelled(in text: String, _ error: Any) -> String? {
  for name in caseNames(error) {
    if text.contains(name + "(") { return name }
    // A word of its own, in the spelling that only code has.
    if name.contains(where: \.isUppercase), text.contains(name) { return name }
  }
  return nil
}

private func caseNames(_ value: Any) -> [String] {
  let mirror = Mirror(reflecting: value)
  guard mirror.displayStyle == .enum else { return mirror.children.flatMap { caseNames($0.value) } }
  guard let child = mirror.children.first else { return ["\(value)"] }
  return [child.label ?? ""] + caseNames(child.value)
}

private func place(_ fault: AttributeFault) -> Int {
  switch fault {
  case .missing: 0
  case .wrongType: 1
  case .outOfRange: 2
  case .unknownValue: 3
  case .count: 4
  case .unsupported: 5
  case .tooLarge: 6
  }
}

private func place(_ limit: Limit) -> Int {
  switch limit {
  case .trainingMode: 0
  case .spatialRank: 1
  case .resizeMode: 2
  case .roi: 3
  case .dilatedColumns: 4
  case .castTarget: 5
  case .bodies: 6
  case .elementType: 7
  case .sequence: 8
  case .unknownOperator: 9
  case .random: 10
  case .gradient: 11
  case .locale: 12
  case .probit: 13
  case .groupIndices: 14
  case .peepholes: 15
  case .leftOut: 16
  }
}

private func place(_ fault: OpFault) -> Int {
  switch fault {
  case .attribute: 0
  case .inputCount: 1
  case .outputCount: 2
  case .missingInput: 3
  case .elementType: 4
  case .elementTypes: 5
  case .rank: 6
  case .extent: 7
  case .broadcast: 8
  case .axis: 9
  case .index: 10
  case .elementCount: 11
  case .emptyOutput: 12
  case .overflow: 13
  case .dataDependent: 14
  case .text: 15
  case .unsupported: 16
  case .limit: 17
  }
}

private func place(_ fault: SectionFault) -> Int {
  switch fault {
  case .pastEnd: 0
  case .overlaps: 1
  case .misaligned: 2
  case .unknownCodec: 3
  case .unsorted: 4
  case .twice: 5
  case .tooLarge: 6
  case .lengths: 7
  }
}

private func place(_ fault: StepFault) -> Int {
  switch fault {
  case .wrongValue: 0
  case .clobbered: 1
  case .place: 2
  case .form: 3
  case .overlap: 4
  case .outputType: 5
  }
}

private func place(_ fault: FormatFault) -> Int {
  switch fault {
  case .tooShort: 0
  case .notABundle: 1
  case .version: 2
  case .headerHash: 3
  case .sectionHash: 4
  case .unknownSection: 5
  case .missingSection: 6
  case .section: 7
  case .unknownOperator: 8
  case .value: 9
  case .unpacking: 10
  case .node: 11
  case .step: 12
  case .packed: 13
  case .unknownElement: 14
  }
}

private func place(_ fault: RunFault) -> Int {
  switch fault {
  case .open: 0
  case .format: 1
  case .memory: 2
  case .threads: 3
  case .misaligned: 4
  case .kernel: 5
  case .operands: 6
  case .run: 7
  case .picture: 8
  case .cancelled: 9
  case .noClasses: 10
  case .noTask: 11
  case .shapes: 12
  case .state: 13
  }
}

private func place(_ error: EvaluationError) -> Int {
  switch error {
  case .inputCount: 0
  case .inputType: 1
  case .node: 2
  case .shapes: 3
  }
}

private func place(_ error: PatchError) -> Int {
  switch error {
  case .operands: 0
  case .typeChanged: 1
  case .cycle: 2
  case .replacesInput: 3
  }
}

private func place(_ error: VerifyError) -> Int {
  switch error {
  case .readsLater: 0
  case .readersDisagree: 1
  case .types: 2
  case .operands: 3
  case .danglingOutput: 4
  }
}

private func place(_ error: PassError) -> Int {
  switch error {
  case .patch: 0
  case .verify: 1
  case .numerics: 2
  case .evaluation: 3
  case .noFixpoint: 4
  }
}

private func place(_ error: PlanError) -> Int {
  switch error {
  case .dynamic: 0
  case .rank: 1
  case .element: 2
  case .node: 3
  case .operands: 4
  case .unreadable: 5
  case .name: 6
  case .tooLarge: 7
  case .weights: 8
  case .arena: 9
  case .derivation: 10
  case .bound: 11
  case .countedOperand: 12
  }
}
