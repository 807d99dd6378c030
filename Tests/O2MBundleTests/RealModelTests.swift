import Foundation
import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MPasses
import O2MRuntime
import O2MTensor
import O2MTestSupport
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

/// Every stored model, optimized and run as a float32 bundle, gives what ONNX Runtime gave.
@Test(.enabled(if: models != nil, "O2M_MODELS is not set"), arguments: Fixtures.externalModels)
func storedModelsRunAsOnnxRuntime(stored: TestCase) throws {
  let data = try #require(stored.dataSets.first), inputs = try data.inputs(), expected = try data.outputs()
  let names = try ModelSignature(path: stored.model).inputs.map(\.name)
  let shapes = Dictionary(uniqueKeysWithValues: zip(names, inputs.map(\.shape.dims)))
  var graph = try importModel(path: stored.model, inputShapes: shapes).graph
  _ = try Driver(Pipeline.passes).run(&graph)
  let emitted = try Emitted(FlatModel(graph))
  let session = try Session(emitted.model, threads: 2)
  var parity = ParityReport(outputs: emitted.manifest.outputs.map(\.name), tolerance: Tolerance(elementwise: Tolerance.float32.elementwise))
  parity.add(try session.run(inputs), reference: expected)
  #expect(parity.verdict == .pass, "\(parity.outputs.compactMap(\.worst))")
  let clock = ContinuousClock(), time = try clock.measure { try session.run() }
  print("\(stored): \(emitted.bytes.count) bytes, arena \(emitted.plan.arenaBytes), scratch \(session.scratchBytes), \(time)")
}
