import ArgumentParser
import HostSystem

/// A message for the user and the exit code that goes with it. Only this folder makes them: below it an error is data.
package struct Failure: Error {
  package enum Code: Int32 {
    case verdict = 1
    case usage = 64
    case damaged = 65
    case cannotOpen = 66
    case unsupported = 69
    case ours = 70
    case cannotWrite = 73
  }

  package var code: Code
  package var message: String
  /// What to do about it.
  package var help: String?

  /// A name in `message` may hold anything; it stays on its line. Those of `reasons` follow, a line each.
  init(_ code: Code, _ message: String, reasons: [String] = [], help: String? = nil) {
    self.code = code
    self.message = ([message] + reasons.map { "  " + $0 }).map(\.brief).joined(separator: "\n")
    self.help = help?.brief
  }

  /// The same with the sentence of another failure, whose reasons follow.
  init(_ code: Code, _ message: String, because reason: Failure, help: String? = nil) {
    let lines = reason.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    self.init(code, message + ": " + lines[0], help: help)
    self.message += lines.dropFirst().map { "\n" + $0 }.joined()
  }

  /// Whether another file of the same call may well be sound.
  var isOfOneFile: Bool { [.damaged, .cannotOpen, .unsupported].contains(code) }

  /// The lines that go to stderr.
  func write() {
    let width = Terminal.errorColumns ?? .max
    let lines = "error: \(message)".split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let indent = String(line.prefix { $0 == " " }), text = String(line.dropFirst(indent.count))
      return indent + text.wrapped(to: width - indent.count, indent: indent + "  ")
    }
    let help = help.map { "  help: " + $0.wrapped(to: width - 8, indent: "        ") + "\n" } ?? ""
    let text = lines.joined(separator: "\n") + "\n" + help
    text.writeToStandardError()
  }
}

/// Runs a command's body; a failure is printed and becomes the exit code.
func reporting(_ body: () throws -> Void) throws {
  do { try body() } catch let failure as Failure {
    failure.write()
    throw ExitCode(failure.code.rawValue)
  } catch {
    Failure(.ours, "the system reports: \(error)", help: "please report this").write()
    throw ExitCode(Failure.Code.ours.rawValue)
  }
}
