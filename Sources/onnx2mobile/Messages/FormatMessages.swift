import O2MOps

/// The wording of what is wrong with a bundle.
enum FormatMessages {
  static func failure(_ fault: FormatFault, file: String) -> Failure {
    let again = "write it again with `onnx2mobile convert`"
    switch fault {
    case .version(let major, let minor):
      return Failure(.damaged, "\(file): format \(major).\(minor) is newer than this tool reads", help: "use a newer onnx2mobile, or \(again)")
    case .packed: return Failure(.damaged, "\(file): this is the download form", help: "`onnx2mobile unpack \(file) -o OUT.o2m` makes the installed form")
    case .unknownOperator(let code, let offset):
      return Failure(.unsupported, "\(file): byte \(offset): operator number \(code) is not known", help: "use a newer onnx2mobile, or \(again)")
    default: return Failure(.damaged, "\(file): \(text(fault))", help: "the file is damaged; \(again)")
    }
  }

  private static func text(_ fault: FormatFault) -> String {
    switch fault {
    case .tooShort(let offset, let needed, let found): "byte \(offset): \(needed) bytes are needed, \(found) are left"
    case .notABundle: "byte 0: this is not a bundle"
    case .version(let major, let minor): "format \(major).\(minor)"
    case .headerHash(let expected, let found): "byte 0: the header's hash is \(hex(found)), it says \(hex(expected))"
    case .sectionHash(let section, let offset, let expected, let found):
      "byte \(offset): section \(name(section)) has hash \(hex(found)), the table says \(hex(expected))"
    case .unknownSection(let section, let offset): "byte \(offset): section \(section) is required and not known"
    case .missingSection(let section): "section \(name(section)) is missing"
    case .section(let section, let offset, let fault): "byte \(offset): section \(name(section)) \(text(fault))"
    case .unknownOperator(let code, let offset): "byte \(offset): operator number \(code)"
    case .value(let offset, let found, let limit): "byte \(offset): \(found) is out of range, the limit is \(limit)"
    case .unpacking(let section, let offset): "byte \(offset): section \(name(section)) cannot be decompressed"
    case .packed: "download form"
    default: "\(fault)"
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
    case .tooLarge: "is larger than it may be"
    case .lengths: "has lengths that contradict each other"
    }
  }

  private static func name(_ section: UInt32) -> String {
    let names = ["manifest", "graph", "plan", "weights", "certificate", "names"]
    return section >= 1 && section <= names.count ? "'\(names[Int(section) - 1])'" : "\(section)"
  }

  private static func hex(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
