import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Reads, prepares and runs a bundle; returns whether something was thrown.
func isRefused(_ bytes: [UInt8], trusted: Bool = false, runs: Bool = true) -> Bool {
  var limits = Limits()
  limits.arenaBytes = 1 << 20
  do {
    let model = try Model(BundleBytes(copying: bytes), trusted: trusted, limits: limits)
    let session = try Session(model)
    if runs { try session.run() }
    return false
  } catch { return true }
}

private let small = bundle(of: Models.mobile())
private let mixed = bundle(of: Models.mixed())

/// A bundle with every section, and weights of every precision.
private func bundle(of graph: Graph) -> [UInt8] {
  var options = BundleOptions()
  options.manifest.labels = ["a", "b"]
  let flat = try! FlatModel(graph)
  options.precisions = Dictionary(uniqueKeysWithValues: flat.graph.constants.map { ($0, $0 % 2 == 0 ? .int8 : .float16) })
  let outputs = try! Evaluator(graph).run(flat.graph.seededInputs(1, .unit)), inputs = flat.graph.inputCount
  options.certificate = Certificate(
    [.init(seed: 1, inputs: Array(repeating: .seeded(.unit), count: inputs), found: outputs, reference: outputs)],
    outputs: flat.outputNames, tolerance: .float32)
  return try! Emitted(flat, options).bytes
}

@Test func storedFormIsAccepted() throws {
  #expect(!isRefused(try Parts(small).bundle()))
}

@Test func everyFlippedByteIsFound() throws {
  let bundle = try Parts(small).bundle()
  for index in bundle.indices {
    var changed = bundle
    changed[index] ^= 1 << (index % 8)
    if !isRefused(changed, runs: false) { Issue.record("byte \(index) of \(bundle.count)") }
  }
}

@Test func everyFlippedByteOfTheDownloadFormIsFound() {
  for index in small.indices {
    var changed = small
    changed[index] ^= 1 << (index % 8)
    // zstd ignores a few bits of its frame header; what counts is that nothing wrong comes out.
    if let raw = try? unpack(changed), raw != (try? unpack(small)), !isRefused(raw, runs: false) { Issue.record("byte \(index)") }
  }
}

@Test func everyTruncationIsRefused() throws {
  let bundle = try Parts(small).bundle()
  for length in bundle.indices {
    let cut = Array(bundle[..<length])
    if !isRefused(cut, runs: false) { Issue.record("\(length) bytes") }
    if !isRefused(cut, trusted: true, runs: false) { Issue.record("\(length) bytes, trusted") }
  }
  for length in small.indices { #expect((try? unpack(Array(small[..<length]))) == nil) }
}

/// Sections changed at random and hashed again: whatever is not refused must run without harm.
@Test(arguments: [SectionType.manifest, .graph, .plan, .weights], [0, 1])
func hostileSectionsDoNoHarm(type: SectionType, model: Int) throws {
  let parts = try Parts(model == 0 ? small : mixed)
  let place = try #require(parts.sections.firstIndex { $0.type == type })
  var random = SeededInput(seed: 99, input: Int(type.rawValue) + 8 * model)
  let odd: [UInt64] = [0, 1, 2, 0x7F, 0xFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max]
  var refused = 0
  let rounds = 10000
  for _ in 0..<rounds {
    var changed = parts
    var raw = changed.sections[place].raw
    for _ in 0..<1 + Int(random.next() % 3) {
      let at = Int(random.next() % UInt64(raw.count))
      switch random.next() % 4 {
      case 0: raw[at] ^= 1 << UInt8(random.next() % 8)
      case 1: raw[at] = UInt8(truncatingIfNeeded: random.next())
      case 2: store(odd[Int(random.next() % UInt64(odd.count))], 4, at & ~3, &raw)
      default: store(odd[Int(random.next() % UInt64(odd.count))], 8, at & ~3, &raw)
      }
    }
    changed.sections[place].raw = raw
    if isRefused(changed.bundle()) { refused += 1 }
  }
  // Most changes of a plan or graph contradict something; weights may be anything.
  if type != .weights && type != .manifest { #expect(refused > rounds / 2) }
}

private func store(_ value: UInt64, _ width: Int, _ at: Int, _ raw: inout [UInt8]) {
  for byte in 0..<width where at + byte < raw.count { raw[at + byte] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte))) }
}

/// A packed constant must be as long as its layout says, have its scales whole, and be packed as its operator reads it.
@Test(arguments: [0, 1])
func weightsThatDoNotFitAreRefused(model: Int) throws {
  var parts = try Parts(model == 0 ? small : mixed)
  let place = try #require(parts.sections.firstIndex { $0.type == .plan })
  let weightBytes = try #require(parts.sections.first { $0.type == .weights }).raw.count
  let plan = try Model(BundleBytes(copying: parts.bundle())).plan
  func refuses(_ change: (inout Plan) -> Void) -> Bool {
    var changed = plan
    change(&changed)
    parts.sections[place].raw = changed.encoded()
    return isRefused(parts.bundle(), runs: false)
  }
  #expect(!refuses { _ in })
  var scaled = 0, packed = 0
  for (index, slot) in plan.slots.enumerated() {
    guard case .weights(let offset, let count, let scales) = slot.place, count > 0 else { continue }
    #expect(refuses { $0.slots[index].place = .weights(offset, count: count - 1, scales: scales) }, "slot \(index) is a byte short")
    if scales != nil {
      scaled += 1
      #expect(refuses { $0.slots[index].place = .weights(offset, count: count, scales: weightBytes / 64 * 64) })
    }
    #expect(refuses { $0.slots[index].place = .weights(offset, count: count, scales: scales == nil ? 0 : nil) })
    if slot.packing.isWeights {
      packed += 1
      let others = (0..<UInt8(Packing.count)).compactMap { Packing(rawValue: $0) }.filter { $0 != slot.packing }
      let taken = others.filter { packing in !refuses { $0.slots[index].packing = packing } }
      // Only Winograd's panels are as long as the direct ones.
      #expect(taken.isEmpty || Set(taken + [slot.packing]) == [.convPanels, .winogradPanels])
    }
  }
  #expect(scaled > 0 && packed > 0)
}

/// Each field of the header and of a line of the table, set to what it must not be and hashed again, gives the fault that names it.
@Test func headerFieldsHaveTheirOwnFaults() throws {
  let bundle = try Parts(small).bundle()
  func fault(_ change: (inout [UInt8]) -> Void) -> FormatFault? {
    var bytes = bundle
    change(&bytes)
    let table = bytes[64..<64 + 6 * 64].withUnsafeBytes { xxh64($0) }
    store(table, 8, 48, &bytes)
    store(bytes[0..<56].withUnsafeBytes { xxh64($0) }, 8, 56, &bytes)
    do { _ = try bytes.withUnsafeBytes { try BundleReader($0) } } catch { return error as? FormatFault }
    return nil
  }
  #expect(fault { _ in } == nil)
  #expect(fault { $0[0] = 0 } == .notABundle)
  #expect(fault { $0[8] = 2 } == .version(major: 2, minor: BundleFormat.minor))
  #expect(fault { $0[10] = 9 } == nil, "a newer minor version is read")
  #expect(fault { $0[15] = 1 } == .version(major: 1, minor: BundleFormat.minor))
  #expect(fault { $0[16] = 2 } == .version(major: 1, minor: BundleFormat.minor))
  #expect(fault { store(1 << 20, 4, 20, &$0) } == .value(offset: 20, found: 1 << 20, limit: BundleFormat.maximumSections + 1))
  #expect(fault { store(UInt64(bundle.count + 1), 8, 24, &$0) } == .tooShort(offset: 0, needed: bundle.count + 1, found: bundle.count))
  #expect(fault { store(UInt64(bundle.count - 1), 8, 24, &$0) } == .value(offset: 24, found: bundle.count - 1, limit: bundle.count))
  #expect(fault { store(.max, 8, 24, &$0) } != nil)
  #expect(fault { store(8, 8, 32, &$0) } == .value(offset: 32, found: 8, limit: bundle.count))
  #expect(fault { store(65, 8, 40, &$0) } == .value(offset: 40, found: 65, limit: 384))
  #expect(fault { store(77, 4, 64, &$0) } == .unknownSection(77, offset: 64))
  #expect(fault { store(3, 4, 64, &$0) } == .section(3, offset: 192, .twice))
  #expect(
    fault {
      store(0, 4, 128 + 4, &$0); store(77, 4, 128, &$0)
    } == .missingSection(2))
  #expect(fault { store(64, 8, 72, &$0) } == .section(1, offset: 64, .overlaps))
  #expect(fault { store(453, 8, 72, &$0) } == .section(1, offset: 64, .misaligned))
  #expect(fault { store(1 << 40, 8, 80, &$0) } != nil)
  #expect(fault { store(5, 8, 88, &$0) } == .section(1, offset: 64, .lengths))
  #expect(fault { store(9, 4, 96, &$0) } == .section(1, offset: 64, .unknownCodec))
  #expect(fault { store(3, 4, 100, &$0) } == .section(1, offset: 64, .misaligned))
}

/// What stands behind the last section is zero, as between them.
@Test(arguments: [0, 1] as [UInt8]) func bytesBehindTheLastSectionAreZero(last: UInt8) throws {
  var bytes = try Parts(small).bundle() + [0, 0, 0, 0, 0, 0, 0, last]
  store(UInt64(bytes.count), 8, 24, &bytes)
  store(bytes[0..<56].withUnsafeBytes { xxh64($0) }, 8, 56, &bytes)
  let fault = bytes.withUnsafeBytes { raw -> FormatFault? in
    do throws(FormatFault) { try BundleReader(raw).verify() } catch { return error }
    return nil
  }
  #expect(fault == (last == 0 ? nil : .value(offset: bytes.count - 1, found: 1, limit: 1)))
}

/// A plan says how long it is, and is that long.
@Test(arguments: [0, 4]) func plansEndWhereTheySay(more: Int) throws {
  var parts = try Parts(small)
  let place = try #require(parts.sections.firstIndex { $0.type == .plan })
  var raw = parts.sections[place].raw
  // The number of entries, then the length of the first and only one.
  let length = raw[4..<12].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
  #expect(length == raw.count - 12)
  store(UInt64(length + more), 8, 4, &raw)
  parts.sections[place].raw = raw + [UInt8](repeating: 0, count: more)
  #expect(isRefused(parts.bundle()) == (more > 0))
}

/// A run of weights is a whole number of matrices.
@Test(arguments: [2, 4] as [UInt32]) func shuffledRunsAreWhole(width: UInt32) {
  let raw = (0..<6).map { UInt8($0) }
  var shuffled = shuffled(raw, .init(count: 6, width: 2, rows: 1, columns: 1))
  store(UInt64(width), 4, 12, &shuffled)
  var restored = [UInt8](repeating: 0, count: 6)
  let isTaken = restore(shuffled, into: &restored)
  #expect(isTaken == (width == 2) && (!isTaken || restored == raw))
}

/// Shuffled weights are as many as the raw ones: none is missing, none is left.
@Test(arguments: [-2, -1, 0, 1, 2]) func shuffledBytesAreAsManyAsRaw(more: Int) {
  let raw = (0..<6).map { UInt8($0) }
  var shuffled = shuffled(raw, .init(count: 6, width: 2, rows: 1, columns: 1))
  if more < 0 { shuffled.removeLast(-more) } else { shuffled += [UInt8](repeating: 0, count: more) }
  var restored = [UInt8](repeating: 0, count: 6)
  #expect(restore(shuffled, into: &restored) == (more == 0))
}

/// What codec 2 compresses: the list of runs, here one, and the shuffled bytes.
private func shuffled(_ raw: [UInt8], _ run: ByteShuffle.Run) -> [UInt8] {
  var cursor = ByteShuffle.Cursor([run]), bytes = [UInt8](repeating: 0, count: raw.count)
  let count = raw.withUnsafeBytes { raw in bytes.withUnsafeMutableBytes { cursor.gather(raw, into: $0) } }
  precondition(count == raw.count)
  return ByteShuffle.list([run]) + bytes
}

/// Takes bytes as a frame gives them, and no others behind them.
private func restore(_ shuffled: [UInt8], into raw: inout [UInt8]) -> Bool {
  var given = 0
  let isTaken = raw.withUnsafeMutableBytes { raw in
    ByteShuffle.restore(shuffled.count, into: raw) { target in
      guard given + target.count <= shuffled.count else { return false }
      target.copyBytes(from: shuffled[given..<given + target.count])
      given += target.count
      return true
    }
  }
  return isTaken && given == shuffled.count
}

/// The limit is of all sections together.
@Test func unpackedSectionsCountTogether() throws {
  let total = try Parts(small).sections.reduce(0) { $0 + $1.raw.count }
  func isTaken(_ limit: Int) -> Bool { small.withUnsafeBytes { bytes in (try? unpack(bytes, limit: limit)) != nil } }
  #expect(isTaken(total) && !isTaken(total - 1))
}

@Test func damagedSectionsNameTheirHash() throws {
  let bundle = try Parts(small).bundle()
  let sections = try bundle.withUnsafeBytes { try BundleReader($0).sections }
  for section in sections {
    var bytes = bundle
    bytes[section.offset] ^= 0x10
    let fault = bytes.withUnsafeBytes { raw in Result { () throws(FormatFault) in try BundleReader(raw).verify() } }
    guard case .failure(.sectionHash(section.type, section.offset, section.hash, _)) = fault else {
      Issue.record("section \(section.type): \(fault)")
      continue
    }
  }
}

@Test func downloadFormIsNotRun() throws {
  #expect(throws: RunFault.format(.packed)) { _ = try Model(BundleBytes(copying: small)) }
}
