import Foundation
import O2MBundle
import O2MRuntime

/// The sources of this tool, from which libraries are built.
struct Checkout {
  private let root: String
  private static let makefile = "Tests/Embedded/Makefile"

  /// The working directory or one above it, else the one that this program lies in.
  init() throws {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    guard let root = Self.root(above: FileManager.default.currentDirectoryPath) ?? Self.root(above: own) else {
      throw Failure(
        .cannotOpen, "there are no sources here: a library is built in a checkout of onnx2mobile \(Tool.version)",
        help: "clone it, and run this command in its folder; it needs Swift \(Self.swift) for Linux, and what `.ci/setup embedded` installs"
      )
    }
    self.root = root
  }

  private static let swift = "6.2"

  private static func root(above path: String) -> String? {
    var folder = URL(fileURLWithPath: path)
    while folder.path != "/" {
      if [makefile, "Sources/O2MOps/Included.swift"].allSatisfy({ FileManager.default.fileExists(atPath: folder.path + "/" + $0) }) {
        return folder.path
      }
      folder.deleteLastPathComponent()
    }
    return nil
  }

  /// Builds the library and writes it to a folder. What was built before for the same contents is taken as it is.
  func build(_ contents: LibraryContents, for target: RuntimeCommand.Target, into output: String) throws -> [LibraryReport.File] {
    let source = contents.swiftSource + (contents.opensDownloads ? "// with zstd's decoder\n" : "")
    let number = Array(source.utf8).withUnsafeBytes { xxh64($0) }
    let included = ".build/runtime/" + String(number, radix: 16), built = "\(included)/\(target.rawValue)"
    try Self.makeFolder("\(root)/\(included)")
    try Self.replace("\(root)/\(included)/Included.swift", source)
    try Self.replace("\(root)/\(included)/included.h", contents.cSource)
    if contents.opensDownloads { try run([".ci/zstd"]) }

    let names = target == .wasm32 ? ["o2m.wasm", "o2m.relaxed.wasm"] : ["libo2m.so"]
    let settings = ["TARGET=\(target.rawValue)", "INCLUDED=\(included)"] + (contents.opensDownloads ? ["DECODER=1"] : [])
    try run(
      ["make", "--no-print-directory", "-j", "\(ProcessInfo.processInfo.activeProcessorCount)", "-f", Self.makefile] + settings
        + names.map { "\(built)/\($0)" })

    var wanted = names.map { "\(built)/\($0)" }
    if target != .wasm32 { wanted.append("Sources/O2MRuntime/include/o2m.h") }
    if target != .wasm32, contents.opensDownloads { wanted.append("Sources/O2MUnpack/include/o2m_unpack.h") }
    try Self.makeFolder(output)
    return try wanted.map { path in
      let place = output + "/" + URL(fileURLWithPath: path).lastPathComponent
      guard let bytes = FileManager.default.contents(atPath: "\(root)/\(path)") else {
        throw Failure(.cannotOpen, "\(root)/\(path): was not built", help: "delete \(root)/\(included) and try again")
      }
      try Self.write(bytes, place)
      return LibraryReport.File(path: place, bytes: bytes.count)
    }
  }

  private static func makeFolder(_ path: String) throws {
    do { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) } catch {
      throw Failure(.cannotWrite, "\(path): cannot be made: \(error.localizedDescription)")
    }
  }

  /// Keeps the time of a file that says the same already.
  private static func replace(_ path: String, _ text: String) throws {
    let bytes = Data(text.utf8)
    if FileManager.default.contents(atPath: path) != bytes { try write(bytes, path) }
  }

  private static func write(_ bytes: Data, _ path: String) throws {
    do { try bytes.write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw Failure(.cannotWrite, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  /// Runs a program in the checkout; what it says is shown where it fails.
  private func run(_ arguments: [String]) throws {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: root)
    process.standardOutput = pipe
    process.standardError = pipe
    do { try process.run() } catch { throw Failure(.cannotOpen, "/usr/bin/env: cannot be run: \(error.localizedDescription)") }
    let said = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let lines = said.split(separator: "\n").map(String.init)
      let reasons = lines.filter { $0.contains("error:") || $0.contains("not found") || $0.contains("***") }
      throw Failure(
        .cannotOpen, "\(root): the library cannot be built: `\(arguments[0])` ended with \(process.terminationStatus)",
        reasons: Array((reasons.isEmpty ? lines : reasons).suffix(8)),
        help: "Swift for Linux must be there, and what `\(root)/.ci/setup embedded` installs")
    }
  }
}
