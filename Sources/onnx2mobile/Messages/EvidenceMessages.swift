import O2MParity
import O2MRuntime

/// The wording of what a verdict is worth.
enum EvidenceMessages {
  /// - Parameter cases: how many inputs there were.
  static func reason(_ evidence: Evidence, cases: Int) -> String {
    let inputs = cases == 1 ? "1 input that was" : "\(cases) inputs that were"
    switch (evidence.kind, evidence.weakness) {
    case (.data, _): return "measured on \(inputs) given"
    case (_, let weakness?): return text(weakness)
    case (.seeded, nil): return "measured on \(inputs) drawn"
    case (.weak, nil): return "the outputs told little when the bundle was made"
    }
  }

  private static func text(_ weakness: Evidence.Weakness) -> String {
    switch weakness {
    case .oneCase: "one drawn input does not show whether the outputs follow it"
    case .independent: "no output is computed from an input"
    case .notANumber(let output): "output '\(output)' is NaN or infinite throughout for drawn inputs"
    case .constant(let output): "output '\(output)' is the same for all drawn inputs"
    case .saturated(let output): "output '\(output)' is 0 or 1 throughout for drawn inputs, which hides errors"
    case .still(let output, let moved, _) where moved >= Decibels.most: "drawn inputs do not move output '\(output)'"
    case .still(let output, let moved, let bound):
      "drawn inputs move output '\(output)' by \(Format.fixed(-moved, 1)) dB of itself, "
        + "errors up to \(Format.fixed(-bound, 1)) dB are allowed"
    case .close(let output, let found, let bound) where found < bound:
      "drawn inputs leave output '\(output)' at \(Format.fixed(found, 1)) dB, \(Format.fixed(bound, 1)) dB are asked for"
    case .close(let output, let found, let bound):
      "drawn inputs leave output '\(output)' at \(Format.fixed(found, 1)) dB, so that real ones may miss \(Format.fixed(bound, 1)) dB"
    }
  }

  /// What `--require-evidence` says of weak evidence.
  static func failure(_ evidence: Evidence, cases: Int, file: String, isWritten: Bool) -> Failure {
    Failure(
      .verdict, "\(file): weak evidence: \(reason(evidence, cases: cases))" + (isWritten ? "" : ", nothing was written"),
      help: "give real inputs with --data DIR" + (isWritten ? "" : " or --pictures DIR"))
  }
}

extension Certificate.Evidence {
  /// As JSON has it.
  var name: String {
    switch self {
    case .seeded: "seeded"
    case .data: "data"
    case .weak: "weak"
    }
  }
}
