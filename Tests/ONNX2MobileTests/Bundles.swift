import Foundation
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImage
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import ONNX2Mobile

/// Bundles as files, in both forms, and the same models as the runtime has them.
final class BundleFiles: Sendable {
  let model: Model
  private let folder: ScratchFolder

  var installed: URL { URL(fileURLWithPath: folder.file("installed.o2m")) }
  var packed: URL { URL(fileURLWithPath: folder.file("packed.o2m")) }
  func file(_ name: String) -> URL { URL(fileURLWithPath: folder.file(name)) }

  init(_ bundle: [UInt8]) throws {
    folder = try ScratchFolder()
    let bytes = try unpack(bundle)
    model = try Model(BundleBytes(copying: bytes))
    try Data(bundle).write(to: URL(fileURLWithPath: folder.file("packed.o2m")))
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("installed.o2m")))
  }

  convenience init(_ graph: Graph, _ options: BundleOptions = BundleOptions()) throws {
    try self.init(Emitted(FlatModel(graph), options).bytes)
  }

  /// Opens the installed form. The files may go away then.
  func open(_ options: MobileModel.Options = .init()) async throws(ModelError) -> MobileModel {
    try await MobileModel(contentsOf: installed, options: options)
  }

  static let digitsFolder = Fixtures.root + "/models/digits"

  /// The digits with labels, preparation and certificate, as the command converts them.
  static let digits = Result {
    var options = ConversionOptions()
    options.contents.manifest.labels = try String(contentsOfFile: digitsFolder + "/labels.txt", encoding: .utf8)
      .split(separator: "\n").map(String.init)
    options.contents.manifest.preprocessing = try Preprocessing(argument: digitsFolder + "/preprocess.json").text
    return try BundleFiles(Conversion(path: digitsFolder + "/model.onnx", options: options).bundle)
  }

  /// A picture of the digit 2.
  static let picture = Result { try Picture(path: digitsFolder + "/pictures/digit_00_label2.png") }

  /// What the runtime says of the digit.
  func classes(_ picture: Picture, top: Int) throws -> [Classification] {
    let session = try Session(model)
    return try picture.withPixels { pixels in
      try session.classify(pixels, top: top).map {
        Classification(label: model.manifest.labels[$0.index], index: $0.index, probability: Float($0.share))
      }
    }
  }

  /// A model of `Fixtures/boxes`, as the command converts it.
  static func boxes(_ name: String, task: String?, preprocessing: String) throws -> BundleFiles {
    var options = ConversionOptions()
    options.precision = .float32
    options.task = try task.map(TaskRequest.init(argument:))
    options.contents.manifest.preprocessing = try Preprocessing(argument: preprocessing).text
    options.contents.manifest.labels = ["cat", "dog", "bird"]
    for side in ["height", "width"] where name == "halves" {
      options.open.ranges[side] = SymbolRange(4, 64, step: 2)
      options.open.typical[side] = 16
    }
    return try BundleFiles(Conversion(path: Fixtures.root + "/boxes/\(name).onnx", options: options).bundle)
  }

  static let detector = Result { try boxes("detector", task: "detect", preprocessing: "resize=letterbox:64x64,scale=1/255") }
  static let segmentation = Result { try boxes("segmentation", task: "segment", preprocessing: "resize=16x16,scale=1/255") }
  /// Its height and width are open.
  static let halves = Result { try boxes("halves", task: "segment", preprocessing: "resize=16x16,scale=1/255") }

  /// Twenty convolutions, one after the other: a run takes long enough to be cancelled.
  static func long() throws -> BundleFiles {
    var graph = Graph(name: "long")
    var x = graph.addInput("x", TensorType(.float32, [1, 32, 28, 28]))
    var random = SeededInput(seed: 3)
    for layer in 0..<20 {
      let weights = random.tensor(.float32, [32, 32, 3, 3], .symmetric).doubles().map { $0 / 17 }
      let w = graph.addConstant("w\(layer)", Tensor(.float32, [32, 32, 3, 3], rounding: weights))
      let conv = Conv(window: Window(kernel: [3, 3], pads: [1, 1, 1, 1]))
      x = try graph.addNode(.conv(conv), [x, w], name: "n\(layer)", outputs: ["v\(layer)"])[0]
    }
    graph.addOutput(x)
    return try BundleFiles(graph)
  }

  /// Rows of `x` that `indices` names.
  static func gather() throws -> BundleFiles {
    var graph = Graph(name: "pick")
    let x = graph.addInput("x", TensorType(.float32, [3, 2]))
    let indices = graph.addInput("indices", TensorType(.int64, [2]))
    graph.addOutput(try graph.addNode(.gather(Gather(axis: 0)), [x, indices], name: "pick", outputs: ["y"])[0])
    return try BundleFiles(graph)
  }
}

extension ModelImage {
  init(_ picture: Picture) throws {
    try self.init(picture.pixels, format: .rgb, width: picture.extent.width, height: picture.extent.height)
  }
}

/// The error that `body` throws; nil where it throws none.
func error(of body: () async throws(ModelError) -> Void) async -> ModelError? {
  do throws(ModelError) { try await body() } catch { return error }
  return nil
}
