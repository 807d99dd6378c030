import ArgumentParser

/// The forms in which a command writes its result; all of them have these two.
protocol ResultForm: RawRepresentable<String>, ExpressibleByArgument, CaseIterable {
  static var text: Self { get }
  static var json: Self { get }
}

enum TextOrJSON: String, ResultForm { case text, json }

/// How a command writes its result.
struct FormatOptions<Form: ResultForm>: ParsableArguments {
  @Option(help: ArgumentHelp("How the result is written; text by default.", valueName: "F"))
  var format: Form?
  @Flag(help: "Short for --format json.")
  var json = false

  func validate() throws {
    if json, let format, format.rawValue != Form.json.rawValue {
      throw ValidationError("--json is --format json, and --format \(format.rawValue) is given")
    }
  }

  var form: Form { json ? .json : format ?? .text }
  var isJSON: Bool { form.rawValue == Form.json.rawValue }
}
