import Foundation
import O2MGraph
import O2MImport
import O2MTensor

/// Writes a graph that is wrong as a case in ONNX's layout: `model.onnx`, inputs with what the references make of them, and a text that
/// says what is wrong, with the seed.
package struct GraphCase {
  package let recipe: GraphRecipe
  package let mismatch: GraphMismatch

  package init(_ recipe: GraphRecipe, _ mismatch: GraphMismatch) {
    self.recipe = recipe
    self.mismatch = mismatch
  }

  /// The text: the mismatch, the seed, and the graph line by line.
  package var text: String {
    let listing = (try? recipe.graph().listing) ?? "the graph cannot be built\n"
    return "seed \(recipe.seed), \(recipe.steps.count) nodes\n\(mismatch)\n\n\(listing)"
  }

  package func write(to folder: String) throws {
    let data = folder + "/test_data_set_0"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    try Data(recipe.model).write(to: URL(fileURLWithPath: folder + "/model.onnx"))
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/mismatch.txt"))
    for (index, input) in recipe.inputs.enumerated() { try write(input.name, input.tensor, "\(data)/input_\(index).pb") }
    let outputs = try ReferenceRun(recipe.graph(), recipe.inputTensors).outputs
    for (index, pair) in zip(recipe.outputs, outputs).enumerated() { try write(pair.0, pair.1, "\(data)/output_\(index).pb") }
  }

  private func write(_ name: String, _ tensor: Tensor, _ path: String) throws {
    try Data(TensorFile(name: name, tensor: tensor).bytes).write(to: URL(fileURLWithPath: path))
  }
}
