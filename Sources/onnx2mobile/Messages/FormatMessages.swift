import O2MOps
import O2MRuntime

/// The wording of what is wrong with a bundle.
package enum FormatMessages {
  /// - Parameter isUnpacked: whether offsets count in the installed form that the file unpacks to, and not in the file.
  package static func failure(_ fault: FormatFault, file: String, isUnpacked: Bool = false) -> Failure {
    let again = "write it again with `onnx2mobile convert`"
    let place = isUnpacked ? "\(file): unpacked" : file
    if isForeign(fault), let kind = FileKind(path: file), let way = kind.wayToBundle(file) {
      return Failure(.damaged, "\(file): this is \(kind.name), not a bundle", help: way)
    }
    switch fault {
    case .notABundle: return Failure(.damaged, "\(file): \(text(fault))", help: "give a file that `onnx2mobile convert` wrote")
    case .version: return Failure(.damaged, "\(file): \(text(fault))", help: "use a newer onnx2mobile, or \(again)")
    case .packed:
      return Failure(.damaged, "\(file): \(text(fault))", help: "`onnx2mobile unpack \(file) -o OUT.o2m` makes the installed form")
    // A newer minor version or damage: this tool cannot tell.
    case .unknownOperator, .unknownElement, .unknownSection:
      return Failure(.damaged, "\(place): \(text(fault))", help: "use a newer onnx2mobile, or \(again)")
    // Less than is unpacked unseen: a flag has lowered the limit.
    case .section(let section, _, .tooLarge(let bytes, let limit)) where bytes <= mostUnseen(section):
      return Failure(
        .unsupported, "\(place): \(text(fault))", help: LimitMessages.help(.memoryBytes, bytes, limit) ?? LimitMessages.tooMuch)
    // Sound or not, it is more than is unpacked unseen.
    case .section(let section, _, .tooLarge) where section == SectionType.weights.rawValue:
      return Failure(.unsupported, "\(place): \(text(fault))", help: "convert with --precision int8-weights, or split the model")
    case .tooShort: return Failure(.damaged, "\(place): \(text(fault))", help: "the file is cut short; \(again)")
    default: return Failure(.damaged, "\(place): \(text(fault))", help: "the file is damaged; \(again)")
    }
  }

  private static func mostUnseen(_ section: UInt32) -> Int {
    section == SectionType.weights.rawValue ? Limits().unpackedBytes : BundleFormat.maximumRecords
  }

  /// Whether the file need not be a bundle at all.
  private static func isForeign(_ fault: FormatFault) -> Bool {
    switch fault {
    case .notABundle, .tooShort: true
    default: false
    }
  }

  private static func text(_ fault: FormatFault) -> String {
    switch fault {
    case .tooShort(let offset, let needed, let found): "byte \(offset): \(needed) bytes are needed, \(found) are left"
    case .notABundle: "byte 0: this is not a bundle"
    case .version(let major, let minor): "format \(major).\(minor) is newer than this tool reads"
    case .headerHash(let expected, let found): "byte 0: header and section table have hash \(hex(found)), the header says \(hex(expected))"
    case .sectionHash(let section, let offset, let expected, let found):
      "byte \(offset): section \(name(section)) has hash \(hex(found)), the table says \(hex(expected))"
    case .unknownSection(let section, let offset): "byte \(offset): section \(section) is required and not known"
    case .missingSection(let section): "section \(name(section)) is missing"
    case .section(let section, let offset, let fault): "byte \(offset): section \(name(section)) \(text(fault))"
    case .unknownOperator(let code, let offset): "byte \(offset): operator number \(code) is not known"
    case .unknownElement(let code, let offset): "byte \(offset): element type \(code) is not known"
    case .value(lengthOffset, let found, let limit): "byte \(lengthOffset): the header counts \(found) bytes, the file has \(limit)"
    case .value(let offset, let found, let limit): "byte \(offset): \(found) is out of range, the limit is \(limit)"
    case .unpacking(let section, let offset): "byte \(offset): section \(name(section)) cannot be decompressed"
    case .node(let node, let offset, let fault): "byte \(offset): node \(node): \(FaultMessages.text(fault))"
    // Slots are laid out before the first step; a fault there has no step yet.
    case .step(let step, let fault): (step < 0 ? "the plan: " : "step \(step) of the plan: ") + text(fault)
    case .packed: "this is the download form"
    }
  }

  /// Where the header holds the length of the file; see Schemas/bundle.md.
  private static let lengthOffset = 24

  private static func text(_ fault: StepFault) -> String {
    switch fault {
    case .wrongValue(let slot): "slot \(slot) holds another value than its node reads or writes"
    case .clobbered(let slot): "slot \(slot) is read before it is written, or after its memory was given away"
    case .place(let slot): "slot \(slot) leaves its memory, or is not aligned in it"
    case .form(let slot): "slot \(slot) has a layout, packing or precision that its operator does not take"
    case .overlap(let slot): "slot \(slot) shares memory with another operand of its step"
    case .outputType(let slot): "slot \(slot) has a type that its operator does not give"
    }
  }

  private static func text(_ fault: SectionFault) -> String {
    switch fault {
    case .pastEnd(let bytes): "ends \(bytes) bytes past the file"
    case .overlaps: "overlaps another"
    case .misaligned: "is not aligned"
    case .unknownCodec: "has an unknown codec"
    case .unsorted: "is out of order"
    case .twice: "occurs twice"
    case .tooLarge(let bytes, let limit): "unpacks to \(bytes) bytes, the limit leaves it \(limit)"
    case .lengths: "has lengths that contradict each other"
    }
  }

  private static func name(_ section: UInt32) -> String {
    SectionType(rawValue: section).map { "'\($0.name)'" } ?? "\(section)"
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
