import ArgumentParser
import Foundation
import O2MBundle
import O2MConvert
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare a bundle with its model, or with its own parity certificate.",
    usage: """
      onnx2mobile verify MODEL.onnx BUNDLE.o2m [<options>]
      onnx2mobile verify BUNDLE.o2m [<options>]
      onnx2mobile verify --suite DIR [--through R] [--filter GLOB]
      """,
    discussion: """
      Example:
        onnx2mobile verify model.onnx model.o2m --data test_data --format json
        onnx2mobile verify model.o2m
        onnx2mobile verify --suite onnx/backend/test/data/node --filter 'test_conv*'

      DIR is ONNX's layout: test_data_set_K/{input,output}_I.pb, or such a set itself. Stored outputs are the truth; without them the \
      reference evaluator is. Exit code 1 where an output does not hold. --suite runs every case folder of ONNX's layout below DIR; where \
      none fails but some use what is not supported, the exit code is 69.
      """)

  enum ReportFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(
    help: ArgumentHelp("MODEL.onnx BUNDLE.o2m, or BUNDLE.o2m alone.", valueName: "FILE"), completion: .file(extensions: ["onnx", "o2m"]))
  var files: [String] = []
  @Option(help: ArgumentHelp("Run every case folder below DIR.", valueName: "DIR"), completion: .directory)
  var suite: String?
  @Option(help: ArgumentHelp("What computes the cases' outputs: reference (default) or bundle.", valueName: "R"))
  var through: SuiteRunner.Route?
  @Option(help: ArgumentHelp("Only the cases whose name matches, such as 'test_conv*'.", valueName: "GLOB"))
  var filter: String?
  @Option(help: ArgumentHelp("Stored inputs and outputs.", valueName: "DIR"), completion: .directory)
  var data: [String] = []
  @Option(help: ArgumentHelp("Compare on N seeded inputs.", valueName: "N"))
  var random: Int?
  @Option(help: ArgumentHelp("Seed of the seeded inputs, 1 by default.", valueName: "N"))
  var seed: UInt64?
  @Option(help: ArgumentHelp("Allowed difference relative to each element.", valueName: "X"))
  var rtol: Double?
  @Option(help: ArgumentHelp("Allowed absolute difference.", valueName: "X"))
  var atol: Double?
  @Option(help: ArgumentHelp("The least SQNR of every output and case, in decibels.", valueName: "DB"))
  var minSqnr: Double?
  @Option(help: ArgumentHelp("The least share of cases whose best class agrees, 0 to 1.", valueName: "F"))
  var minTop1: Double?
  @Flag(help: "Fail where the outputs told little about the model.")
  var requireEvidence = false
  @Flag(help: "Compare with a model that the bundle was not made from.")
  var allowOtherModel = false
  @OptionGroup var resources: LimitOptions
  @Option(help: ArgumentHelp("How the report is written.", valueName: "F"))
  var format = ReportFormat.text
  @Option(help: ArgumentHelp("Write the report here instead of to stdout.", valueName: "FILE"), completion: .file())
  var report: String?

  func validate() throws {
    if let report, let file = files.first(where: { Files.isSame($0, report) }) { throw ValidationError("--report is \(file) itself") }
    if suite != nil {
      guard files.isEmpty, data.isEmpty, random == nil, seed == nil, rtol == nil, atol == nil, minSqnr == nil, minTop1 == nil,
        !requireEvidence, !allowOtherModel
      else {
        throw ValidationError("--suite goes with --through, --filter, --format and --report only")
      }
      return
    }
    guard through == nil, filter == nil else { throw ValidationError("--through and --filter are for --suite") }
    guard files.count == 1 || files.count == 2 else { throw ValidationError("give MODEL.onnx and BUNDLE.o2m, or BUNDLE.o2m alone") }
    if files.count == 1, !data.isEmpty || random != nil || seed != nil || allowOtherModel {
      throw ValidationError("--data, --random, --seed and --allow-other-model need the model beside the bundle")
    }
    if seed != nil, random == nil, !data.isEmpty { throw ValidationError("--seed is for --random, and --data has its own inputs") }
    for (name, value) in [("--rtol", rtol), ("--atol", atol)] {
      if let value, !(value >= 0 && value.isFinite) { throw ValidationError("\(name) takes 0 or more, not \(value)") }
    }
    if let minSqnr, !minSqnr.isFinite { throw ValidationError("--min-sqnr takes a number of decibels, not \(minSqnr)") }
    if let random, random < 1 { throw ValidationError("--random takes 1 or more, not \(random)") }
    if let minTop1, !(0...1).contains(minTop1) { throw ValidationError("--min-top1 takes 0 to 1, not \(minTop1)") }
  }

  func run() throws {
    try reporting {
      if let suite { return try run(suite) }
      let file = files.last ?? ""
      let opened = try OpenedBundle(file, limits: resources.bundleLimits)
      let report = files.count == 1 ? try check(opened, file) : try compare(model: files[0], opened, file)
      try write(report, text: report.text)
      let precision = Precision(rawValue: opened.model.manifest.precision) ?? .float32
      let isGiven = [rtol, atol, minSqnr, minTop1].contains { $0 != nil }
      if let failure = VerdictMessages.failure(report, precision, isGiven: isGiven) { throw failure }
      if requireEvidence, report.parity.evidence.kind == .weak {
        throw EvidenceMessages.failure(report.parity.evidence, cases: report.parity.report.cases, file: file, isWritten: true)
      }
    }
  }

  private func write(_ value: some Encodable, text: String) throws { try (format == .json ? JSON.text(value) : text).write(to: report) }

  /// Every case below `folder` whose name, or the last part of it, matches the filter.
  private func run(_ folder: String) throws {
    guard var cases = TestCase.all(in: folder) else {
      throw Failure(.cannotOpen, "\(folder): cannot be opened", help: "give a folder with case folders")
    }
    if let filter { cases = cases.filter { fnmatch(filter, $0.name, 0) == 0 || fnmatch(filter, Files.name($0.name), 0) == 0 } }
    guard !cases.isEmpty else {
      throw Failure(
        .usage, "\(folder): no case \(filter.map { "matches '\($0)'" } ?? "in it")",
        help: "a case is a folder with model.onnx and test_data_set_0")
    }
    let route = through ?? .reference
    let result = SuiteReport(cases, SuiteRunner(through: route, limits: resources.limits).run(cases), of: folder, through: route)
    try write(result, text: result.text)
    if let failure = result.failure { throw failure }
  }

  /// A bundle beside its own parity certificate.
  private func check(_ opened: OpenedBundle, _ bundle: String) throws -> VerifyReport {
    let certificate: Certificate?
    do throws(FormatFault) { certificate = try opened.model.section(Certificate.self) } catch {
      throw FormatMessages.failure(error, file: bundle)
    }
    guard let certificate else {
      throw Failure(
        .usage, "\(bundle): it holds no parity certificate", help: "verify it beside its model; `convert` says why it wrote none")
    }
    guard certificate.passed else {
      throw Failure(
        .verdict, "\(bundle): its certificate says that it failed when it was made",
        help: "convert the model again, and see what it reports")
    }
    let session = try opened.session(), tolerance = adjusted(certificate.tolerance(of: opened.model.manifest))
    let parity = try opened.running(on: .certificate) { () throws(RunFault) in
      try certificate.check(session, tolerance: tolerance) { NoiseMeasurement.noise(of: opened.model, $0) }
    }
    return VerifyReport(
      bundle: bundle, model: nil, parity: JudgedParity(report: parity, evidence: Evidence(certificate.evidence)),
      truth: "its certificate", identity: nil, modelAgainstData: nil)
  }

  /// A bundle beside the model that it was made from.
  private func compare(model: String, _ opened: OpenedBundle, _ bundle: String) throws -> VerifyReport {
    let session = try opened.session()
    let precision = Precision(rawValue: opened.model.manifest.precision) ?? .float32
    var values = ValueSource.given
    do throws(VerificationError) {
      var verification = try Verification(model: model, session, tolerance: adjusted(precision.tolerance), limits: resources.limits)
      NoteMessages.write(verification.warnings, file: model)
      for folder in data { try verification.add(dataIn: folder) }
      values = .drawnToVerify
      if random != nil || data.isEmpty { try verification.add(random ?? 3, seed: seed ?? 1) }
      let truth =
        switch verification.storedCases {
        case verification.parity.cases: "stored outputs"
        case 0: "the reference evaluator"
        default: "stored outputs and the reference evaluator"
        }
      return VerifyReport(
        bundle: bundle, model: model, parity: JudgedParity(report: verification.parity, evidence: verification.evidence), truth: truth,
        identity: IdentityReport(verification.source, model: model, allowsOther: allowOtherModel),
        modelAgainstData: verification.storedCases > 0 ? verification.model : nil)
    } catch VerificationError.other(_, let error) where allowOtherModel {
      throw BundleMessages.failure(error, model: model, bundle: bundle, values: values)
    } catch { throw BundleMessages.failure(error, model: model, bundle: bundle, values: values) }
  }

  /// The bounds that were given in the place of the default ones.
  private func adjusted(_ tolerance: Tolerance) -> Tolerance {
    var tolerance = tolerance
    if rtol != nil || atol != nil { tolerance.elementwise = .init(absolute: atol ?? 0, relative: rtol ?? 0) }
    if let minSqnr { tolerance.minimumSQNR = minSqnr }
    // What a user asks for is not lowered.
    if rtol != nil || atol != nil || minSqnr != nil { tolerance.leastSQNR = nil }
    if let minTop1 { tolerance.minimumTop1 = minTop1 }
    return tolerance
  }
}
