import ArgumentParser
import HostSystem
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MParity
import O2MPasses

struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Convert an ONNX model to a bundle, and measure what that did to its numbers.",
    usage: "onnx2mobile convert MODEL.onnx [-o OUT.o2m|-] [<options>]",
    discussion: """
      Example:
        onnx2mobile convert squeezenet.onnx --labels names.txt --preprocess imagenet

      It ends with measured parity and exit code 0, or with another exit code and without a new bundle.

      --preprocess keys: resize=short:256|WxH, filter=bilinear|box|..., crop=224x224, order=rgb|bgr, scale=, mean=a,b,c, \
      std=a,b,c, layout=nchw|nhwc, resize=letterbox:WxH, pad=, align=center|corner; x = (pixel * scale - mean) / std.

      --task: detect:HEAD,score=,iou=,most=,nms=class|all|none,anchors=WxH+WxH+... with HEAD one of \
      \(BoxHead.allCases.map(\.rawValue).joined(separator: ", ")), where the outputs do not tell; segment:output=,threshold=.

      Passes, in order: \(Pipeline.names.joined(separator: ", ")).
      """)

  @Argument(help: ArgumentHelp("The ONNX model.", valueName: "MODEL.onnx"), completion: .file(extensions: ["onnx"]))
  var model: String
  @Option(
    name: [.customShort("o"), .long], help: ArgumentHelp("The bundle to write; MODEL.o2m by default, - for stdout.", valueName: "OUT.o2m"))
  var output: String?
  @Option(help: ArgumentHelp("How weights are stored.", valueName: "P"))
  var precision = Precision.int8Weights
  @Option(
    help: ArgumentHelp(
      "Extents of an input, as NAME:1,3,224,224; once per input. A name in the place of a number, as in NAME:1,T, stays open.",
      valueName: "NAME:DIMS"))
  var inputShape: [OpenInputShape] = []
  @Option(help: ArgumentHelp("What an open extent may be, as T=1..3000 or H=32..1024/32; once per symbol.", valueName: "NAME=RANGE"))
  var symbol: [OpenSymbolArgument] = []
  @Option(help: ArgumentHelp("The extent that an open bundle is made for first, as T=400; once per symbol.", valueName: "NAME=N"))
  var typical: [TypicalExtent] = []
  @Option(help: ArgumentHelp("An input that becomes a constant, as NAME=16000 or NAME=FILE.npy; once per input.", valueName: "NAME=VALUE"))
  var inputValue: [InputConstant] = []
  @Option(help: ArgumentHelp("An input that takes an output of the run before, as h=hn; once per input.", valueName: "IN=OUT"))
  var state: [String] = []
  @Option(help: ArgumentHelp("Names of the classes, one per line.", valueName: "FILE"), completion: .file())
  var labels: String?
  @Option(help: ArgumentHelp("How a picture becomes the input: imagenet, none, FILE.json or k=v,...", valueName: "HOW"))
  var preprocess: String?
  @Option(help: ArgumentHelp("What the outputs say of a picture: classify, detect or segment, with :k=v,...", valueName: "TASK"))
  var task: String?
  @Option(
    help: ArgumentHelp("Stored inputs, and outputs where there are any: what errors are measured on.", valueName: "DIR"),
    completion: .directory)
  var data: [String] = []
  @Option(
    help: ArgumentHelp("Pictures that errors are measured on, prepared as --preprocess says.", valueName: "DIR"), completion: .directory)
  var pictures: String?
  @Option(help: ArgumentHelp("Leave a pass out; repeat it for more.", valueName: "NAME"))
  var skipPass: [String] = []
  @Flag(help: "Compare numerics after every patch and name the one that breaks them.")
  var checkPasses = false
  @Option(help: ArgumentHelp("Stop after N patches, to find the one that breaks a model.", valueName: "N"))
  var stopAfter: Int?
  @Flag(help: "Do not measure parity; the bundle gets no certificate.")
  var noVerify = false
  @OptionGroup var bounds: BoundOptions
  @Option(help: ArgumentHelp("Seed of the inputs that parity is measured on.", valueName: "N"))
  var seed: UInt64 = 1
  @Option(help: ArgumentHelp("Compression, 1 to 22; by default 19 for int8 weights, 9 for float16, 6 for float32.", valueName: "N"))
  var zstdLevel: Int?
  @OptionGroup var resources: LimitOptions
  @Flag(help: "Say why passes declined.")
  var explain = false
  @OptionGroup var form: FormatOptions<TextOrJSON>

  /// What says one thing of the bundle.
  private static let once = [
    ["-o", "--output"], ["--precision"], ["--labels"], ["--preprocess"], ["--task"], ["--pictures"], ["--stop-after"], ["--min-sqnr"],
    ["--min-top1"], ["--config"], ["--seed"], ["--zstd-level"],
  ]

  func validate() throws {
    try RepeatedOptions.check(CommandLine.arguments, once: Self.once)
    if let zstdLevel, !(1...22).contains(zstdLevel) { throw ValidationError("--zstd-level takes 1 to 22, not \(zstdLevel)") }
    if let stopAfter, stopAfter < 0 { throw ValidationError("--stop-after takes 0 or more, not \(stopAfter)") }
    let refused = [
      ("--require-evidence", bounds.requireEvidence), ("--config", bounds.config != nil), ("--min-sqnr", bounds.minSqnr != nil),
      ("--min-top1", bounds.minTop1 != nil),
    ]
    if noVerify, let (flag, _) = refused.first(where: \.1) { throw ValidationError("\(flag) and --no-verify exclude each other") }
    if let unknown = skipPass.first(where: { !Pipeline.names.contains($0) }) {
      throw ValidationError("there is no pass '\(unknown)'" + Suggestion.text(for: unknown, among: Pipeline.names))
    }
    if let output, output == model || Files.isSame(output, model) { throw ValidationError("--output is the model itself") }
  }

  func run() throws {
    try reporting {
      let start = Date()
      let target = try Destination(output ?? (model.hasSuffix(".onnx") ? String(model.dropLast(5)) : model) + ".o2m")
      let progress = ProgressBar()
      let (policyFile, policy) = noVerify ? ("", VerificationPolicy()) : try Files.policy(bounds.config, beside: model)
      let options = try options(policy)
      try checkTask(options)
      let conversion: Conversion
      do throws(ConversionError) { conversion = try Conversion(path: model, options: options) { progress.show($0) } } catch {
        progress.clear()
        if case .policy(let error) = error { throw PolicyMessages.failure(error, file: policyFile) }
        let isGiven = !data.isEmpty || pictures != nil
        throw ConversionMessages.failure(error, file: model, values: isGiven ? .given : .drawnToConvert)
      }
      progress.clear()
      try checkPreparation(conversion)
      NoteMessages.write(conversion.imported.warnings, file: model)
      let holds = conversion.parity.map { $0.verdict == .pass } ?? true
      let isWritten = holds && !((bounds.requireEvidence || policy.requiresEvidence) && conversion.evidence?.kind == .weak)
      let report = ConversionReport(conversion, bundle: target.path, seconds: Date().timeIntervalSince(start))
      let isClassifier = conversion.task.boxes == nil && conversion.task.classMap == nil
      let note = isClassifier ? Self.note(options.contents.manifest.labels.count, conversion.imported.graph) ?? "" : ""
      let text = try form.isJSON ? JSON.text(report) : note + report.text(conversion, explain: explain, isWritten: isWritten)
      if isWritten {
        try conversion.bundle.withUnsafeBytes { try target.write($0, reporting: text) }
      } else {
        try target.report(text)
      }
      guard holds else {
        let names = conversion.parity?.outputs.map(\.name) ?? []
        let isGiven = bounds.minSqnr != nil || bounds.minTop1 != nil || names.contains { policy.thresholds($0, precision).isGiven }
        throw Failure(
          .verdict, "\(model): the bundle does not agree with the model, nothing was written",
          help: conversion.parity.map { ParityMessages.help($0, precision, isGiven: isGiven) } ?? "")
      }
      if !isWritten, let evidence = conversion.evidence {
        throw EvidenceMessages.failure(evidence, cases: conversion.parity?.cases ?? 0, file: model, isWritten: false)
      }
    }
  }

  private func options(_ policy: VerificationPolicy) throws -> ConversionOptions {
    var options = ConversionOptions()
    options.precision = precision
    for shape in inputShape {
      guard options.inputShapes[shape.name] == nil, options.open.shapes[shape.name] == nil else {
        throw Failure(.usage, "--input-shape is given twice for '\(shape.name)'")
      }
      if let dims = shape.dims { options.inputShapes[shape.name] = dims } else { options.open.shapes[shape.name] = shape.extents }
    }
    for entry in symbol {
      guard options.open.ranges.updateValue(entry.range, forKey: entry.name) == nil else {
        throw Failure(.usage, "--symbol is given twice for '\(entry.name)'")
      }
    }
    for entry in typical {
      guard options.open.typical.updateValue(entry.extent, forKey: entry.name) == nil else {
        throw Failure(.usage, "--typical is given twice for '\(entry.name)'")
      }
    }
    options.inputValues = try InputConstant.values(inputValue, of: model)
    options.states = try StateArgument.requests(state, of: model)
    if let labels { options.contents.manifest.labels = try Files.labels(labels) }
    if let preprocess { options.contents.manifest.preprocessing = try Files.preprocessing(preprocess) }
    if let task {
      do throws(TaskError) { options.task = try TaskRequest(argument: task) } catch { throw TaskMessages.failure(error, file: model) }
    }
    options.limits = resources.limits
    options.skippedPasses = skipPass
    options.checksPasses = checkPasses
    options.stopAfter = stopAfter
    options.verifies = !noVerify
    (options.minimumSQNR, options.minimumTop1) = (bounds.minSqnr, bounds.minTop1)
    options.policy = policy
    options.data = data
    options.pictures = pictures
    options.seed = seed
    options.zstdLevel = zstdLevel
    options.contents.manifest.tool = "onnx2mobile \(Tool.version)"
    return options
  }
}
