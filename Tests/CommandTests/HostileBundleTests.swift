import Foundation
import O2MBundle
import O2MOps
import O2MRuntime
import O2MTestSupport
import O2MUnpack
import Testing

/// Bundles with right hashes that ask for more than there is: refused by every command before it is taken.
struct HostileBundleTests {
  /// One zstd frame of `count` zeros, a run of 2¹⁷ for every 4 bytes.
  private static func zeros(_ count: Int) -> [UInt8] {
    let block = 1 << 17
    precondition(count % block == 0)
    // Magic; the content's length has 8 bytes and a window is given; the window of 2¹⁷ bytes.
    var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x38]
    for shift in 0..<8 { frame.append(UInt8(truncatingIfNeeded: count >> (8 * shift))) }
    for index in 0..<count / block {
      let header = block << 3 | 1 << 1 | (index + 1 == count / block ? 1 : 0)
      frame += [UInt8(header & 0xFF), UInt8(header >> 8 & 0xFF), UInt8(header >> 16 & 0xFF), 0]
    }
    return frame
  }

  /// A bundle whose section `type` unpacks to `rawBytes` zeros.
  private static func bomb(_ bundle: [UInt8], _ type: SectionType, _ rawBytes: Int) throws -> [UInt8] {
    let parts = try bundle.withUnsafeBytes { bytes in
      try BundleReader(bytes).sections.map { section -> BundleWriter.Part in
        let own = SectionType(rawValue: section.type)!, raw = try O2MUnpack.rawBytes(section, in: bytes)
        guard own == type else {
          return BundleWriter.Part(type: own, stored: raw, rawBytes: raw.count, codec: .store, hash: section.hash)
        }
        return BundleWriter.Part(type: own, stored: zeros(rawBytes), rawBytes: rawBytes, codec: .zstd, hash: 0)
      }
    }
    return BundleWriter.assemble(parts, flags: 0)
  }

  /// Within 300 MB and 10 s of a processor, by the system's own limits. The address sanitizer needs more memory for itself.
  @Test(
    arguments: [
      (SectionType.weights, 1 << 32, 69), (.weights, 1 << 34, 69), (.weights, 1 << 31 - 1 << 20, 65), (.graph, 1 << 30, 65),
      (.plan, 1 << 26, 65), (.names, 1 << 27, 65), (.certificate, 1 << 30, 65),
    ] as [(SectionType, Int, Int32)])
  func bombsAreNotUnpacked(type: SectionType, rawBytes: Int, code: Int32) throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    try Data(try Self.bomb([UInt8](bytes(scratch / "d.o2m")), type, rawBytes)).write(to: URL(fileURLWithPath: scratch / "b.o2m"))
    let limits = Sanitizer.checksAddresses ? "" : "ulimit -t 10; ulimit -d 300000; "
    for command in ["verify b.o2m", "run b.o2m --input \(Tool.picture)", "bench b.o2m --runs 1", "dump b.o2m", "unpack b.o2m -o u.o2m"] {
      let outcome = try Tool.start(
        "/bin/sh", ["-c", "\(limits)exec \"$0\" \(command)", Tool.binary], in: scratch.path, environment: [:])
      #expect(outcome.code == code, "\(command): \(outcome)")
      expectMessageForm(outcome.err)
    }
    #expect(!FileManager.default.fileExists(atPath: scratch / "u.o2m"))
  }

  /// Bytes that belong to no section are zero, in both forms.
  @Test func gapsAreChecked() throws {
    let scratch = try Scratch()
    #expect(try Tool.convertDigits(to: scratch / "d.o2m").code == 0)
    #expect(try Tool.run("unpack", "d.o2m", "-o", "i.o2m", in: scratch.path).code == 0)
    for name in ["d.o2m", "i.o2m"] {
      var bundle = [UInt8](try bytes(scratch / name))
      let sections = try bundle.withUnsafeBytes { try BundleReader($0).sections }
      let gap = try #require(zip(sections, sections.dropFirst()).first { $0.range.upperBound < $1.offset }?.0.range.upperBound)
      bundle[gap] = 1
      try Data(bundle).write(to: URL(fileURLWithPath: scratch / "g.o2m"))
      for command in [["verify", "g.o2m"], ["unpack", "g.o2m", "-o", "u.o2m"], ["run", "g.o2m", "--input", Tool.picture]] {
        let outcome = try Tool.start(Tool.binary, command, in: scratch.path, environment: [:])
        #expect(outcome.code == 65 && outcome.err.contains("byte \(gap): "), "\(name): \(outcome)")
      }
    }
  }
}
