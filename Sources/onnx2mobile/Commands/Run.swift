import ArgumentParser
import HostSystem
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImage
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a bundle, or a model on the reference evaluator.",
    usage: "onnx2mobile run FILE [INPUT ...] [--input NAME=FILE ...] [<options>]",
    discussion: """
      Example:
        onnx2mobile run squeezenet.o2m cat.jpg
        onnx2mobile run squeezenet.o2m photos --top 1 --json
        onnx2mobile run model.onnx --input x=x.npy --output-dir out
        onnx2mobile run vad.o2m --input audio=chunks.npy --json

      A picture is prepared as the bundle's manifest says, for a model as --preprocess says. One input may have many pictures, or a folder \
      of them: each is a run. --output-dir writes one .npy per output, for many runs in a folder for each.

      A bundle that was converted with --state keeps its state from run to run, and its state need not be given. Several files for an \
      input, a folder of .npy or .pb files by number, or a tensor with one more axis in front are chunks: each is a run, in their order. \
      --data runs test_data_set_0 and so on.
      """)

  @Argument(help: ArgumentHelp("A bundle or an ONNX model.", valueName: "FILE"), completion: .file(extensions: ["o2m", "onnx"]))
  var file: String
  @Argument(help: ArgumentHelp("Inputs, as for --input; one name is known without being told.", valueName: "INPUT"), completion: .file())
  var inputs: [InputFile] = []

  @Option(help: ArgumentHelp("An input, as NAME=x.npy, x.pb, x.jpg, x.png or a folder of pictures.", valueName: "NAME=FILE"))
  var input: [InputFile] = []
  @Option(help: ArgumentHelp("Run a bundle on each stored input set, in their order.", valueName: "DIR"), completion: .directory)
  var data: String?
  @Option(help: ArgumentHelp("Write each output as OUTPUT_NAME.npy here.", valueName: "DIR"), completion: .directory)
  var outputDir: String?
  @Option(help: ArgumentHelp("Print the K best classes, 5 where the bundle has labels, or boxes.", valueName: "K"))
  var top: Int?
  @Option(help: ArgumentHelp("How a picture becomes the input of a model, as for convert.", valueName: "HOW"))
  var preprocess: String?
  @OptionGroup var resources: LimitOptions
  @OptionGroup var form: FormatOptions<TextOrJSON>
  @Flag(help: "Use the reference evaluator (always so for an ONNX model).")
  var reference = false

  /// Whichever way they were given.
  private var given: [InputFile] { inputs + input }

  func validate() throws {
    if let top, top < 1 { throw ValidationError("--top takes 1 or more, not \(top)") }
    if data != nil, !given.isEmpty { throw ValidationError("--data and --input exclude each other") }
    if outputDir?.isEmpty == true { throw ValidationError("--output-dir has no name") }
  }

  func run() throws {
    try reporting {
      var report = RunReport(file: file)
      var folders = FileNames()
      try each { input, task, result, isOne in
        if let outputDir {
          try write(result.outputs, to: isOne ? outputDir : outputDir + "/" + folders.name(for: FileNames.stem(input ?? "")))
        }
        // What is written is not printed too.
        if outputDir == nil || top != nil || form.isJSON {
          try report.add(result, input: input, labels: task.labels, top: top, scores: task.scores)
        }
      }
      if form.isJSON { try JSON.text(report).write() } else if !report.results.isEmpty { try report.text.write() }
    }
  }

  /// Calls `body` with the outputs of every run.
  private func each(_ body: (_ input: String?, _ task: ClassTask, _ result: RunResult, _ isOne: Bool) throws -> Void) throws {
    let progress = ProgressBar()
    defer { progress.clear() }
    let run: (Int) throws -> RunResult, runs: [String?]
    var task = ClassTask()
    if Files.isBundle(file) {
      guard !reference else {
        throw Failure(.usage, "--reference runs an ONNX model, \(file) is a bundle", help: "give the model that the bundle was made from")
      }
      guard preprocess == nil else {
        throw Failure(
          .usage, "\(file): a bundle has its own preparation of pictures", help: "leave out --preprocess, or convert with another")
      }
      let opened = try OpenedBundle(file, limits: resources.bundleLimits), manifest = opened.model.manifest
      let (fed, values) = try values(opened.model)
      let isOpen = opened.model.shapes != nil, said: PictureTask?
      do throws(FormatFault) { said = try opened.model.section(PictureTask.self) } catch { throw FormatMessages.failure(error, file: file) }
      let graph = opened.model.graph
      task = ClassTask(
        labels: manifest.labels,
        scores: graph.outputs.indices.map { $0 == said?.classes?.output ? said?.classes?.scores ?? .byValue : graph.scores(ofOutput: $0) })
      let first = try values(0), session = try opened.session()
      runs = fed
      run = { index in
        let values = index == 0 ? first : try values(index)
        let outputs = try opened.running { () throws(RunFault) in
          if isOpen { try session.resize(opened.model.shapes(following: values.map { $0?.tensor.shape })) }
          return try session.run(given: values.map { $0?.tensor })
        }
        let seen = try opened.running { () throws(RunFault) in try answer(session, said, values.map { $0?.picture }) }
        return RunResult(outputs: zip(manifest.outputs.map(\.name), outputs).map { ($0, $1) }, answer: seen)
      }
    } else {
      guard data == nil else { throw Failure(.usage, "--data runs a bundle, \(file) is a model", help: "convert it first") }
      let inputs: RunInputs
      (inputs, task.scores, run) = try evaluator()
      runs = inputs.runs
    }
    for (index, input) in runs.enumerated() {
      if runs.count > 1 { progress.show(input.map(PictureFolder.isPicture) == true ? "pictures" : "chunks", index, of: runs.count) }
      try body(input, task, try run(index), runs.count == 1)
    }
  }

  /// What a bundle is fed in each run: what that is called, and its tensors; nil for state that goes on.
  private func values(_ model: Model) throws -> ([String?], (Int) throws -> [(tensor: Tensor, picture: Extent?)?]) {
    if data != nil || !model.state.links.isEmpty {
      let chunks = try data.map { try ChunkInputs(dataIn: $0, for: model, of: file) } ?? ChunkInputs(given, for: model, of: file)
      return (chunks.names, { chunks[$0] })
    }
    let manifest = model.manifest, types = manifest.inputs.map { ($0.name, TensorType($0.type)) }
    let files = try RunInputs(given, among: types.map(\.0), of: file)
    return (files.runs, { try files.values($0, for: types, manifest.preprocessing, ofAnyShape: model.shapes != nil) })
  }

  /// What the last run saw in a picture, as far as the bundle says how the outputs tell.
  private func answer(_ session: Session, _ said: PictureTask?, _ pictures: [Extent?]) throws(RunFault) -> PictureAnswer? {
    func form(_ input: Int) -> Pixels.Form? { pictures[input].map { Pixels.Form(.rgb, $0) } }
    let labels = session.model.manifest.labels
    if let boxes = said?.boxes { return PictureAnswer(try session.boxes(in: form(boxes.input), most: top ?? .max), labels) }
    guard let map = said?.classMap else { return nil }
    let (classes, extent) = try session.classMap(in: form(map.input))
    return PictureAnswer(classes, extent, labels)
  }

  /// Runs a model on the reference evaluator.
  private func evaluator() throws -> (RunInputs, [PictureTask.Scores], (Int) throws -> RunResult) {
    let preprocessing = try preprocess.map(Files.preprocessing) ?? ""
    let imported: ImportedModel
    let names: [String]
    do throws(ImportError) { names = try ModelSignature(path: file, limits: resources.limits).inputs.map(\.name) } catch {
      throw ImportMessages.failure(error, file: file)
    }
    // Tensors pin what the model leaves open: shapes, and the inputs that a shape or a branch depends on.
    var options = ImportOptions()
    options.limits = resources.limits
    options.knowledge = .pinned
    options.counts = .most
    for entry in given {
      let (name, path) = entry.resolved(among: names)
      guard path.hasSuffix(".npy") || path.hasSuffix(".pb"), let name = name ?? (names.count == 1 ? names[0] : nil) else { continue }
      let tensor = try InputTensor.load(path)
      // The import refuses what is no input.
      if names.contains(name) { options.inputs.append((name, .tensor(tensor))) } else { options.inputShapes[name] = tensor.shape.dims }
    }
    do throws(ImportError) { imported = try importModel(path: file, options: options) } catch {
      throw ShapeSource.data.failure(error, file: file)
    }
    NoteMessages.write(imported.warnings, file: file)
    let graph = imported.graph
    let types = graph.inputs.map { (name: graph[$0].name, type: graph[$0].type) }
    let files = try RunInputs(given, among: types.map(\.name), pinned: imported.pinned, of: file)
    return (
      files, graph.outputs.indices.map { graph.scores(ofOutput: $0) },
      { index in
        let inputs = try files.values(index, for: types, preprocessing).map(\.tensor)
        do throws(EvaluationError) {
          try graph.checkEvaluation()
          return RunResult(outputs: zip(graph.outputs.map { graph[$0].name }, try Evaluator(graph).run(inputs)).map { ($0, $1) })
        } catch { throw ConversionMessages.failure(error, file: file, values: .given) }
      }
    )
  }

  private func write(_ results: [(name: String, tensor: Tensor)], to folder: String) throws {
    try Files.makeFolder(folder)
    for (file, result) in zip(FileNames.npy(for: results.map(\.name)), results) {
      let path = folder + "/" + file
      let bytes: [UInt8]
      do throws(NpyError) { bytes = try Npy.encode(result.tensor) } catch { throw NpyMessages.failure(error, file: path) }
      try Files.write(bytes, to: path)
    }
  }
}

/// What a run left.
struct RunResult {
  var outputs: [(name: String, tensor: Tensor)]
  var answer: PictureAnswer?
}

/// The classes that outputs give.
private struct ClassTask {
  var labels: [String] = []
  /// What the numbers of each output say of them.
  var scores: [PictureTask.Scores] = []
}
