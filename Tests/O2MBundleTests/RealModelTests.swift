import Foundation
import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor
import Testing

/// The folder of trained models, where there is one.
private let models = ProcessInfo.processInfo.environment["O2M_MODELS"]

/// Trained SqueezeNet 1.1 with every weight as int8 is smaller than 1.10 MiB.
@Test(.enabled(if: models != nil, "O2M_MODELS is not set"), arguments: [(WeightPrecision.int8, 0.29), (.float16, 0.52)])
func squeezeNetIsSmall(precision: WeightPrecision, share: Double) throws {
  let imported = try importModel(path: models! + "/squeezenet1_1/model.onnx")
  let flat = try FlatModel(imported.graph)
  var options = BundleOptions()
  options.precisions = Dictionary(uniqueKeysWithValues: flat.graph.constants.map { ($0, precision) })
  let size = try Emitted(flat, options).bytes.count
  print("squeezenet1_1 \(precision): \(size) bytes, \(Double(size) / Double(imported.fileBytes)) of the ONNX file")
  #expect(Double(size) <= share * Double(imported.fileBytes))
  if precision == .int8 { #expect(Double(size) <= 1.10 * 1024 * 1024) }
}

/// The folders of trained models.
private let names: [String] = {
  guard let models, let found = try? FileManager.default.contentsOfDirectory(atPath: models) else { return [] }
  return found.filter { FileManager.default.fileExists(atPath: "\(models)/\($0)/model.onnx") }.sorted()
}()

/// Every stored model, optimized and run as a float32 bundle, gives what ONNX Runtime gave: |Δ| ≤ 1e-4 · max|ref| + 1e-3 · |ref|.
@Test(.enabled(if: models != nil, "O2M_MODELS is not set"), arguments: names)
func storedModelsRunAsOnnxRuntime(name: String) throws {
  let folder = models! + "/" + name, data = folder + "/test_data_set_0"
  var inputs: [Tensor] = []
  while let file = try? TensorFile(path: "\(data)/input_\(inputs.count).pb") { inputs.append(file.tensor) }
  let unpinned = try? importModel(path: folder + "/model.onnx")
  let ports = unpinned?.graph.inputs.map { unpinned!.graph[$0].name } ?? ["input"]
  var shapes: [String: [Int]] = [:]
  for (port, tensor) in zip(ports, inputs) { shapes[port] = tensor.shape.dims }
  var graph = try importModel(path: folder + "/model.onnx", inputShapes: shapes).graph
  _ = try Driver(Pipeline.passes).run(&graph)
  let emitted = try Emitted(FlatModel(graph))
  let session = try Session(emitted.model, threads: 2)
  for (index, found) in try session.run(inputs).enumerated() {
    let expected = try TensorFile(path: "\(data)/output_\(index).pb").tensor.doubles()
    let largest = expected.reduce(0) { max($0, $1.magnitude) }
    let excess = zip(found.doubles(), expected).map { ($0 - $1).magnitude - 1e-4 * largest - 1e-3 * $1.magnitude }.max() ?? 0
    #expect(excess <= 0, "output \(index)")
  }
  let clock = ContinuousClock(), time = try clock.measure { try session.run() }
  print("\(name): \(emitted.bytes.count) bytes, arena \(emitted.planned.plan.arenaBytes), scratch \(session.scratchBytes), \(time)")
}
