import O2MConvert

/// The wording of what is wrong with a file of thresholds, a baseline, or a list of what pictures show.
enum PolicyMessages {
  static func failure(_ error: PolicyError, file: String) -> Failure {
    switch error {
    case .json(let fault):
      Failure(.damaged, "\(file): line \(fault.line), column \(fault.column): \(text(fault.reason))", help: "the file has to be JSON")
    case .unknownKey(let key, let line, let known):
      Failure(
        .damaged, "\(file): line \(line): there is no '\(key)'" + Suggestion.text(for: key, among: known),
        help: "here may stand \(known.prefix(12).joined(separator: ", "))")
    case .value(let key, let line, let form):
      Failure(.damaged, "\(file): line \(line): '\(key)' is not \(text(form))", help: "'\(key)' takes \(text(form))")
    case .version(let found, let line, let known):
      Failure(
        .damaged, "\(file): line \(line): the report has the form \(found), this tool knows \(known)",
        help: "make the baseline again: verify with --format json --report \(file)")
    case .noReport(let key, let line):
      Failure(
        .damaged, "\(file): line \(line): it is no report of `verify`, it lacks '\(key)'",
        help: "make the baseline with verify and --format json --report \(file)")
    }
  }

  private static func text(_ form: PolicyError.Form) -> String {
    switch form {
    case .object: "an object of keys and values"
    case .decibels: "a number of decibels"
    case .share: "a number from 0 to 1"
    case .notNegative: "a number of 0 or more"
    case .truth: "true or false"
    }
  }

  private static func text(_ reason: JSONFault.Reason) -> String {
    switch reason {
    case .notUTF8: "it is not UTF-8 text"
    case .ended: "the text ends before the value does"
    case .unexpected: "something else is expected here; a comma may be missing, or one too many"
    case .word: "this is no JSON value; numbers are decimal, words are true, false and null"
    case .escape: "a backslash begins no escape that JSON has"
    case .control: "a text does not end on its line"
    case .nesting(let limit): "values are nested more than \(limit) deep"
    case .repeatedKey(let key): "'\(key)' stands twice in one object"
    case .more: "something follows the value"
    }
  }

  static func failure(_ error: PictureLabelError, file: String) -> Failure {
    switch error {
    case .notUTF8: Failure(.damaged, "\(file): is not UTF-8 text", help: "store it as UTF-8, PICTURE,CLASS in each line")
    case .noClass(let line):
      Failure(.damaged, "\(file): line \(line): no class stands behind the picture", help: "write PICTURE,CLASS, or a tab for the comma")
    case .unknownClass(let name, let line):
      Failure(
        .damaged, "\(file): line \(line): '\(name)' is no class of the bundle",
        help: "give a label that `convert --labels` stored, or the number of a class")
    case .unknownFolder(let name):
      Failure(
        .usage, "\(file): the folder '\(name)' is no class of the bundle",
        help: "name folders as the labels that `convert --labels` stored, or by the numbers of classes")
    case .none: Failure(.usage, "\(file): it names none of the pictures", help: "give paths below the folder, or names of files in it")
    }
  }

  /// The baseline does not speak of a bundle.
  static func noBaseline(_ file: String, bundle: String) -> Failure {
    Failure(
      .usage, "\(file): it holds no report of \(bundle) with the same outputs",
      help: "make the baseline again: verify this bundle with --format json --report \(file)")
  }
}
