import ArgumentParser
import Dispatch
import HostSystem
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
      reference evaluator is. Where the bundle has state, the sets of a folder and the seeded inputs are chunks of one sequence, in their \
      order: model and bundle keep their own state, and the report has the SQNR of every chunk. A set may leave its state out; one that \
      stores another state than the set before left begins a sequence of its own. Exit code 1 where an output does not hold. --suite runs \
      every case folder of ONNX's layout below DIR; where none fails but some use what is not supported, the exit code is 69.
      """)

  enum ReportForm: String, ResultForm { case text, json, junit, markdown, html }

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
  @Option(
    help: ArgumentHelp("Compare model and bundle on the pictures in DIR, prepared as the bundle says.", valueName: "DIR"),
    completion: .directory)
  var pictures: String?
  @Option(
    help: ArgumentHelp(
      "What the pictures show: a file of PICTURE,CLASS lines, or `folders` for the names of their folders.", valueName: "FROM"))
  var labelsFrom: String?
  @OptionGroup var thresholds: ThresholdOptions
  @Flag(help: "Compare with a model that the bundle was not made from.")
  var allowOtherModel = false
  @Flag(help: "Compare every tensor of the running plan with the model's, and tell what each step adds.")
  var perLayer = false
  @Flag(help: "Find the first rewrite, stored weight or kernel that is wrong, and write the smallest model that shows it.")
  var bisect = false
  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("The folder that --bisect writes; BUNDLE.bisect by default.", valueName: "DIR"), completion: .directory)
  var output: String?
  @OptionGroup var resources: LimitOptions
  @OptionGroup var written: FormatOptions<ReportForm>
  @Option(help: ArgumentHelp("Write the report here instead of to stdout.", valueName: "FILE"), completion: .file())
  var report: String?

  func validate() throws {
    let inputs = files + [thresholds.baseline, thresholds.bounds.config].compactMap(\.self)
    if let report, let file = inputs.first(where: { Files.isSame($0, report) }) { throw ValidationError("--report is \(file) itself") }
    if suite != nil {
      guard files.isEmpty, data.isEmpty, random == nil, seed == nil, pictures == nil, labelsFrom == nil, !thresholds.isGiven,
        !allowOtherModel, !perLayer, !bisect, output == nil, written.form != .html
      else {
        throw ValidationError("--suite goes with --through, --filter, --format and --report only")
      }
      return
    }
    guard through == nil, filter == nil else { throw ValidationError("--through and --filter are for --suite") }
    guard !files.isEmpty else { throw ValidationError("give MODEL.onnx and BUNDLE.o2m, or BUNDLE.o2m alone") }
    if files.count == 1, !data.isEmpty || random != nil || seed != nil || pictures != nil || allowOtherModel {
      throw ValidationError("--data, --pictures, --random, --seed and --allow-other-model need the model beside the bundle")
    }
    if files.count == 1, perLayer { throw ValidationError("--per-layer needs the model beside the bundle") }
    if written.form == .html, files.count != 2 || !perLayer {
      throw ValidationError("--format html needs --per-layer, the model and one bundle")
    }
    if bisect, files.count != 2 { throw ValidationError("--bisect needs the model and one bundle") }
    if output != nil, !bisect { throw ValidationError("--output goes with --bisect") }
    if labelsFrom != nil, pictures == nil { throw ValidationError("--labels-from goes with --pictures") }
    if seed != nil, random == nil, !data.isEmpty || pictures != nil {
      throw ValidationError("--seed is for --random, and --data and --pictures have their own inputs")
    }
    if let random, random < 1 { throw ValidationError("--random takes 1 or more, not \(random)") }
  }

  func run() throws {
    try reporting {
      if let suite { return try run(suite) }
      if written.form == .html, report == nil { try Page.checkOutput(of: files[1]) }
      if bisect { try ReproductionFolder.check(bisectFolder) }
      let model = files.count == 1 ? nil : files[0], judgement = try thresholds.judgement(beside: model)
      var isGiven = false
      let bundles = model == nil ? files : Array(files.dropFirst())
      let verdicts = try bundles.map { bundle in
        do {
          let opened = try OpenedBundle(bundle, limits: resources.bundleLimits)
          let report = try model.map { try compare(model: $0, opened, judgement) } ?? check(opened, judgement)
          isGiven = isGiven || judgement.isGiven(report.parity.report.outputs.map(\.name), report.precision)
          return BundleVerdict.compared(report)
        } catch let report as UncomparedReport {
          return .uncompared(report)
        } catch let failure as Failure where failure.code == .verdict || bundles.count > 1 && failure.isOfOneFile {
          return .uncompared(UncomparedReport(bundle: bundle, model: model, failure: failure))
        }
      }
      let all = VerifyReports(reports: verdicts)
      if written.form != .html {
        try write(all)
      } else if case .compared(let report)? = verdicts.first, let page = report.page {
        try Page.html(page).write(to: self.report)
      }
      if let failure = VerdictMessages.failure(all, isGiven: isGiven) { throw failure }
    }
  }

  private func write(_ report: some VerifyForms) throws {
    switch written.form {
    case .text: try report.text.write(to: self.report)
    case .json: try JSON.text(report).write(to: self.report)
    case .junit: try report.junit.text.write(to: self.report)
    case .markdown, .html: try report.markdown.write(to: self.report)
    }
  }

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
    let progress = ProgressBar(), done = Counter(), total = cases.count
    let verdicts = SuiteRunner(through: route, limits: resources.limits).run(cases) { progress.show("cases", done.next(), of: total) }
    progress.clear()
    let result = SuiteReport(cases, verdicts, of: folder, through: route)
    try write(result)
    if let failure = result.failure { throw failure }
  }

  /// A bundle beside its own parity certificate.
  private func check(_ opened: OpenedBundle, _ judgement: Judgement) throws -> VerifyReport {
    let certificate: Certificate?
    do throws(FormatFault) { certificate = try opened.model.section(Certificate.self) } catch {
      throw FormatMessages.failure(error, file: opened.path)
    }
    guard let certificate else {
      throw Failure(
        .usage, "\(opened.path): it holds no parity certificate", help: "verify it beside its model; `convert` says why it wrote none")
    }
    guard certificate.passed else {
      throw Failure(
        .verdict, "\(opened.path): its certificate says that it failed when it was made",
        help: "convert the model again, and see what it reports")
    }
    let session = try opened.session(), manifest = opened.model.manifest, names = manifest.outputs.map(\.name)
    let precision = precision(of: manifest)
    let (tolerance, own) = try judgement.tolerances(of: names, precision, default: certificate.tolerance(of: manifest))
    let (parity, test) = try opened.running(on: .certificate) { () throws(RunFault) in
      let parity = try certificate.check(session, tolerance: tolerance, own: own) { NoiseMeasurement.noise(of: opened.model, $0) }
      // Of each step of quantization once: see `Tolerance.allowed`.
      let test = try session.selfTest { inputs in
        NoiseMeasurement.noise(of: opened.model, inputs).map { $0.rounding.rms + $0.steps.rms / Tolerance.noiseFactor }
      }
      return (parity, test)
    }
    guard let test else { throw FormatMessages.failure(.missingSection(SectionType.certificate.rawValue), file: opened.path) }
    // The self-test has bounds of its own; where others were given, those decide.
    let check = CertificateCheck(certificate, test, decides: !judgement.isGiven(names, precision))
    let judged = JudgedParity(report: parity, evidence: Evidence(certificate.evidence), certificate: check)
    return try report(opened, judged, against: "its certificate", judgement)
  }

  /// A bundle beside the model that it was made from.
  private func compare(model: String, _ opened: OpenedBundle, _ judgement: Judgement) throws -> VerifyReport {
    let session = try opened.session(), manifest = opened.model.manifest, precision = precision(of: manifest)
    let (tolerance, own) = try judgement.tolerances(of: manifest.outputs.map(\.name), precision, default: precision.tolerance)
    let photos = try pictures.map { folder in
      do throws(GivenError) { return try PictureFolder(folder) } catch { throw BundleMessages.failure(error, of: opened.path) }
    }
    let labels = try labelsFrom.flatMap { source in
      try photos.map { try Files.pictureLabels(source, $0, manifest.labels, count: Self.classCount(opened)) }
    }
    let progress = ProgressBar()
    defer { progress.clear() }
    var values = ValueSource.given, verification: Verification
    do throws(VerificationError) {
      verification = try Verification(
        model: model, session, tolerance: tolerance, own: own, limits: resources.limits, perLayer: perLayer)
      NoteMessages.write(verification.warnings, file: model)
      for (index, folder) in data.enumerated() {
        progress.show("data", index, of: data.count)
        try verification.add(dataIn: folder)
      }
      if let photos { try verification.add(photos, labels: labels) { progress.show("pictures", $0, of: $1) } }
      values = .drawnToVerify
      if random != nil || data.isEmpty && photos == nil { try verification.add(random ?? verification.usualCount, seed: seed ?? 1) }
      if perLayer { try verification.compareLayers() }
    } catch {
      var reason = error
      if case .other(_, let other) = error, allowOtherModel { reason = other }
      let failure = BundleMessages.failure(reason, model: model, bundle: opened.path, values: values)
      guard case .other(let source, _) = reason else { throw failure }
      let identity = IdentityReport(source, model: model, allowsOther: false)
      throw UncomparedReport(bundle: opened.path, model: model, failure: failure, identity: identity)
    }
    var report = try report(verification, model: model, opened, judgement)
    if bisect { report.bisection = try bisect(verification, report, progress) }
    if written.form == .html, let layers = verification.layers { report.page = PageData(report, verification.graph, opened, layers) }
    return report
  }

  /// Where the bundle departs from the model; what shows it is written.
  private func bisect(_ verification: Verification, _ report: VerifyReport, _ progress: ProgressBar) throws -> BisectionReport {
    let found: Bisection
    do throws(VerificationError) { found = try verification.bisect { progress.show($0) } } catch {
      throw BundleMessages.failure(error, model: report.model ?? "", bundle: report.bundle, values: .drawnToVerify)
    }
    progress.clear()
    if let reproduction = found.reproduction { try ReproductionFolder.write(reproduction, to: bisectFolder) }
    return BisectionReport(found, report, folder: bisectFolder)
  }

  private var bisectFolder: String { output ?? (files[1].hasSuffix(".o2m") ? String(files[1].dropLast(4)) : files[1]) + ".bisect" }

  private func report(
    _ verification: Verification, model: String, _ opened: OpenedBundle, _ judgement: Judgement
  ) throws -> VerifyReport {
    let truth =
      switch verification.storedCases {
      case verification.parity.cases: "stored outputs"
      case 0: "the reference evaluator"
      default: "stored outputs and the reference evaluator"
      }
    let judged = JudgedParity(report: verification.parity, evidence: verification.evidence, layers: verification.layers)
    var report = try report(opened, judged, against: truth, judgement)
    report.model = model
    report.identity = IdentityReport(verification.source, model: model, allowsOther: allowOtherModel)
    report.modelAgainstData = verification.storedCases > 0 ? verification.model : nil
    report.pictures = pictures.map { PicturesReport(verification.pictures, folder: $0, labels: opened.model.manifest.labels) }
    return report
  }

  private func report(_ opened: OpenedBundle, _ parity: JudgedParity, against truth: String, _ judgement: Judgement) throws -> VerifyReport
  {
    let hash = try OpenedBundle.opening(opened.path) { () throws(OpenFault) in try OpenedBundle.hash(ofFileAt: opened.path) }
    let precision = precision(of: opened.model.manifest)
    var report = VerifyReport(bundle: opened.path, bundleHash: hash.hex, precision: precision, parity: parity, truth: truth)
    report.baseline = try judgement.compare(
      parity.report, bundle: opened.path, precision, truth: truth, source: opened.model.manifest.sourceHash.hex)
    report.requiresEvidence = judgement.requiresEvidence
    return report
  }

  /// How many classes the outputs tell apart; 0 where they say nothing of classes.
  private static func classCount(_ opened: OpenedBundle) throws -> Int {
    let task: PictureTask
    do throws(FormatFault) { task = try opened.model.section(PictureTask.self) ?? PictureTask() } catch {
      throw FormatMessages.failure(error, file: opened.path)
    }
    return opened.model.classes(task).map { opened.model.manifest.outputs[$0.output].type.shape.count } ?? 0
  }

  private func precision(of manifest: Manifest) -> Precision { Precision(rawValue: manifest.precision) ?? .float32 }
}

/// Counts what several threads finish.
private final class Counter: @unchecked Sendable {
  private let queue = DispatchQueue(label: "onnx2mobile.counter")
  private var count = 0

  func next() -> Int {
    queue.sync {
      count += 1
      return count
    }
  }
}
