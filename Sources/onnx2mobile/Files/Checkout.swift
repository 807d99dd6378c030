import HostSystem
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
    var place = path
    while place.count > 1 {
      if [makefile, "Sources/O2MOps/Included.swift"].allSatisfy({ access("\(place)/\($0)", R_OK) == 0 }) { return place }
      place = folder(of: place)
    }
    return nil
  }

  /// Builds the library and writes it to a folder. What was built before for the same contents is taken as it is.
  func build(_ contents: LibraryContents, for target: RuntimeCommand.Target, into output: String) throws -> [LibraryReport.File] {
    let source = contents.swiftSource + (contents.opensDownloads ? "// with zstd's decoder\n" : "")
    let number = Array((source + contents.elementSource + contents.cSource).utf8).withUnsafeBytes { xxh64($0) }
    let included = ".build/runtime/" + String(number, radix: 16), built = "\(included)/\(target.rawValue)"
    try Files.makeFolder("\(root)/\(included)")
    try Self.replace("\(root)/\(included)/Included.swift", source)
    try Self.replace("\(root)/\(included)/IncludedElements.swift", contents.elementSource)
    try Self.replace("\(root)/\(included)/included.h", contents.cSource)
    let log = "\(root)/\(included)/log"
    if contents.opensDownloads { try run(["\(root)/.ci/zstd"], log: log) }

    let names = target == .wasm32 ? ["o2m.wasm", "o2m.relaxed.wasm"] : ["libo2m.so"]
    let settings = ["TARGET=\(target.rawValue)", "INCLUDED=\(included)"] + (contents.opensDownloads ? ["DECODER=1"] : [])
    try run(
      ["make", "--no-print-directory", "-C", root, "-j", "\(ProcessInfo.processInfo.activeProcessorCount)", "-f", Self.makefile] + settings
        + names.map { "\(built)/\($0)" }, log: log)

    var wanted = names.map { "\(built)/\($0)" }
    if target != .wasm32 { wanted.append("Sources/O2MRuntime/include/o2m.h") }
    if target != .wasm32, contents.opensDownloads { wanted.append("Sources/O2MUnpack/include/o2m_unpack.h") }
    try Files.makeFolder(output)
    return try wanted.map { path in
      let place = output + "/" + path.lastPathName
      guard let bytes = FileManager.default.contents(atPath: "\(root)/\(path)") else {
        throw Failure(.cannotOpen, "\(root)/\(path): was not built", help: "delete \(root)/\(included) and try again")
      }
      try Files.write([UInt8](bytes), to: place)
      return LibraryReport.File(path: place, bytes: bytes.count)
    }
  }

  /// Keeps the time of a file that says the same already.
  private static func replace(_ path: String, _ text: String) throws {
    if FileManager.default.contents(atPath: path) != Data(text.utf8) { try Files.write([UInt8](text.utf8), to: path) }
  }

  /// Runs a program; what it says goes to a file, and is shown where it fails.
  private func run(_ arguments: [String], log: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var number = pid_t(), status: Int32 = 0
    let code = posix_spawnp(&number, arguments[0], &actions, nil, &words, &settings)
    guard code == 0 else { throw Failure(.cannotOpen, "\(arguments[0]): cannot be run: \(ImportMessages.reason(code))") }
    while waitpid(number, &status, 0) < 0, errno == EINTR {}
    guard status == 0 else {
      let said = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
      let lines = said.split(separator: "\n").map(String.init)
      let reasons = lines.filter { $0.contains("error:") || $0.contains("not found") || $0.contains("***") }
      throw Failure(
        .cannotOpen, "\(root): the library cannot be built: `\(arguments[0])` failed",
        reasons: Array((reasons.isEmpty ? lines : reasons).suffix(8)),
        help: "Swift for Linux must be there, and what `\(root)/.ci/setup embedded` installs; \(log) has all that was said")
    }
  }
}
