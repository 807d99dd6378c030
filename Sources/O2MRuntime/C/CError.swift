import O2MOps

/// `o2m_error` of o2m.h: what went wrong, as numbers.
struct CError: Equatable {
  enum Code: Int32 {
    case ok, open, memory, damaged, truncated, hash, notABundle, version, compressed, unsupported, argument, threads, run, selfTest,
      noCertificate, unprepared, picture, cancelled, noClasses, noTask, shape, state, busy
  }

  var code: Code
  var system: Int32 = 0
  /// All ones where there is no place in the bundle.
  var offset = UInt64.max
  var found: UInt64 = 0
  var expected: UInt64 = 0
  var detail: UInt64 = 0

  init(_ code: Code, offset: Int? = nil, found: Int = 0, expected: Int = 0) {
    self.code = code
    if let offset { self.offset = UInt64(truncatingIfNeeded: offset) }
    self.found = UInt64(truncatingIfNeeded: found)
    self.expected = UInt64(truncatingIfNeeded: expected)
  }

  /// What `found` of an unsupported thing counts, where it is no section.
  private static let isOperator: UInt64 = 1, kernelIsLeftOut: UInt64 = 2, isElement: UInt64 = 3

  /// What `detail` of a refusing node is where it is a loop: no index that a model could hold.
  private static let wantsMoreTurns: UInt64 = 1 << 63

  static let ok = CError(.ok)
  static let null = CError(.argument, found: 0, expected: 1)
  static let noCertificate = CError(.noCertificate)

  static func selfTest(_ test: SelfTest, outputs: Int) -> CError {
    CError(.selfTest, found: test.failures, expected: test.cases * outputs)
  }

  static func argument(_ found: Int, limit: Int) -> CError { CError(.argument, found: found, expected: limit) }

  /// Writes the 40 bytes of the C struct.
  func store(_ target: UnsafeMutableRawPointer?) {
    guard let target else { return }
    target.storeBytes(of: code.rawValue, as: Int32.self)
    target.storeBytes(of: system, toByteOffset: 4, as: Int32.self)
    target.storeBytes(of: offset, toByteOffset: 8, as: UInt64.self)
    target.storeBytes(of: found, toByteOffset: 16, as: UInt64.self)
    target.storeBytes(of: expected, toByteOffset: 24, as: UInt64.self)
    target.storeBytes(of: detail, toByteOffset: 32, as: UInt64.self)
  }

  /// The same for a function that returns the code.
  func returned(_ target: UnsafeMutableRawPointer?) -> Int32 {
    store(target)
    return code.rawValue
  }

  init(loading source: UnsafeRawPointer) {
    code = Code(rawValue: source.load(as: Int32.self)) ?? .run
    system = source.load(fromByteOffset: 4, as: Int32.self)
    offset = source.load(fromByteOffset: 8, as: UInt64.self)
    found = source.load(fromByteOffset: 16, as: UInt64.self)
    expected = source.load(fromByteOffset: 24, as: UInt64.self)
    detail = source.load(fromByteOffset: 32, as: UInt64.self)
  }
}

extension CError {
  init(_ fault: RunFault) {
    switch fault {
    case .open(let errno):
      self.init(.open)
      system = errno
    case .format(let fault): self.init(fault)
    case .memory(let bytes): self.init(.memory, expected: bytes)
    case .threads(let count): self.init(.threads, expected: count)
    case .misaligned:
      self.init(.argument)
      detail = UInt64(BundleFormat.blobAlignment)
    case .kernel(let node, let fault):
      self.init(.unsupported, found: node)
      if fault == .unsupported(.leftOut) { detail = Self.kernelIsLeftOut }
    case .operands(let node): self.init(.unsupported, found: node)
    case .run(let node, let fault):
      self.init(.run, found: node)
      switch fault {
      case .index(_, let found, let limit):
        expected = UInt64(truncatingIfNeeded: limit)
        detail = UInt64(bitPattern: Int64(found))
      case .limit(_, _, let limit): (expected, detail) = (UInt64(truncatingIfNeeded: limit), Self.wantsMoreTurns)
      default: break
      }
    case .cancelled: self.init(Code.cancelled)
    case .noClasses: self.init(Code.noClasses)
    case .noTask(let kind): self.init(.noTask, expected: Int(kind.rawValue))
    case .picture(let fault): self.init(fault)
    case .shapes(let fault): self.init(fault)
    case .state(let fault): self.init(fault)
    }
  }

  init(_ fault: StateFault) {
    switch fault {
    case .size(let found, let needed): self.init(.argument, found: found, expected: needed)
    case .damaged: self.init(Code.state)
    case .otherModel(let found, let expected):
      self.init(Code.state)
      (self.found, self.expected, detail) = (found, expected, 1)
    case .shape(let input):
      self.init(.state, found: input)
      detail = 2
    }
  }

  init(_ fault: ShapeFault) {
    switch fault {
    case .inputCount(let found, let expected): self.init(.argument, found: found, expected: expected)
    case .rank(let input, let found, let expected):
      self.init(.shape, found: found, expected: expected)
      detail = UInt64(input) << 32 | UInt64(UInt32.max)
    case .extent(let input, let axis, let found, _, let maximum, _):
      self.init(.shape, found: found, expected: maximum)
      detail = UInt64(input) << 32 | UInt64(axis)
    case .unequal(let input, let axis, let found, _, let before):
      self.init(.shape, found: found, expected: before)
      detail = UInt64(input) << 32 | UInt64(axis)
    case .node(let node, _), .derivation(let node, _):
      self.init(.shape, found: node)
      detail = .max
    case .bytes(let bytes, _): self.init(.memory, expected: bytes)
    case .plan(let fault): self.init(fault)
    case .state(let input, let output):
      self.init(.state, found: input, expected: output)
      detail = 3
    }
  }

  init(_ fault: PictureFault) {
    switch fault {
    case .unprepared: self.init(Code.unprepared)
    case .argument(let argument, let found, let limit):
      self.init(.argument, found: found, expected: limit)
      detail = UInt64(argument.rawValue) << 32
    case .tooManyPixels(let width, let height, let limit):
      self.init(.argument, expected: limit)
      found = UInt64(width) * UInt64(height)
    case .cropTooLarge(let crop, let picture):
      self.init(Code.picture)
      (found, expected) = (picture.packed, crop.packed)
    case .inputShape(let prepared, let channels):
      self.init(Code.picture)
      (found, detail) = (prepared.packed, UInt64(channels))
    case .channelCount(_, let found, let channels):
      self.init(Code.picture)
      detail = UInt64(channels) | UInt64(found) << 32
    }
  }

  init(_ fault: FormatFault) {
    switch fault {
    case .tooShort(let offset, let needed, let found): self.init(.truncated, offset: offset, found: found, expected: needed)
    case .notABundle: self.init(.notABundle, offset: 0)
    case .version(let major, let minor):
      self.init(.version, offset: 8, found: major << 16 | minor, expected: BundleFormat.major << 16 | BundleFormat.newestMinor)
    case .headerHash(let expected, let found):
      self.init(.hash, offset: 0)
      (self.found, self.expected) = (found, expected)
    case .sectionHash(let section, let offset, let expected, let found):
      self.init(.hash, offset: offset)
      (self.found, self.expected, detail) = (found, expected, UInt64(section))
    case .unknownSection(let section, let offset): self.init(.unsupported, offset: offset, found: Int(section))
    case .missingSection(let section): self.init(.damaged, found: Int(section))
    case .section(let section, let offset, let fault):
      self.init(.damaged, offset: offset, found: Int(section))
      switch fault {
      case .pastEnd: code = .truncated
      case .tooLarge(let bytes, let limit): (found, expected) = (UInt64(truncatingIfNeeded: bytes), UInt64(truncatingIfNeeded: limit))
      default: break
      }
    case .unknownOperator(let number, let offset):
      self.init(.unsupported, offset: offset, found: number)
      detail = Self.isOperator
    case .unknownElement(let number, let offset):
      self.init(.unsupported, offset: offset, found: number)
      detail = Self.isElement
    case .value(let offset, let found, let limit): self.init(.damaged, offset: offset, found: found, expected: limit)
    case .unpacking(let section, let offset): self.init(.damaged, offset: offset, found: Int(section))
    case .node(let node, let offset, _): self.init(.damaged, offset: offset, found: node)
    case .step(let step, _): self.init(.damaged, found: step)
    case .packed: self.init(.compressed)
    }
  }

  /// One English line.
  var text: UTF8Text {
    let place: UTF8Text = offset == .max ? "" : "byte \(offset): "
    switch code {
    case .ok: return "no error"
    case .open:
      let reason: UTF8Text =
        switch system {
        case 2, 20: ": there is none of this name"
        case 13: ": it may not be read"
        case 19, 21: ": it is a folder or a device"
        default: ""
        }
      return "the file cannot be opened\(reason) (errno \(Int(system)))"
    case .memory: return "\(expected) bytes of memory are not to be had"
    case .damaged:
      return "\(place)the bundle contradicts itself (\(found), not below \(expected)); write it again with `onnx2mobile convert`"
    case .truncated: return "\(place)the bundle is cut short: \(expected) bytes are needed, there are \(found); copy it again"
    case .hash: return "\(place)the bytes do not have their hash; copy the bundle again"
    case .notABundle: return "this is not a bundle; `onnx2mobile convert` makes one of an ONNX model"
    case .version:
      return
        "the bundle has format \(found >> 16).\(found & 0xFFFF), this runtime reads up to \(expected >> 16).\(expected & 0xFFFF); update it"
    case .compressed: return "this is the download form; `onnx2mobile unpack` makes the installed form"
    case .unsupported:
      let way: UTF8Text = "it was built for other models: see `onnx2mobile runtime`"
      if detail == Self.kernelIsLeftOut { return "this library has no kernel for node \(found); \(way)" }
      if detail == Self.isOperator, let code = UInt16(exactly: found).flatMap({ OpCode(rawValue: $0) }) {
        return "\(place)this library has no operator \(code.name); \(way)"
      }
      if detail == Self.isElement { return "\(place)this library has no elements of ONNX's type \(found); \(way)" }
      return "\(place)number \(found) is not known to this runtime; update it"
    case .argument:
      if detail > 0, detail < 1 << 32 { return "the bundle does not begin at a multiple of \(detail): copy it to memory that does" }
      let name: UTF8Text =
        switch UInt8(truncatingIfNeeded: detail >> 32) {
        case PictureFault.Argument.side.rawValue: "a side of the picture"
        case PictureFault.Argument.rotation.rawValue: "the picture's rotation"
        case PictureFault.Argument.crop.rawValue: "a number of the crop"
        case PictureFault.Argument.stride.rawValue: "a stride of the picture"
        case PictureFault.Argument.plane.rawValue: "a plane of the picture"
        case PictureFault.Argument.option.rawValue: "the picture's format, matrix or range"
        case PictureFault.Argument.mapSide.rawValue: "a side of the map"
        default: "an argument"
        }
      if found == 0, expected == 1 { return "\(name) is missing" }
      let isStride = UInt8(truncatingIfNeeded: detail >> 32) == PictureFault.Argument.stride.rawValue
      return isStride ? "\(name) is \(found), a row takes \(expected) bytes" : "\(name) is \(found), the limit is \(expected)"
    case .threads: return "\(expected) threads are not to be had"
    case .run:
      if detail == Self.wantsMoreTurns {
        return "node \(found), a loop, wants to go on after \(expected) turns; convert with `--limit iterations=N` for more"
      }
      let index: UTF8Text = expected == 0 ? "" : ": index \(Int64(bitPattern: detail)), the axis ends at \(expected)"
      return "node \(found) refused its inputs\(index)"
    case .selfTest:
      return expected == 0
        ? "the certificate says that the bundle failed when it was made"
        : "\(found) of \(expected) outputs are not what the original model gave"
    case .unprepared: return "the bundle does not say how a picture becomes its input; write it with `onnx2mobile convert --preprocess`"
    case .picture:
      if detail >> 32 > 0 { return "the bundle prepares \(detail >> 32) channels, the input has \(detail & 0xFFFF_FFFF)" }
      let size: UTF8Text = "\(found >> 32)x\(found & 0xFFFF_FFFF)"
      return expected > 0
        ? "a crop of \(expected >> 32)x\(expected & 0xFFFF_FFFF) does not fit into the picture of \(size)"
        : "the prepared picture of \(size) with \(detail) channels does not fill the input"
    case .cancelled: return "the run was cancelled"
    case .busy: return "another thread uses this session; give each thread its own"
    case .shape:
      if detail == .max { return "node \(found) refuses what follows from these input shapes" }
      let input = detail >> 32, axis = detail & 0xFFFF_FFFF
      return axis == UInt64(UInt32.max)
        ? "input \(input) has \(expected) axes, the shape has \(found)"
        : "axis \(axis) of input \(input) cannot be \(found): see the bundle's ranges, up to \(expected)"
    case .state:
      switch detail {
      case 1: return "this state was saved by a session of another model"
      case 2: return "this state was saved at other extents of input \(found): resize the session to them, or reset the state"
      case 3: return "at these shapes input \(found) has other extents than output \(expected), which it takes as state"
      default: return "these bytes are no state that a session saved, or not all of it"
      }
    case .noClasses: return "no output is a row of class scores"
    case .noTask:
      return expected == UInt64(PictureTask.Kind.boxes.rawValue)
        ? "the bundle does not say how its outputs are boxes; write it with `onnx2mobile convert --task detect`"
        : "the bundle does not say how its output is a map of classes; write it with `onnx2mobile convert --task segment`"
    case .noCertificate: return "the bundle has no certificate; write it with `onnx2mobile convert`, without --no-verify"
    }
  }
}

extension RunFault: CustomStringConvertible {
  /// The sentence that `o2m_error_text` gives.
  public var description: String { String(CError(self).text) }
}

/// Copies UTF-8 into a C buffer of `capacity` bytes, ended by NUL; returns the length of the whole text.
func copyText(_ text: UTF8Text, _ target: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  var length = 0
  for byte in text.bytes {
    if let target, length + 1 < capacity { target[length] = CChar(bitPattern: byte) }
    length += 1
  }
  if let target, capacity > 0 { target[min(length, capacity - 1)] = 0 }
  return length
}

extension Extent {
  /// Both sides in one number of an `o2m_error`.
  fileprivate var packed: UInt64 { UInt64(width) << 32 | UInt64(height) }
}
