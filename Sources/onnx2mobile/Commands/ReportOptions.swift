import ArgumentParser

/// How a command prints its result.
struct ReportOptions: ParsableArguments {
  enum Form: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(help: ArgumentHelp("How the result is written; text by default.", valueName: "F"))
  var format: Form?
  @Flag(help: "Short for --format json.")
  var json = false

  func validate() throws {
    if json, format == .text { throw ValidationError("--json is --format json, and --format text is given") }
  }

  var isJSON: Bool { json || format == .json }
}
