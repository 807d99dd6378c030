import O2MConvert
import O2MParity

/// The wording of a verdict of `verify` that fails.
enum VerdictMessages {
  /// - Parameter isGiven: whether the bound is the user's own.
  static func failure(_ report: VerifyReport, _ precision: Precision, isGiven: Bool) -> Failure? {
    if let identity = report.identity, identity.isRefused {
      return failure(identity, model: report.model ?? "", bundle: report.bundle)
    }
    let parity = report.parity.report
    guard parity.verdict == .fail else { return nil }
    let why = parity.outputs.first { !$0.failures.isEmpty }.map { ParityText.failure(of: $0) } ?? "nothing was compared"
    guard let model = report.modelAgainstData else {
      return Failure(.verdict, "\(report.bundle): \(why)", help: ParityMessages.help(parity, precision, isGiven: isGiven))
    }
    if model.verdict == .pass {
      return Failure(
        .verdict, "\(report.bundle): \(why); the model itself gives the stored outputs",
        help: ParityMessages.help(parity, precision, isGiven: isGiven))
    }
    return Failure(
      .verdict, "\(report.bundle): \(why); the model itself does not give the stored outputs either",
      help: "give data of this model: its outputs must be stored after the last change of its weights")
  }

  /// What does not belong together, and nothing could be compared.
  static func failure(_ source: SourceComparison, _ error: Failure, model: String, bundle: String) -> Failure {
    let failure = failure(IdentityReport(source, model: model, allowsOther: false), model: model, bundle: bundle)
    return Failure(.verdict, "\(failure.message); it cannot be compared either: \(error.message)", help: failure.help)
  }

  private static func failure(_ identity: IdentityReport, model: String, bundle: String) -> Failure {
    let file = identity.files.first { !$0.isSame } ?? identity.files[0]
    let name = file.path == identity.files[0].path ? model : file.path
    let why =
      switch (file.sha256, file.bundleSHA256) {
      case (nil, _): "that model reads \(file.path), \(model) does not"
      case (_, nil): "that model reads no \(file.path), \(model) does"
      case (let found?, let stored?): "the SHA-256 of \(name) is \(found), the bundle says \(stored)"
      }
    return Failure(
      .verdict, "\(bundle): it was made from another model than \(model): \(why)",
      help: "convert this model again, or give the one that the bundle was made from; --allow-other-model compares all the same")
  }
}
