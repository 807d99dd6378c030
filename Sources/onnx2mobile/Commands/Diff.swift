import ArgumentParser
import HostSystem
import O2MConvert
import O2MGraph
import O2MImport
import O2MParity
import O2MTensor

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell two models or bundles apart.",
    usage: "onnx2mobile diff A B [<options>]",
    discussion: """
      Nodes are matched by what they compute, so that names and order make no difference. The exit code is 0 where both are the same, \
      1 where they differ.

      Example:
        onnx2mobile diff trained.onnx tuned.onnx
        onnx2mobile diff squeezenet.onnx squeezenet.o2m --run
      """)

  enum ReportForm: String, ResultForm { case text, json, html }
  enum Stage: String, ExpressibleByArgument, CaseIterable { case imported, optimized }

  @Argument(help: ArgumentHelp("An ONNX model or a bundle.", valueName: "A"), completion: .file(extensions: ["onnx", "o2m"]))
  var first: String
  @Argument(help: ArgumentHelp("The other one.", valueName: "B"), completion: .file(extensions: ["onnx", "o2m"]))
  var second: String
  @Option(
    help: ArgumentHelp(
      "Which graph of a model: imported, or optimized, which it is by default beside a bundle.", valueName: "S"))
  var stage: Stage?
  @Flag(name: .customLong("run"), help: "Run both on drawn inputs and compare the numbers.")
  var runsBoth = false
  @Option(help: ArgumentHelp("Seed of these inputs; 1 by default.", valueName: "N"))
  var seed: UInt64?
  @Option(help: ArgumentHelp("Extents of an input of a model, as NAME:1,3,224,224.", valueName: "NAME:DIMS"))
  var inputShape: [InputShape] = []

  @OptionGroup var report: FormatOptions<ReportForm>
  @OptionGroup var resources: LimitOptions

  func validate() throws {
    if seed != nil, !runsBoth { throw ValidationError("--seed is for --run") }
  }

  /// How many inputs `--run` draws, as `verify` does.
  private static let caseCount = 3

  func run() throws {
    var isSame = true
    try reporting {
      if report.form == .html { try Page.checkOutput(of: first) }
      let (first, second) = try sides()
      if !inputShape.isEmpty, first.bundle != nil, second.bundle != nil {
        throw Failure(.usage, "bundles are compared at their own shapes", help: "leave out --input-shape")
      }
      let difference = ModelDifference(first.graph, second.graph)
      var report = DiffReport(difference, first, second)
      if runsBoth { report.run = try compare(first, second) }
      switch self.report.form {
      case .text: try report.text.write()
      case .json: try JSON.text(report).write()
      case .html: try Page.html(PageData(difference, report, first, second)).write()
      }
      isSame = report.same
    }
    guard isSame else { throw ExitCode(Failure.Code.verdict.rawValue) }
  }

  /// The bundle first: it says in which shapes a model beside it is taken.
  private func sides() throws -> (DiffSide, DiffSide) {
    var options = ImportOptions(inputShapes: Dictionary(inputShape.map { ($0.name, $0.dims) }, uniquingKeysWith: { $1 }))
    options.limits = resources.limits
    func bundle(_ path: String) throws -> DiffSide? {
      Files.isBundle(path) ? try DiffSide(bundle: path, limits: resources.bundleLimits) : nil
    }
    let bundles = (try bundle(first), try bundle(second))
    if stage != nil, bundles.0 != nil, bundles.1 != nil {
      throw Failure(.usage, "bundles hold the planned graph only", help: "leave out --stage")
    }
    let isOptimized = stage.map { $0 == .optimized } ?? (bundles.0 != nil || bundles.1 != nil)
    return (
      try bundles.0 ?? DiffSide(model: first, options, optimized: isOptimized, beside: bundles.1),
      try bundles.1 ?? DiffSide(model: second, options, optimized: isOptimized, beside: bundles.0)
    )
  }

  /// The numbers of the second against the first.
  private func compare(_ first: DiffSide, _ second: DiffSide) throws -> ParityReport {
    for side in [first, second] {
      if let open = side.open { throw Failure(.usage, "\(side.path): \(open)", help: "--run needs sizes: give them with --input-shape") }
    }
    let types = [first, second].map { side in side.graph.inputs.map { side.graph[$0].type } }
    guard types[0] == types[1], first.graph.outputs.count == second.graph.outputs.count else {
      throw Failure(.usage, "\(first.path) and \(second.path) have other inputs or outputs", help: "leave out --run")
    }
    var samples = SampleInputs(seed: seed ?? 1)
    let graph = first.graph, traits = graph.inputTraits(), evaluator = Evaluator(graph)
    var cases: [ReferenceCase] = []
    do throws(EvaluationError) { for _ in 0..<Self.caseCount { cases.append(try samples.reference(of: evaluator, traits)) } } catch {
      throw ConversionMessages.failure(error, file: first.path, values: .drawnToVerify)
    }
    let inputs = cases.map(\.inputs)
    let references = first.bundle == nil ? cases.map(\.outputs) : try first.run(inputs)
    var report = ParityReport(outputs: graph.outputs.map { graph[$0].name }, tolerance: Tolerance(minimumSQNR: -Decibels.most))
    for (found, reference) in zip(try second.run(inputs), references) { report.add(found, reference: reference) }
    return report
  }
}
