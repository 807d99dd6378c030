import ArgumentParser
import Foundation
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
        onnx2mobile dump squeezenet.onnx --node '*fire2*' --weights
        onnx2mobile dump squeezenet.o2m
        onnx2mobile dump --operators
      """)

  enum DumpFormat: String, ExpressibleByArgument, CaseIterable { case text, json, dot }
  enum Stage: String, ExpressibleByArgument, CaseIterable { case imported, optimized, planned }

  @Argument(help: ArgumentHelp("An ONNX model or a bundle.", valueName: "FILE"), completion: .file(extensions: ["onnx", "o2m"]))
  var file: String?
  @Option(help: ArgumentHelp("How it is written; dot is for Graphviz.", valueName: "F"))
  var format = DumpFormat.text
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

  @OptionGroup var resources: LimitOptions

  func validate() throws {
    if operators, file != nil { throw ValidationError("--operators goes without a file") }
    if !operators, file == nil { throw ValidationError("give a FILE, or --operators") }
    if operators, node != nil || stage != nil || weights || format == .dot || precision != nil || !inputShape.isEmpty || !inputValue.isEmpty
    {
      throw ValidationError("--operators goes with --format text or json only")
    }
    if stage != .planned, precision != nil { throw ValidationError("--precision goes with --stage planned") }
    if stage == .planned, weights { throw ValidationError("--weights shows graphs: --stage imported or optimized") }
    if stage == .planned, format == .dot { throw ValidationError("--format dot shows graphs: --stage imported or optimized") }
  }

  func run() throws {
    try reporting {
      guard let file else {
        try (format == .json ? JSON.text(OperatorTable.rows) : OperatorTable.text).write()
        return
      }
      if Files.isBundle(file) {
        try dumpBundle(file)
      } else {
        try dumpModel(file)
      }
    }
  }

  private func dumpModel(_ path: String) throws {
    var shapes: [String: [Int]] = [:]
    for shape in inputShape { shapes[shape.name] = shape.dims }
    if stage == .planned {
      var options = ConversionOptions()
      options.inputShapes = shapes
      options.inputValues = try InputConstant.values(inputValue, of: path)
      options.limits = resources.limits
      options.precision = precision ?? .float32
      options.verifies = false
      options.zstdLevel = 1
      options.contents.manifest.tool = "onnx2mobile \(Tool.version)"
      let conversion: Conversion
      do throws(ConversionError) { conversion = try Conversion(path: path, options: options) } catch {
        throw ConversionMessages.failure(error, file: path)
      }
      let opened = try OpenedBundle.opening(path) { () throws(OpenFault) in try OpenedBundle(conversion.bundle, of: path) }
      var report = BundleReport(opened, only: node)
      do throws(PlanError) { report.constants = try BundleReport.constants(conversion) } catch {
        throw ConversionMessages.failure(.planning(error), file: path)
      }
      return try show(report)
    }
    var options = ImportOptions(inputShapes: shapes)
    options.limits = resources.limits
    options.inputValues = try InputConstant.values(inputValue, of: path)
    let imported: ImportedModel
    do throws(ImportError) { imported = try importModel(path: path, options: options) } catch {
      throw ImportMessages.failure(error, file: path)
    }
    NoteMessages.write(imported.warnings, file: path)
    var graph = imported.graph
    if stage == .optimized {
      do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graph) } catch {
        throw ConversionMessages.failure(.passes(error), file: path)
      }
    }
    let report = GraphReport(graph, file: Files.name(path), stage: (stage ?? .imported).rawValue, only: node, weights: weights)
    guard node == nil || !report.nodes.isEmpty else {
      throw Failure(.usage, "\(path): no node matches '\(node ?? "")'", help: "`onnx2mobile dump \(path)` lists all of them")
    }
    switch format {
    case .text: try report.text.write()
    case .json: try JSON.text(report).write()
    case .dot: try report.dot.write()
    }
  }

  private func dumpBundle(_ path: String) throws {
    guard stage == nil || stage == .planned else {
      throw Failure(
        .usage, "\(path): a bundle holds the planned graph only", help: "dump the model for --stage \(stage?.rawValue ?? "imported")")
    }
    guard format != .dot else {
      throw Failure(.usage, "\(path): --format dot shows models", help: "dump the model that the bundle was made from")
    }
    guard !weights else { throw Failure(.usage, "\(path): --weights shows models", help: "dump the model that the bundle was made from") }
    guard precision == nil else { throw Failure(.usage, "\(path): the precision of a bundle is fixed", help: "leave out --precision") }
    guard inputShape.isEmpty else { throw Failure(.usage, "\(path): the shapes of a bundle are fixed", help: "leave out --input-shape") }
    guard inputValue.isEmpty else { throw Failure(.usage, "\(path): the constants of a bundle are fixed", help: "leave out --input-value") }
    try show(BundleReport(OpenedBundle(path, limits: resources.bundleLimits), only: node))
  }

  private func show(_ report: BundleReport) throws {
    guard node == nil || !report.steps.isEmpty else {
      throw Failure(.usage, "\(report.file): no step matches '\(node ?? "")'", help: "dump it without --node to see all of them")
    }
    try (format == .json ? JSON.text(report) : report.text).write()
  }
}
