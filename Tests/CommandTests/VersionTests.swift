import Foundation
import Testing

/// What states the version follows the tool, which states it in Sources/O2MRuntime/C/Version.swift.
struct VersionTests {
  @Test func headerAndReleaseNotesFollowTheTool() throws {
    let version = try Tool.run("--version").out.trimmingCharacters(in: .newlines)
    let numbers = version.split(separator: ".").compactMap { UInt32($0) }
    try #require(numbers.count == 3)
    let header = try Page(path: "Sources/O2MRuntime/include/o2m.h").text
    let defined = try #require(header.firstMatch(of: /\n#define O2M_VERSION 0x([0-9a-f]{6})\n/))
    #expect(UInt32(defined.1, radix: 16) == numbers[0] << 16 | numbers[1] << 8 | numbers[2])
    let newest = try #require(Page("ReleaseNotes").text.firstMatch(of: /\n## Tool ([^\n]*)\n/))
    #expect(newest.1 == version)
  }
}
