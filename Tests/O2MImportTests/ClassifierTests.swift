import O2MImport
import O2MOps
import O2MTensor
import O2MTestSupport
import Testing

/// A linear classifier of two numbers with its scores as a map, as scikit-learn's are exported.
private func classifier(_ labels: (String, ModelWriter.Attribute), zipped: (String, ModelWriter.Attribute)) -> ModelWriter {
  var model = ModelWriter()
  model.opsets.append((domain: "ai.onnx.ml", version: 3))
  model.input("x", .float32, [1, 2])
  model.node(
    "LinearClassifier", ["x"], ["label", "scores"], name: "linear", domain: "ai.onnx.ml",
    [("coefficients", .floats([1, 0, 0, 1])), ("intercepts", .floats([0, 0])), labels])
  model.node("ZipMap", ["scores"], ["map"], name: "zip", domain: "ai.onnx.ml", [zipped])
  model.output("label", .int64)
  model.output("map")
  return model
}

@Test func scoresOfAMapStayATensor() throws {
  let bytes = classifier(("classlabels_ints", .ints([4, 7])), zipped: ("classlabels_int64s", .ints([4, 7]))).bytes
  let model = try imported(bytes).get()
  #expect(model.outputs.map(\.name) == ["label", "map"])
  #expect(model.graph.shape(model.graph.outputs[1]) == [1, 2])
  let notes = model.notes.compactMap { if case .mapAsTensor(let node) = $0 { node.name } else { nil } }
  #expect(notes == ["zip"])
}

/// Labels that are strings cannot leave a graph; the scores can.
@Test func labelsThatAreStringsAreLeftOut() throws {
  let labels = ModelWriter.Attribute.strings(["cat", "dog"])
  let model = try imported(classifier(("classlabels_strings", labels), zipped: ("classlabels_strings", labels)).bytes).get()
  #expect(model.outputs.map(\.name) == ["map"])
  let notes = model.notes.compactMap { if case .droppedLabels(let node) = $0 { node.name } else { nil } }
  #expect(notes == ["linear"])
}

/// A model of nothing but such labels leaves nothing.
@Test func labelsAloneAreRefused() throws {
  var model = ModelWriter()
  model.opsets.append((domain: "ai.onnx.ml", version: 3))
  model.input("x", .float32, [1, 2])
  model.node(
    "LinearClassifier", ["x"], ["label"], name: "linear", domain: "ai.onnx.ml",
    [("coefficients", .floats([1, 0, 0, 1])), ("classlabels_strings", .strings(["cat", "dog"]))])
  model.output("label", .string)
  #expect(try imported(model.bytes).failure == .value(.stringOutput("label")))
}

/// What is specified and not built is refused by the name of its attribute.
@Test(arguments: [("do_rotary", AttributeName.do_rotary), ("past_present_share_buffer", .past_present_share_buffer)])
func attentionNamesWhatItLacks(spelled: String, name: AttributeName) throws {
  var model = ModelWriter()
  model.opsets.append((domain: "com.microsoft", version: 1))
  model.input("x", .float32, [1, 3, 8])
  model.input("w", .float32, [8, 24])
  model.node("Attention", ["x", "w"], ["y"], name: "a", domain: "com.microsoft", [("num_heads", .int(2)), (spelled, .int(1))])
  model.output("y")
  let failure = try imported(model.bytes).failure
  guard case .node(let node, let fault)? = failure else { throw Refused(failure: failure) }
  #expect(node.name == "a")
  #expect(fault == .attribute(name, .unsupported))
  #expect(failure?.kind == .unsupported)
}

private struct Refused: Error { let failure: ImportError? }
