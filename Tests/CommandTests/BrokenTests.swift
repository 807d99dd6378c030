import Foundation
import Testing

/// Every damaged file is refused with its own words and exit code, and leaves nothing behind.
struct BrokenTests {
  struct Expectation: Decodable, Sendable, CustomTestStringConvertible {
    var file = ""
    var exit: Int32
    var contains: [String]
    var testDescription: String { file }

    enum CodingKeys: CodingKey { case exit, contains }
  }

  static let models: [Expectation] = {
    guard let data = FileManager.default.contents(atPath: Tool.broken + "/expected.json"),
      let table = try? JSONDecoder().decode([String: Expectation].self, from: data)
    else { return [] }
    return table.sorted { $0.key < $1.key }.map { Expectation(file: $0.key, exit: $0.value.exit, contains: $0.value.contains) }
  }()

  static let bundles = ((try? FileManager.default.contentsOfDirectory(atPath: Tool.broken)) ?? []).filter { $0.hasSuffix(".o2m") }.sorted()

  @Test func fixturesAreThere() {
    #expect(Self.models.count >= 60)
    #expect(Self.bundles.count >= 20)
  }

  @Test(arguments: models)
  func modelIsRefused(expectation: Expectation) throws {
    let scratch = try Scratch()
    let outcome = try Tool.run("convert", Tool.broken + "/" + expectation.file, "-o", scratch / "out.o2m")
    #expect(outcome.code == expectation.exit)
    for words in expectation.contains { #expect(outcome.err.contains(words)) }
    #expect(FileManager.default.fileExists(atPath: scratch / "out.o2m") == (expectation.exit == 0))
    guard expectation.exit != 0 else { return }
    #expect(outcome.err.hasPrefix("error: \(Tool.broken)/\(expectation.file): "))
    expectMessageForm(outcome.err)
  }

  @Test(arguments: bundles)
  func bundleIsRefused(file: String) throws {
    let scratch = try Scratch()
    let path = Tool.broken + "/" + file
    let commands = [
      ["verify", path], ["unpack", path, "-o", scratch / "out.o2m"], ["bench", path], ["dump", path],
    ]
    var messages: Set<String> = []
    for command in commands {
      let outcome = try Tool.start(Tool.binary, command, in: Tool.root, environment: [:])
      #expect(outcome.code == 65)
      expectMessageForm(outcome.err)
      if command[0] != "dump" { messages.insert(outcome.err) }
    }
    #expect(messages.count == 1, "the commands say different things")
    #expect(!FileManager.default.fileExists(atPath: scratch / "out.o2m"))
  }

  /// Each damage reads differently.
  @Test func bundlesHaveMessagesOfTheirOwn() throws {
    var messages: [String: String] = [:]
    for file in Self.bundles {
      let outcome = try Tool.run("verify", file, in: Tool.broken)
      let words = outcome.err.replacingOccurrences(of: file, with: "FILE")
      let other = messages.updateValue(file, forKey: words)
      #expect(other == nil, "\(file): \(words)")
    }
  }

  @Test func missingBundleCannotBeOpened() throws {
    for command in [
      ["verify", "none.o2m"], ["unpack", "none.o2m", "-o", "x.o2m"], ["bench", "none.o2m"], ["dump", "none.o2m"], ["run", "none.o2m"],
    ] {
      let outcome = try Tool.start(Tool.binary, command, in: Tool.root, environment: [:])
      #expect(outcome.code == 66)
      expectMessageForm(outcome.err)
    }
  }
}
