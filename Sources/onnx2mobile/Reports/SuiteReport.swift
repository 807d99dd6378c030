import HostSystem
import O2MConvert
import O2MImport
import O2MParity

/// What a run over a suite found; the JSON keys are a contract.
struct SuiteReport: Encodable {
  enum Status: String, Encodable { case passed, failed, unsupported }

  struct Case: Encodable {
    var name: String
    var status: Status
    /// Where the case passed: the inputs that were made constants, or nothing.
    var reason: String
  }

  let total: Int
  let passed: Int
  let failed: Int
  let unsupported: Int
  let cases: [Case]
  let folder: String
  let route: SuiteRunner.Route

  enum CodingKeys: String, CodingKey { case total, passed, failed, unsupported, cases }

  init(_ items: [TestCase], _ verdicts: [SuiteVerdict], of folder: String, through route: SuiteRunner.Route) {
    self.folder = folder
    self.route = route
    let cases = zip(items, verdicts).map { Self.row($0, $1) }
    func count(_ status: Status) -> Int { cases.count { $0.status == status } }
    (total, passed, failed, unsupported) = (cases.count, count(.passed), count(.failed), count(.unsupported))
    self.cases = cases
  }

  private static func row(_ item: TestCase, _ verdict: SuiteVerdict) -> Case {
    switch verdict {
    case .passed(let pinned):
      Case(name: item.name, status: .passed, reason: pinned.isEmpty ? "" : "with \(pinned.joined(separator: ", ")) as constants")
    case .failed(let failure): Case(name: item.name, status: .failed, reason: text(failure, item))
    case .unsupported(let error): Case(name: item.name, status: .unsupported, reason: text(error, item))
    case .constant(let pinned):
      Case(
        name: item.name, status: .unsupported,
        reason: "shapes depend on \(pinned.joined(separator: ", ")): with constants for them nothing is left to compute")
    }
  }

  private static func text(_ failure: SuiteFailure, _ item: TestCase) -> String {
    switch failure {
    case .noData: return "it has no test_data_set_0"
    case .inputCount(let expected, let found):
      return "\(Format.count(found, "input is", "inputs are")) stored from input_0.pb on, the model takes \(expected)"
    case .outputCount(let expected, let found): return "it gives \(Format.count(found, "output")), \(expected) are stored"
    case .kind(let name): return "output '\(name)' is another kind of value than the stored one"
    case .strings(let name, let found, let expected):
      return "output '\(name)' is \(found.shape.dims) \(found.values), \(expected.shape.dims) \(expected.values) are stored"
    case .stopped(let error): return text(error, item)
    case .output(let output): return ParityText.failure(of: output)
    }
  }

  /// The sentence without the file, which the case's name says.
  private static func text(_ error: ConversionError, _ item: TestCase) -> String {
    let message = ConversionMessages.failure(error, file: item.model, values: .given).message
    // Several reasons stand in lines of their own elsewhere.
    return message.replacing(item.model + ": ", with: "").replacing(item.folder, with: item.name)
      .replacing(":\n  ", with: ": ").replacing("\n  ", with: "; ")
  }

  var text: String {
    var table = Table([.left, .left, .left], width: .max)
    for item in cases where item.status != .passed { table.add(item.name, item.status.rawValue, item.reason) }
    return table.text
      + "\(folder) through \(route.rawValue): \(Format.count(total, "case")), "
      + "\(passed) passed, \(failed) failed, \(unsupported) unsupported\n"
  }

  /// The first case that does not hold; what is not supported counts where nothing fails.
  var failure: Failure? {
    if let first = cases.first(where: { $0.status == .failed }) {
      return Failure(
        .verdict,
        "\(folder): \(failed) of \(Format.count(total, "case")) \(failed == 1 ? "fails" : "fail"), "
          + "the first is \(first.name): \(first.reason)",
        help: "--filter '\(first.name)' runs it alone")
    }
    return cases.first { $0.status == .unsupported }.map { first in
      Failure(
        .unsupported,
        "\(folder): \(unsupported) of \(Format.count(total, "case")) \(unsupported == 1 ? "uses" : "use") "
          + "what is not supported, the first is \(first.name): \(first.reason)",
        help: "`onnx2mobile dump --operators` lists what is supported")
    }
  }
}
