import Foundation
import O2MBundle
import O2MGraph
import O2MPasses
import O2MTensor
import O2MUnpack

/// A graph as an installed bundle with inputs and what the references make of them, for a runtime on another machine.
package struct GraphSample {
  private let recipe: GraphRecipe
  private let bundle: [UInt8]
  private let outputs: [Tensor]

  /// nil where rounding alone may move an output by more than a bundle may be off: another machine adds in another order.
  package init?(_ recipe: GraphRecipe) {
    guard let graph = try? recipe.graph(), let run = try? ReferenceRun(graph, recipe.inputTensors) else { return nil }
    let shaken = ShakenGraph(graph, run.inputs, expected: run.outputs, runs: 8)
    guard !shaken.isOpen else { return nil }
    for (reach, output) in zip(shaken.reach, run.outputs) where (reach.max() ?? 0) > (output.element.isFloat ? 1e-5 * output.largest : 0) {
      return nil
    }
    var optimized = graph
    guard (try? Driver(Pipeline.passes).run(&optimized)) != nil else { return nil }
    let settled = optimized
    guard let emitted = try? Emitted(FlatModel(settled)), let installed = try? unpack(emitted.bytes) else { return nil }
    self.recipe = recipe
    bundle = installed
    outputs = run.outputs
  }

  /// Writes `installed.o2m`, and `input_I.raw` and `output_I.raw` with the elements as they lie in memory.
  package func write(to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(bundle).write(to: URL(fileURLWithPath: folder + "/installed.o2m"))
    for (kind, tensors) in [("input", recipe.inputTensors), ("output", outputs)] {
      for (index, tensor) in tensors.enumerated() {
        try tensor.withBytes { try Data($0).write(to: URL(fileURLWithPath: "\(folder)/\(kind)_\(index).raw")) }
      }
    }
  }
}
