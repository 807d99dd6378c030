import O2MConvert
import O2MParity

/// The wording of a verdict of `verify` that fails.
enum VerdictMessages {
  /// - Parameter isGiven: whether a bound is the user's own.
  static func failure(_ reports: VerifyReports, isGiven: Bool) -> Failure? {
    let failed = reports.reports.filter { !$0.holds }
    // What cannot be opened comes before what is not the same.
    guard let first = failed.first(where: \.isBroken) ?? failed.first, var failure = failure(first, isGiven: isGiven) else { return nil }
    if reports.reports.count > 1 {
      failure.message =
        "\(failed.count) of \(Format.count(reports.reports.count, "bundle")) fail, "
        + "\(first.isBroken ? "one" : "the first") is \(failure.message)"
    }
    return failure
  }

  private static func failure(_ verdict: BundleVerdict, isGiven: Bool) -> Failure? {
    switch verdict {
    case .compared(let report): failure(report, isGiven: isGiven)
    case .uncompared(let report): report.failure
    }
  }

  private static func failure(_ report: VerifyReport, isGiven: Bool) -> Failure? {
    guard let first = report.failed.first else { return nil }
    let file = report.bundle
    switch first.criterion {
    case .identity:
      return Failure(.verdict, "\(file): \(first.message)", help: "\(theRightModel); --allow-other-model compares all the same")
    case .bisection:
      return Failure(.verdict, "\(file): \(first.message)", help: report.bisection?.help)
    case .evidence:
      return EvidenceMessages.failure(report.parity.evidence, cases: report.parity.report.cases, file: file, isWritten: true)
    case .baseline:
      return Failure(
        .verdict, "\(file): \(first.sentence)",
        help: "see what changed, or make the baseline again where the fall is meant; --max-fall allows more")
    case .certificate:
      return Failure(.verdict, "\(file): \(first.message)", help: "convert the model again")
    case .comparison, .cases, .type, .notFinite, .element, .sqnr, .top1:
      let help =
        report.identity?.isOther == true
        ? theRightModel : ParityMessages.help(report.parity.report, report.precision, isGiven: isGiven)
      guard let model = report.modelAgainstData else { return Failure(.verdict, "\(file): \(first.sentence)", help: help) }
      if model.verdict == .pass {
        return Failure(.verdict, "\(file): \(first.sentence); the model itself gives the stored outputs", help: help)
      }
      return Failure(
        .verdict, "\(file): \(first.sentence); the model itself does not give the stored outputs either",
        help: "give data of this model: its outputs must be stored after the last change of its weights")
    }
  }

  /// What does not belong together, and nothing could be compared.
  static func failure(_ source: SourceComparison, _ error: Failure, model: String, bundle: String) -> Failure {
    let difference = difference(IdentityReport(source, model: model, allowsOther: false), model: model)
    return Failure(.verdict, "\(bundle): \(difference); it cannot be compared either: \(error.message)", help: theRightModel)
  }

  private static let theRightModel = "convert this model again, or give the one that the bundle was made from"

  /// Which file is not that of the bundle's source, with both hashes.
  static func difference(_ identity: IdentityReport, model: String) -> String {
    let file = identity.files.first { !$0.isSame } ?? identity.files[0]
    let name = file.path == identity.files[0].path ? model : file.path
    let why =
      switch (file.sha256, file.bundleSHA256) {
      case (nil, _): "that model reads \(file.path), \(model) does not"
      case (_, nil): "that model reads no \(file.path), \(model) does"
      case (let found?, let stored?): "the SHA-256 of \(name) is \(found), the bundle says \(stored)"
      }
    return "it was made from another model than \(model): \(why)"
  }
}

extension BundleVerdict {
  /// Whether it is not a verdict of a comparison that fails.
  fileprivate var isBroken: Bool { if case .uncompared(let report) = self { report.failure.code != .verdict } else { false } }
}
