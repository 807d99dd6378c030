import Foundation
import O2MGraph
import O2MImport
import O2MTensor
import Testing

/// The folders under O2M_MODELS that hold a model.
private let names: [String] = {
  let found = (try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []
  return found.filter { FileManager.default.fileExists(atPath: "\(models)/\($0)/model.onnx") }.sorted()
}()

/// Imports the model, runs the references on its first stored input, and compares with the stored outputs, which other
/// programs made. |Δ| ≤ 1e-4 · max|ref| + 1e-3 · |ref| is the project's bound for float32.
@Test(.enabled(if: !models.isEmpty, "O2M_MODELS names no folder"), arguments: names)
func realModelsComputeTheirStoredOutputs(_ name: String) throws {
  let folder = "\(models)/\(name)"
  let model = try importModel(path: folder + "/model.onnx")
  try model.graph.verify()
  let inputs = try model.graph.inputs.indices.map { try TensorFile(path: "\(folder)/test_data_set_0/input_\($0).pb").tensor }
  let outputs = try Evaluator(model.graph).run(inputs)
  #expect(outputs.count == model.graph.outputs.count)
  for (index, output) in outputs.enumerated() {
    let truth = try TensorFile(path: "\(folder)/test_data_set_0/output_\(index).pb").tensor
    #expect(truth.type == output.type)
    let expected = truth.doubles()
    let largest = expected.map(\.magnitude).max() ?? 0
    let worst = zip(output.doubles(), expected).map { abs($0 - $1) / (1e-4 * largest + 1e-3 * abs($1)) }.max() ?? 0
    #expect(worst <= 1, "output \(index)")
  }
}
