import O2MConvert
import O2MGraph
import O2MRuntime
import O2MTensor

/// The wording of what is wrong with labels.
enum LabelMessages {
  static func failure(_ error: LabelError, file: String) -> Failure {
    switch error {
    case .notUTF8: Failure(.damaged, "\(file): is not UTF-8 text", help: "store the labels as UTF-8, one per line")
    case .tooLong(let line, let bytes, let limit):
      Failure(
        .damaged, "\(file): line \(line + 1) has \(bytes) bytes, a label has \(limit) at most", help: "give one name in each line")
    case .none: Failure(.damaged, "\(file): has no labels", help: "give one name in each line, in the order of the classes")
    case .empty(let line):
      Failure(
        .damaged, "\(file): line \(line + 1) is empty, and the labels behind it would name the wrong classes",
        help: "delete the line, or write the name of class \(line) there")
    case .json:
      Failure(
        .damaged, "\(file): is JSON without labels",
        help: "give a list of names, {\"0\": NAME, ...}, a config.json with id2label, or one name in each line")
    case .missing(let number, let names):
      Failure(
        .damaged, "\(file): has \(Format.count(names, "label")), and none for class \(number)",
        help: "number the classes from 0, without a gap")
    }
  }

  /// Labels that are not one for each class of the only output that can be classes.
  static func count(_ labels: Int, _ classes: Int, output: String, file: String, model: String) -> Failure {
    let help =
      switch labels - classes {
      case -1: "class 0 may be the background: then give it a name in the first line"
      case 1: "one line is no class: a title, or a background that this model does not have"
      default: "give the labels of this model, one for each class in the order of the output"
      }
    return Failure(
      .usage,
      "\(file): has \(Format.count(labels, "label")), the output '\(output)' of \(model) has \(Format.count(classes, "class", "classes"))",
      help: help)
  }
}
