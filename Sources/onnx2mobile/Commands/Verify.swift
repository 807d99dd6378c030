import ArgumentParser
import Foundation
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare a bundle with its model, or with its own parity certificate.",
    usage: """
      onnx2mobile verify MODEL.onnx BUNDLE.o2m [<options>]
             onnx2mobile verify BUNDLE.o2m [<options>]
             onnx2mobile verify --suite DIR [--through reference|bundle] [--filter GLOB]
      """,
    discussion: """
      Example:
        onnx2mobile verify model.onnx model.o2m --data test_data --format json
        onnx2mobile verify model.o2m
        onnx2mobile verify --suite onnx/backend/test/data/node --filter 'test_conv*'

      DIR is ONNX's layout: test_data_set_K/{input,output}_I.pb, or such a set itself. Stored outputs are the truth; without them the \
      reference evaluator is. Exit code 1 where an output does not hold. --suite runs every case folder of ONNX's layout below DIR; where none \
      fails but some use what is not supported, the exit code is 69.
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
  @Option(help: ArgumentHelp("How the report is written.", valueName: "F"))
  var format = ReportFormat.text
  @Option(help: ArgumentHelp("Write the report here instead of to stdout.", valueName: "FILE"), completion: .file())
  var report: String?

  func validate() throws {
    if suite != nil {
      guard files.isEmpty, data.isEmpty, random == nil, seed == nil, rtol == nil, atol == nil, minSqnr == nil, minTop1 == nil else {
        throw ValidationError("--suite goes with --through, --filter, --format and --report only")
      }
      return
    }
    guard through == nil, filter == nil else { throw ValidationError("--through and --filter are for --suite") }
    guard files.count == 1 || files.count == 2 else { throw ValidationError("give MODEL.onnx and BUNDLE.o2m, or BUNDLE.o2m alone") }
    if files.count == 1, !data.isEmpty || random != nil || seed != nil {
      throw ValidationError("--data, --random and --seed need the model beside the bundle")
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
      if let suite { return try SuiteReport(suite, through: through ?? .reference, filter: filter).write(format, to: report) }
      let result = files.count == 1 ? try Certified(path: files[0], adjust: adjust).report : try compare(model: files[0], bundle: files[1])
      try (format == .json ? JSON.text(result.parity) : Self.text(result, file: files.last ?? "")).write(to: report)
      guard result.parity.verdict == .pass else {
        let failing = result.parity.outputs.first { !$0.failures.isEmpty }
        let why = failing.flatMap { output in output.failures.first.map { "output '\(output.name)': \(ParityText.text($0, output))" } }
        throw Failure(
          .verdict, "\(files.last ?? ""): \(why ?? "nothing was compared")",
          help: "`onnx2mobile dump \(files.last ?? "")` shows how weights are stored; --precision float16 or float32 keeps more")
      }
    }
  }

  /// A verdict with the bounds that it was made under.
  struct Outcome {
    var parity: ParityReport
    var tolerance: Tolerance
    var cases: Int
    var truth: String
  }

  private func compare(model path: String, bundle: String) throws -> Outcome {
    let opened = try OpenedBundle(bundle)
    let manifest = opened.model.manifest
    var shapes: [String: [Int]] = [:]
    for port in manifest.inputs { shapes[port.name] = port.type.shape.dims }
    let imported: ImportedModel
    do throws(ImportError) { imported = try importModel(path: path, inputShapes: shapes) } catch {
      throw ImportMessages.failure(error, file: path)
    }
    let graph = imported.graph
    let names = manifest.outputs.map(\.name)
    guard graph.outputs.map({ graph[$0].name }) == names else {
      throw Failure(
        .verdict, "\(bundle): its outputs \(names.joined(separator: ", ")) are not those of \(path)", help: "convert this model again")
    }
    let tolerance = tolerance(for: Precision(rawValue: manifest.precision) ?? .float32)
    var comparisons = names.map { Comparison(name: $0) }
    let session = try opened.session()
    var cases = 0
    var stored = 0
    func add(_ inputs: [Tensor], _ expected: [Tensor], _ values: ValueSource) throws {
      let results = try opened.running(on: values) { () throws(RunFault) in try session.run(inputs) }
      for (index, found) in results.enumerated() where index < expected.count {
        comparisons[index].add(found, reference: expected[index], tolerance: tolerance)
      }
      cases += 1
    }
    for folder in data {
      for set in try DataSet.all(in: folder) {
        let inputs = try set.inputs(types: graph.inputs.map { (graph[$0].name, graph[$0].type) })
        if let outputs = try set.outputs(count: names.count) {
          stored += 1
          try add(inputs, outputs, .given)
        } else {
          try add(inputs, try Self.evaluate(graph, inputs, path, .given), .given)
        }
      }
    }
    if random != nil || data.isEmpty {
      var samples = SampleInputs(seed: seed ?? 1)
      for _ in 0..<(random ?? 2) {
        let inputs = samples.tensors(for: graph)
        try add(inputs, try Self.evaluate(graph, inputs, path, .drawnToVerify), .drawnToVerify)
      }
    }
    let truth = stored == cases ? "stored outputs" : stored == 0 ? "the reference evaluator" : "stored outputs and the reference evaluator"
    return Outcome(parity: ParityReport(comparisons, tolerance: tolerance), tolerance: tolerance, cases: cases, truth: truth)
  }

  private static func evaluate(_ graph: Graph, _ inputs: [Tensor], _ path: String, _ values: ValueSource) throws -> [Tensor] {
    do throws(EvaluationError) { return try Evaluator(graph).run(inputs) } catch {
      throw ConversionMessages.failure(error, file: path, values: values)
    }
  }

  private func tolerance(for precision: Precision) -> Tolerance {
    var tolerance = precision.tolerance
    adjust(&tolerance)
    return tolerance
  }

  /// Puts the bounds that were given in the place of the default ones.
  private func adjust(_ tolerance: inout Tolerance) {
    if rtol != nil || atol != nil { tolerance.elementwise = .init(absolute: atol ?? 0, relative: rtol ?? 0) }
    if let minSqnr { tolerance.minimumSQNR = minSqnr }
    if let minTop1 { tolerance.minimumTop1 = minTop1 }
  }

  private static func text(_ outcome: Outcome, file: String) -> String {
    let cases = outcome.cases == 1 ? "1 case" : "\(outcome.cases) cases"
    var text = "\(file): \(cases) against \(outcome.truth)\n\n"
    var table = Table([.left, .right, .right, .right, .right, .right, .right], indent: "  ")
    table.add("output", "max |Δ|", "mean |Δ|", "rmse", "SQNR", "cosine", "best class")
    for output in outcome.parity.outputs {
      table.add(
        DumpReport.shorten(output.name, to: 30), Format.scientific(output.maxAbs), Format.scientific(output.meanAbs),
        Format.scientific(output.rmse),
        ParityText.decibels(output.sqnr), Format.fixed(output.cosine, 6), output.top1.map { "\(Format.fixed($0 * 100, 1)) %" } ?? "")
    }
    text += table.text + "\n"
    for output in outcome.parity.outputs {
      for failure in output.failures { text += "  \(output.name): \(ParityText.text(failure, output))\n" }
    }
    return text + "\(outcome.parity.verdict.rawValue): \(ParityText.bounds(outcome.tolerance))\n"
  }
}

extension SuiteRunner.Route: ExpressibleByArgument {}
