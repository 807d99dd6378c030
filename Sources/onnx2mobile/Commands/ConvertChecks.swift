import O2MConvert
import O2MGraph
import O2MImage
import O2MImport
import O2MRuntime
import O2MTensor

/// What the user says of pictures and classes, beside what the model takes and gives.
extension Convert {
  /// Refuses a preparation whose pictures fit no input, before the work. Where the model cannot be imported the conversion says why.
  static func check(_ preprocessing: String, _ model: String, _ options: ConversionOptions) throws {
    var importing = ImportOptions(inputShapes: options.inputShapes)
    importing.inputValues = options.inputValues
    importing.limits = options.limits
    guard let preparation = try? Preprocessing(text: preprocessing), let extent = preparation.extent,
      let graph = try? importModel(path: model, options: importing).graph
    else { return }
    let expected = graph.inputs.compactMap { graph[$0].type.shape }.filter { $0.rank >= 3 }
    guard !expected.isEmpty else {
      throw Failure(
        .usage, "\(model): none of its inputs takes a picture", help: "leave out --preprocess; `onnx2mobile dump \(model)` lists the inputs"
      )
    }
    var first: ImageError?
    for shape in expected {
      do throws(ImageError) { return try preparation.check(extent, against: shape) } catch { first = first ?? error }
    }
    if let first { throw ImageMessages.failure(first, file: model, code: .usage) }
  }

  /// A note where there are classes without names, or names without classes.
  static func note(_ labels: Int, _ graph: Graph) -> String? {
    let shapes = graph.outputs.compactMap { graph[$0].type.shape }
    guard labels > 0, !shapes.contains(where: { $0.dims.contains(labels) }) else { return nil }
    let outputs = graph.outputs.prefix(3).map { "'\(graph[$0].name)' \(graph[$0].type.shape?.dims ?? [])" }.joined(separator: ", ")
    return "note: \(Format.count(labels, "label")), and no output has an axis of \(labels): \(outputs.brief)\n"
  }
}
