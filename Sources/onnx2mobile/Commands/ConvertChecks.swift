import O2MConvert
import O2MGraph
import O2MImage
import O2MImport
import O2MRuntime
import O2MTensor

/// What the user says of pictures and classes, beside what the model takes and gives.
extension Convert {
  /// Refuses labels and a preparation of pictures that do not fit the model, before the work. Where the model cannot be imported the
  /// conversion says why.
  func checkTask(_ options: ConversionOptions) throws {
    let manifest = options.contents.manifest, preparation = manifest.preparation
    guard preparation != nil || !manifest.labels.isEmpty || options.task != nil else { return }
    var importing = ImportOptions(inputShapes: options.inputShapes)
    importing.inputValues = options.inputValues
    importing.stateInputs = Set(options.states.map(\.input))
    importing.limits = options.limits
    importing.counts = .most
    guard let graph = try? importModel(path: model, options: importing).graph else { return }
    if let labels { try check(manifest.labels.count, in: labels, against: graph) }
    if let preparation { try check(preparation, against: graph) }
    do throws(TaskError) { _ = try graph.task(options.task, manifest) } catch { throw TaskMessages.failure(error, file: model, graph) }
  }

  /// The same where extents stay open, which are known only now: a picture is prepared in one size, that of the typical extents.
  func checkPreparation(_ conversion: Conversion) throws {
    guard !conversion.symbols.isEmpty, let preparation = conversion.options.contents.manifest.preparation else { return }
    do { try check(preparation, against: conversion.imported.graph) } catch var failure as Failure {
      let symbols = conversion.symbols.map { "\($0.name)=N" }.joined(separator: " --typical ")
      failure.help = "pictures have the typical extents: give --typical \(symbols) as --preprocess says"
      throw failure
    }
  }

  /// Labels name the classes of a row of scores; a model that gives something else beside, or instead, is not told how many it has.
  private func check(_ labels: Int, in file: String, against graph: Graph) throws {
    let shapes = graph.outputs.compactMap { graph[$0].type.shape }
    guard !shapes.contains(where: { $0.dims.contains(labels) }) else { return }
    guard graph.outputs.count == 1, let output = graph.outputs.first(where: graph.isRow), let shape = graph[output].type.shape else {
      return
    }
    throw LabelMessages.count(labels, shape.count, output: graph[output].name, file: file, model: model)
  }

  private func check(_ preparation: Preprocessing, against graph: Graph) throws {
    do throws(ImageError) { try preparation.checkSizes() } catch { throw ImageMessages.failure(error, file: model, code: .usage) }
    let inputs = graph.inputs.filter { (graph[$0].type.shape?.rank ?? 0) >= 3 }
    guard !inputs.isEmpty else {
      // Where an extent is open nothing is known of its shape.
      guard graph.inputs.allSatisfy({ graph[$0].type.shape != nil }) else { return }
      throw Failure(
        .usage, "\(model): none of its inputs takes a picture", help: "leave out --preprocess; `onnx2mobile dump \(model)` lists the inputs"
      )
    }
    var first: ImageError?, fits: ValueID?
    for input in inputs where fits == nil {
      do throws(ImageError) {
        if let shape = graph[input].type.shape, let extent = preparation.extent ?? preparation.nearest(to: shape) {
          try preparation.check(extent, against: shape)
        }
        fits = input
      } catch { first = first ?? error }
    }
    guard let fits else {
      if let first { throw ImageMessages.failure(first, file: model, code: .usage) }
      return
    }
    do throws(ImageError) { try preparation.checkValues(of: graph[fits].type.element) } catch {
      throw ImageMessages.failure(error, file: "\(model): input '\(graph[fits].name)'", code: .usage)
    }
  }

  /// A note where there are classes without names, or names without classes.
  static func note(_ labels: Int, _ graph: Graph) -> String? {
    let shapes = graph.outputs.compactMap { graph[$0].type.shape }
    guard labels > 0, !shapes.contains(where: { $0.dims.contains(labels) }) else { return nil }
    let outputs = graph.outputs.prefix(3).map { "'\(graph[$0].name)' \(graph[$0].type.shape?.dims ?? [])" }.joined(separator: ", ")
    return "note: \(Format.count(labels, "label")), and no output has an axis of \(labels): \(outputs.brief)\n"
  }
}
