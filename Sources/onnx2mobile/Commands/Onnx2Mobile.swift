import ArgumentParser
import HostSystem
import O2MRuntime

@main
struct Onnx2Mobile: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "onnx2mobile",
    abstract: "Takes a trained ONNX model to a phone and proves that it is still the same model.",
    discussion: """
      Example:
        onnx2mobile convert squeezenet.onnx
        onnx2mobile verify squeezenet.onnx squeezenet.o2m --data test_data
        onnx2mobile run squeezenet.o2m --input data=cat.jpg --top 5

      Exit codes:
         0  holds
         1  a verdict failed: parity, threshold, certificate
        64  usage
        65  invalid or damaged file
        66  cannot open
        69  the model uses what is not supported
        70  our own fault
        73  cannot write
      """,
    version: Tool.version,
    subcommands: [Convert.self, Verify.self, Dump.self, Diff.self, Run.self, Unpack.self, Bench.self, RuntimeCommand.self])

  /// Usage errors look like all others: one line that says what is wrong, one that says what to do.
  static func main() {
    prepareStreams()
    // Swift reads them in /proc. Nothing that was asked for is done, and that must not look like success.
    guard !CommandLine.arguments.isEmpty else {
      Failure(.cannotOpen, "/proc/self/cmdline: cannot be opened, and the arguments stand there", help: "mount -t proc proc /proc").write()
      exit(withError: ExitCode(Failure.Code.cannotOpen.rawValue))
    }
    do {
      try checkCommand(Array(CommandLine.arguments.dropFirst()))
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // A command's own failure is printed already, whatever its code.
      guard exitCode(for: error) == .validationFailure, !(error is ExitCode) else {
        // Help and version are results like all others.
        if exitCode(for: error) == .success, !(error is ExitCode) {
          do { try reporting { try (fullMessage(for: error) + "\n").write() } } catch { exit(withError: error) }
          exit(withError: ExitCode.success)
        }
        exit(withError: error)
      }
      let command = CommandLine.arguments.dropFirst().first.flatMap { name in
        configuration.subcommands.first { $0._commandName == name }?._commandName
      }
      Failure(.usage, usage(message(for: error)), help: "see `onnx2mobile \(command.map { $0 + " " } ?? "")--help`").write()
      exit(withError: ExitCode(Failure.Code.usage.rawValue))
    }
  }

  /// A closed pipe is an error of the write that meets it, not the end of the process; and a stream that is closed stays an error, whatever
  /// file is opened next.
  private static func prepareStreams() {
    signal(SIGPIPE, SIG_IGN)
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // The lowest free number is the stream's. Nothing can be written to what is open for reading.
      _ = open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }

  /// The parser takes an unknown command for an argument that is one too many, or shows the overview.
  private static func checkCommand(_ arguments: [String]) throws {
    let names = configuration.subcommands.map { $0._commandName }
    guard let name = arguments.first == "help" ? arguments.dropFirst().first : arguments.first,
      !name.hasPrefix("-"), name != "help", !names.contains(name)
    else { return }
    throw ValidationError("there is no command '\(name)'" + Suggestion.text(for: name, among: names))
  }

  /// The parser's sentence in the form of the other messages: lower case, no final period.
  private static func usage(_ message: String) -> String {
    let lines = message.split(separator: "\n").map(String.init)
    var message = lines.first ?? message
    // A list follows, a line for each value.
    if message.hasSuffix("one of the following:") {
      let values = lines.dropFirst().prefix { $0.hasPrefix(" ") }.map { $0.trimmed { " -".contains($0) } }
      message = message.dropLast("the following:".count) + values.joined(separator: ", ")
    }
    if message.hasPrefix("Error: ") { message.removeFirst(7) }
    if message.hasSuffix(".") { message.removeLast() }
    message = message.replacing(". Please provide one of ", with: "; it takes ")
      .replacing(". Did you mean", with: "; did you mean")
    if let match = message.wholeMatch(of: /the value '(?<value>.*?)' is invalid for .*; it takes (?<known>.*)/.ignoresCase()) {
      message += Suggestion.text(for: String(match.value), among: match.known.matches(of: /'(.*?)'/).map { String($0.1) })
    }
    return message.prefix(1).lowercased() + message.dropFirst()
  }
}

enum Tool {
  static let version = "\(RuntimeVersion.major).\(RuntimeVersion.minor).\(RuntimeVersion.patch)"
}
