import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack
import Testing

/// Kernels sum in float32, the reference in float64: a sum of at most 490 terms a few layers deep stays below 2e-5 of the largest value.
private let kernelTolerance = 2e-5

@Test(arguments: [Models.mobile(), Models.mixed(), Models.recurrent(), Models.longLived()])
func runsAsTheReference(graph: Graph) throws {
  let emitted = try Emitted(FlatModel(graph))
  let session = try Session(emitted.model)
  for seed in 1...3 as ClosedRange<UInt64> {
    let inputs = emitted.model.graph.seededInputs(seed, .symmetric)
    let expected = try Evaluator(graph).run(inputs)
    for (found, expected) in zip(try session.run(inputs), expected) { #expect(distance(found, expected) <= kernelTolerance) }
  }
}

@Test(arguments: [WeightPrecision.float16, .int8], [Models.mobile(), Models.mixed(), Models.recurrent()])
func roundedWeightsAreWhatTheRuntimeSees(precision: WeightPrecision, graph: Graph) throws {
  let flat = try FlatModel(graph)
  let wanted = Dictionary(uniqueKeysWithValues: flat.graph.constants.map { ($0, precision) })
  let emitted = try Emitted(
    flat,
    {
      var options = BundleOptions(); options.precisions = wanted; return options
    }())
  let inputs = emitted.model.graph.seededInputs(3, .symmetric)
  let evaluator = Evaluator(graph)
  let rounded = StoredConstants(flat, int8: true).rounded(wanted).tensors
  let overrides = Dictionary(uniqueKeysWithValues: rounded.map { (flat.ids[$0.key], $0.value) })
  let expected = try evaluator.rerun(evaluator.trace(inputs), overriding: overrides)
  for (found, expected) in zip(try Session(emitted.model).run(inputs), expected) {
    #expect(distance(found, expected) <= kernelTolerance)
  }
}

@Test(arguments: [Models.mobile(), Models.mixed(), Models.recurrent()])
func threadsDoNotChangeBits(graph: Graph) throws {
  let model = try Emitted(FlatModel(graph)).model
  let inputs = model.graph.seededInputs(5, .symmetric)
  let one = try Session(model, threads: 1).run(inputs).map(bits)
  for threads in 2...4 { #expect(try Session(model, threads: threads).run(inputs).map(bits) == one) }
}

/// Types below 8 bits take a byte per element; every type is an input, a constant, in the arena and an output.
@Test(arguments: ElementType.allCases.filter { $0.isHeld })
func everyElementTypeIsHeld(element: ElementType) throws {
  var graph = Graph(name: "types")
  let x = graph.addInput("x", TensorType(element, [2, 3] as Shape))
  let k = graph.addConstant("k", Tensor(element, [1, 3], rounding: [1, 0, 3]))
  let c = try graph.addNode(.concat(Concat(axis: 0)), [x, k], name: "c", outputs: ["c"])[0]
  graph.addOutput(c)
  graph.addOutput(try graph.addNode(.cast(Cast(to: .float64)), [c], name: "y", outputs: ["y"])[0])
  let emitted = try Emitted(FlatModel(graph))
  let inputs = emitted.model.graph.seededInputs(7, .symmetric)
  let found = try Session(emitted.model).run(inputs)
  #expect(found.map(\.element) == [element, .float64])
  #expect(try found.map(bits) == Evaluator(graph).run(inputs).map(bits))
}

@Test func twoEmissionsAreEqual() throws {
  let flat = try FlatModel(Models.mobile())
  var options = BundleOptions()
  options.precisions = Dictionary(uniqueKeysWithValues: flat.graph.constants.map { ($0, $0 % 2 == 0 ? .int8 : .float16) })
  options.manifest.labels = ["left", "right"]
  #expect(try Emitted(flat, options).bytes == Emitted(FlatModel(Models.mobile()), options).bytes)
}

@Test func unpackIsIdempotentAndAligned() throws {
  let download = try Emitted(FlatModel(Models.mobile())).bytes
  let installed = try unpack(download)
  #expect(try unpack(installed) == installed)
  let sections = try installed.withUnsafeBytes { try BundleReader($0).sections }
  #expect(sections.allSatisfy { $0.offset % BundleFormat.pageBytes == 0 && $0.codec == Codec.store.rawValue })
}

@Test func manifestAndNamesSurvive() throws {
  let flat = try FlatModel(Models.mobile())
  var options = BundleOptions()
  options.manifest.labels = ["zebra", "größer"]
  options.manifest.preprocessing = "resize=short:256\norder=rgb\n"
  options.manifest.sourceHash = Array(0..<32)
  options.manifest.passes = ["fold-constants"]
  let emitted = try Emitted(flat, options)
  #expect(emitted.model.manifest == emitted.manifest)
  #expect(emitted.model.input(named: "x") == 0)
  #expect(emitted.model.manifest.inputs[0].type.shape == [1, 3, 9, 9])
}

/// The plan must need far less than all values together, and never let two live values share a byte (`PlanCheck` refuses that).
@Test func arenaReusesMemory() throws {
  let flat = try FlatModel(Models.longLived()), planned = try Planned(StoredConstants(flat, int8: false))
  let all = flat.graph.values.indices.filter { !flat.graph.isConstant($0) }.reduce(0) { $0 + flat.graph.values[$1].byteCount }
  #expect(planned.plan.arenaBytes < all)
}
