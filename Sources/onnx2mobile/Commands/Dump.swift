import ArgumentParser
import HostSystem
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MPasses

struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what is in a model or a bundle.",
    usage: "onnx2mobile dump FILE [<options>]\nonnx2mobile dump --operators [--format text|json]",
    discussion: """
      Example:
        onnx2mobile dump squeezenet.onnx --stage optimized
        onnx2mobile dump squeezenet.onnx --format html > squeezenet.html
        onnx2mobile dump squeezenet.onnx --node '*fire2*' --weights
        onnx2mobile dump squeezenet.o2m
        onnx2mobile dump --operators
      """)

  enum DumpForm: String, ResultForm { case text, json, dot, html }
  enum Stage: String, ExpressibleByArgument, CaseIterable { case imported, optimized, planned }

  @Argument(help: ArgumentHelp("An ONNX model or a bundle.", valueName: "FILE"), completion: .file(extensions: ["onnx", "o2m"]))
  var file: String?
  @OptionGroup var written: FormatOptions<DumpForm>
  @Option(help: ArgumentHelp("Which graph of a model; imported by default.", valueName: "S"))
  var stage: Stage?
  @Option(help: ArgumentHelp("Only nodes whose name or operator matches.", valueName: "GLOB"))
  var node: String?
  @Flag(help: "Show the range, mean and rms of each weight.")
  var weights = false
  @Flag(help: "List the operators that are supported.")
  var operators = false
  @Option(help: ArgumentHelp("How --stage planned stores weights; float32 by default.", valueName: "P"))
  var precision: Precision?
  @Option(help: ArgumentHelp("Extents of an input, as NAME:1,3,224,224.", valueName: "NAME:DIMS"))
  var inputShape: [InputShape] = []
  @Option(help: ArgumentHelp("An input that becomes a constant, as NAME=16000 or NAME=FILE.npy.", valueName: "NAME=VALUE"))
  var inputValue: [InputConstant] = []

  @Option(help: ArgumentHelp("Times of the steps for --format html: what bench --profile --json printed.", valueName: "FILE"))
  var profile: String?
  @Option(help: ArgumentHelp("Errors of the steps for --format html: what verify --per-layer --format json printed.", valueName: "FILE"))
  var layers: String?

  @OptionGroup var resources: LimitOptions

  private var form: DumpForm { written.form }

  func validate() throws {
    if operators, file != nil { throw ValidationError("--operators goes without a file") }
    if !operators, file == nil { throw ValidationError("give a FILE, or --operators") }
    if operators,
      node != nil || stage != nil || weights || form == .dot || form == .html || precision != nil || !inputShape.isEmpty
        || !inputValue.isEmpty
    {
      throw ValidationError("--operators goes with --format text or json only")
    }
    if form != .html, profile != nil || layers != nil { throw ValidationError("--profile and --layers go with --format html") }
    if form == .html, node != nil { throw ValidationError("--node goes with the other formats: a page has a search of its own") }
    if stage != .planned, form != .html, precision != nil { throw ValidationError("--precision goes with --stage planned") }
  }

  func run() throws {
    try reporting {
      guard let file else {
        try (form == .json ? JSON.text(OperatorTable.rows) : OperatorTable.text).write()
        return
      }
      if form == .html {
        try dumpPage(file)
      } else if Files.isBundle(file) {
        try dumpBundle(file)
      } else {
        try dumpModel(file)
      }
    }
  }

  private func dumpModel(_ path: String) throws {
    if stage == .planned {
      let options = try conversionOptions(path), conversion: Conversion
      do throws(ConversionError) { conversion = try Conversion(path: path, options: options) } catch {
        throw ConversionMessages.failure(error, file: path)
      }
      let opened = try OpenedBundle.opening(path) { () throws(OpenFault) in try OpenedBundle(conversion.bundle, of: path) }
      var report = BundleReport(opened, only: node)
      do throws(PlanError) { report.constants = try BundleReport.constants(conversion) } catch {
        throw ConversionMessages.failure(.planning(error), file: path)
      }
      let flat = try? FlatModel(conversion.optimized)
      let names = flat?.ids.count == opened.model.graph.values.count ? flat?.ids.map { conversion.optimized[$0].name } : nil
      return try show(report, opened, names: names)
    }
    let graph = try ShownModel(path, importOptions(path)).graph(optimized: stage == .optimized)
    let report = GraphReport(graph, file: Files.name(path), stage: (stage ?? .imported).rawValue, only: node, weights: weights)
    guard node == nil || !report.nodes.isEmpty else {
      throw Failure(.usage, "\(path): no node matches '\(node ?? "")'", help: "`onnx2mobile dump \(path)` lists all of them")
    }
    switch form {
    case .text: try report.text.write()
    case .json: try JSON.text(report).write()
    case .dot, .html: try report.dot.write()
    }
  }

  private var shapes: [String: [Int]] { Dictionary(inputShape.map { ($0.name, $0.dims) }, uniquingKeysWith: { $1 }) }

  func importOptions(_ path: String) throws -> ImportOptions {
    var options = ImportOptions(inputShapes: shapes)
    options.limits = resources.limits
    options.inputValues = try InputConstant.values(inputValue, of: path)
    return options
  }

  func conversionOptions(_ path: String) throws -> ConversionOptions {
    var options = ConversionOptions()
    options.inputShapes = shapes
    options.inputValues = try InputConstant.values(inputValue, of: path)
    options.limits = resources.limits
    options.precision = precision ?? .float32
    options.verifies = false
    options.zstdLevel = 1
    options.contents.manifest.tool = "onnx2mobile \(Tool.version)"
    return options
  }

  private func dumpBundle(_ path: String) throws {
    try checkBundleFlags(path)
    let opened = try OpenedBundle(path, limits: resources.bundleLimits)
    try show(BundleReport(opened, only: node), opened)
  }

  /// What a bundle has decided.
  func checkBundleFlags(_ path: String) throws {
    guard stage == nil || stage == .planned else {
      throw Failure(
        .usage, "\(path): a bundle holds the planned graph only", help: "dump the model for --stage \(stage?.rawValue ?? "imported")")
    }
    guard precision == nil else { throw Failure(.usage, "\(path): the precision of a bundle is fixed", help: "leave out --precision") }
    guard inputShape.isEmpty else {
      throw Failure(
        .usage, "\(path): dump shows a bundle at its own shapes", help: "leave out --input-shape; bench takes it where extents are open")
    }
    guard inputValue.isEmpty else { throw Failure(.usage, "\(path): the constants of a bundle are fixed", help: "leave out --input-value") }
  }

  private func show(_ report: BundleReport, _ opened: OpenedBundle, names: [String]? = nil) throws {
    var report = report
    guard node == nil || !report.steps.isEmpty else {
      throw Failure(.usage, "\(report.file): no step matches '\(node ?? "")'", help: "dump it without --node to see all of them")
    }
    if form == .dot { return try BundleReport.dot(opened).write() }
    if weights { report.weights = BundleReport.weights(opened, steps: Set(report.steps.map(\.index)), names: names) }
    try (form == .json ? JSON.text(report) : report.text).write()
  }
}
