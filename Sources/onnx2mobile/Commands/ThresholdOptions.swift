import ArgumentParser
import HostSystem
import O2MBundle
import O2MConvert
import O2MParity

/// What every verdict asks for, that of `convert` as well.
struct BoundOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The least SQNR of every output and case, in decibels.", valueName: "DB"))
  var minSqnr: Double?
  @Option(help: ArgumentHelp("The least share of cases whose best class agrees, 0 to 1.", valueName: "F"))
  var minTop1: Double?
  @Option(
    help: ArgumentHelp("Thresholds by output and precision; onnx2mobile.json beside the model by default.", valueName: "FILE"),
    completion: .file(extensions: ["json"]))
  var config: String?
  @Flag(help: "Fail where the outputs told little about the model.")
  var requireEvidence = false

  /// Whether a flag is there.
  var isGiven: Bool { minSqnr != nil || minTop1 != nil || config != nil || requireEvidence }

  func validate() throws {
    if let minSqnr, !minSqnr.isFinite { throw ValidationError("--min-sqnr takes a number of decibels, not \(minSqnr)") }
    if let minTop1, !(0...1).contains(minTop1) { throw ValidationError("--min-top1 takes 0 to 1, not \(minTop1)") }
  }
}

/// What a verdict of `verify` asks for.
struct ThresholdOptions: ParsableArguments {
  @OptionGroup var bounds: BoundOptions
  @Option(help: ArgumentHelp("Allowed difference relative to each element.", valueName: "X"))
  var rtol: Double?
  @Option(help: ArgumentHelp("Allowed absolute difference.", valueName: "X"))
  var atol: Double?
  @Option(
    help: ArgumentHelp("Fail where the SQNR of an output fell below that of this report in JSON.", valueName: "REPORT"),
    completion: .file(extensions: ["json"]))
  var baseline: String?
  @Option(help: ArgumentHelp("Decibels that it may fall, 3 by default.", valueName: "DB"))
  var maxFall: Double?
  /// Whether a flag is there.
  var isGiven: Bool { flags.isGiven || bounds.isGiven || baseline != nil || maxFall != nil }

  private var flags: Thresholds {
    var flags = Thresholds()
    (flags.relative, flags.absolute, flags.minimumSQNR, flags.minimumTop1) = (rtol, atol, bounds.minSqnr, bounds.minTop1)
    return flags
  }

  func validate() throws {
    for (name, value) in [("--rtol", rtol), ("--atol", atol), ("--max-fall", maxFall)] {
      if let value, !(value >= 0 && value.isFinite) { throw ValidationError("\(name) takes 0 or more, not \(value)") }
    }
    if maxFall != nil, baseline == nil { throw ValidationError("--max-fall goes with --baseline") }
  }

  /// Reads the files; one that lies beside the model counts where none is named.
  func judgement(beside model: String?) throws -> Judgement {
    let (file, policy) = try Files.policy(bounds.config, beside: model)
    return Judgement(
      flags: flags, file: file, policy: policy, baseline: try baseline.map { ($0, try Files.baseline($0)) },
      maximumFall: maxFall ?? policy.maximumFall ?? Baseline.standardFall,
      requiresEvidence: bounds.requireEvidence || policy.requiresEvidence)
  }
}

/// What a verdict asks for: what flags say comes before what the file says, and that before what the precision asks for.
struct Judgement {
  let flags: Thresholds
  let file: String
  let policy: VerificationPolicy
  let baseline: (path: String, Baseline)?
  let maximumFall: Double
  let requiresEvidence: Bool

  /// Whether a bound is the user's own.
  func isGiven(_ outputs: [String], _ precision: Precision) -> Bool {
    flags.isGiven || outputs.contains { policy.thresholds($0, precision).isGiven }
  }

  /// What all outputs of a bundle of this precision have to hold, and those that differ from it.
  func tolerances(of outputs: [String], _ precision: Precision, default standard: Tolerance) throws -> (Tolerance, own: [String: Tolerance])
  {
    do throws(PolicyError) { try policy.check(outputs: outputs) } catch { throw PolicyMessages.failure(error, file: file) }
    return policy.tolerances(of: outputs, precision, below: flags, default: standard)
  }

  /// The outputs beside the baseline; nil without one.
  func compare(
    _ parity: ParityReport, bundle: String, _ precision: Precision, truth: String, source: String
  ) throws -> BaselineReport? {
    guard let (path, baseline) = baseline else { return nil }
    let outputs = parity.outputs.map { Baseline.Output(name: $0.name, sqnr: $0.sqnr, cases: $0.cases) }
    guard let falls = baseline.falls(of: outputs, bundle, precision.rawValue) else { throw PolicyMessages.noBaseline(path, bundle: bundle) }
    return BaselineReport(falls, report: path, maximumFall: maximumFall, truth: truth, source: source)
  }
}
