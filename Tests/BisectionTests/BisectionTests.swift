import Foundation
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MParity
import O2MPasses
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// `verify --bisect` on conversions that are wrong on purpose.
struct BisectionTests {
  static let planted: [PlantedRewrite] = [
    .init("fold-constants", .element), .init("eliminate-identity", .shifted), .init("eliminate-identity", .negated),
    .init("eliminate-duplicate", .negated), .init("eliminate-transpose-pair", .shifted), .init("replace-einsum", .clamped),
    .init("replace-channel-shuffle", .negated), .init("eliminate-reshape-pair", .shifted), .init("replace-silu", .negated),
    .init("replace-hard-swish", .shifted), .init("replace-gelu", .shifted), .init("replace-layer-norm", .shifted),
    .init("replace-layer-norm", .negated), .init("replace-spatial-mean", .negated), .init("fuse-attention", .swapped),
    .init("fuse-attention", .shifted), .init("replace-matmul-with-gemm", .shifted), .init("replace-flattened-gemm", .shifted),
    .init("fold-batchnorm", .constant), .init("fold-batchnorm", .element), .init("fold-scale-add", .constant),
    .init("fold-scale-add", .element), .init("fold-parallel-conv", .constant), .init("fold-parallel-conv", .element),
    .init("replace-batchnorm-with-conv", .constant), .init("fuse-pad-into-conv", .shifted), .init("fuse-residual-add", .activation),
    .init("fuse-residual-add", .negated), .init("fuse-activation", .activation), .init("fuse-activation", .shifted),
    .init(.activationLost), .init(.operandsSwapped), .init(.axisMoved), .init(.constantNegated), .init(.code), .init(.scale),
    .init(.element), .init(PlantedFault(.conv, .lastChannel)), .init(PlantedFault(.softmax, .swapped)),
    .init(PlantedFault(.averagePool, .lastElement)),
  ]

  /// At most one of the forty may stay unnamed, or without a model of at most ten nodes that shows it.
  @Test func fortyWrongRewritesAreNamedAndReproduced() throws {
    let rows = concurrentMap(Self.planted.count) { index in Row(Self.planted[index]) }
    print(rows.map(\.text).joined(separator: "\n"))
    #expect(rows.count == 40)
    let missing = rows.filter { !$0.isFound }
    #expect(missing.count <= 1, "\(missing.map(\.text))")
  }

  /// Right conversions of graphs of every kind have no fault.
  @Test func rightConversionsHaveNoFault() throws {
    var count = 0
    for seed in 1...60 as ClosedRange<UInt64> {
      guard let trial = try? Trial(GraphGenerator.graph(seed).recipe, .float32), let found = try? trial.bisect(ConversionStages()) else {
        continue
      }
      count += 1
      #expect(found.isRight, "seed \(seed): \(String(describing: found.fault)) \(String(describing: found.layer))")
    }
    #expect(count >= 30)
  }
}

/// What became of a planted rewrite.
private struct Row: Sendable {
  let planted: String
  var named = "not found"
  var node = ""
  var size = 0
  var isFound = false

  var text: String { "\(isFound ? " " : "✗") \(planted) | \(named) | \(node) | \(size) nodes" }

  /// The first graphs on which it changes numbers.
  init(_ rewrite: PlantedRewrite) {
    planted = rewrite.text
    var tries = 0
    for seed in 1...3000 as ClosedRange<UInt64> where tries < 1 {
      guard let trial = Trial(seed, showing: rewrite) else { continue }
      tries += 1
      do {
        let found = try trial.bisect(rewrite.stages)
        guard let fault = found.fault else {
          named = "not found in seed \(seed)"
          continue
        }
        (named, node) = ("\(fault.stage.rawValue) \(fault.pass ?? fault.kernel ?? fault.op)", "\(fault.node) in seed \(seed)")
        guard rewrite.isNamed(by: fault), let reproduction = found.reproduction else {
          named += found.obstacle.map { " (\($0))" } ?? ""
          continue
        }
        size = reproduction.operators.count
        // Read back from its file it is wrong under the same planted rewrite, and right without.
        let again = try Trial(reproduction, trial.precision)
        let shown = try again.bisect(rewrite.stages).fault.map(rewrite.isNamed) ?? false, right = try again.bisect(ConversionStages())
        isFound = size <= 10 && shown && right.isRight
        if !isFound { named += " shown \(shown), right without \(right.isRight)" }
      } catch { named = "\(error)" }
    }
  }
}

/// A model in a file, with inputs, beside a right bundle of it.
private struct Trial {
  let scratch: ScratchFolder
  let precision: Precision
  private let session: Session

  var model: String { scratch.file("model.onnx") }

  /// The graph of a seed; nil where the planted rewrite changes nothing there.
  init?(_ seed: UInt64, showing rewrite: PlantedRewrite) {
    let recipe = GraphGenerator.graph(seed).recipe
    guard recipe.inputTensors.allSatisfy({ $0.doubles().allSatisfy(\.isFinite) }), let graph = try? recipe.graph(), rewrite.mayChange(graph)
    else { return nil }
    let isOfCodes = if case .weights(let damage) = rewrite.place { damage.isOfCodes } else { false }
    guard let trial = try? Trial(recipe, isOfCodes ? .int8Weights : .float32), (try? trial.differs(rewrite)) ?? false else { return nil }
    self = trial
  }

  init(_ recipe: GraphRecipe, _ precision: Precision) throws {
    try self.init(recipe.model, recipe.inputs.map { TensorFile(name: $0.name, tensor: $0.tensor) }, precision)
  }

  init(_ reproduction: Reproduction, _ precision: Precision) throws {
    try self.init(reproduction.model, reproduction.inputs, precision)
  }

  private init(_ model: [UInt8], _ inputs: [TensorFile], _ precision: Precision) throws {
    scratch = try ScratchFolder()
    self.precision = precision
    let data = scratch.file("test_data_set_0"), path = scratch.file("model.onnx")
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    try Data(model).write(to: URL(fileURLWithPath: path))
    for (index, input) in inputs.enumerated() {
      try Data(input.bytes).write(to: URL(fileURLWithPath: "\(data)/input_\(index).pb"))
    }
    session = try Self.session(path, precision, ConversionStages())
  }

  private static func session(_ path: String, _ precision: Precision, _ stages: ConversionStages) throws -> Session {
    var options = ConversionOptions()
    (options.precision, options.verifies, options.zstdLevel) = (precision, false, 1)
    return try Session(OpenedBundle(Conversion(path: path, options: options, stages: stages).bundle, of: path).model)
  }

  func bisect(_ stages: ConversionStages) throws -> Bisection {
    var verification = try Verification(model: model, session, tolerance: precision.tolerance)
    try verification.add(dataIn: scratch.path)
    return try verification.bisect(stages)
  }

  /// Whether the outputs are others with the planted rewrite.
  private func differs(_ rewrite: PlantedRewrite) throws -> Bool {
    let inputs = try #require(DataSet.all(in: scratch.path)?.first).inputs(), stages = rewrite.stages
    let right = try session.run(inputs)
    guard let planted = try? Self.session(model, precision, stages) else { return true }
    planted.write(inputs)
    try planted.run { stages.kernel($0) }
    for (index, tensor) in right.enumerated() {
      var comparison = Comparison(name: "", tolerance: .float32)
      let found = Tensor(tensor.element, tensor.shape, storage: TensorStorage(byteCount: tensor.storage.bytes.count))
      found.storage.bytes.copyMemory(from: planted.output(index))
      comparison.add(found, reference: tensor)
      if !comparison.failures.isEmpty { return true }
    }
    return false
  }
}

extension PlantedRewrite {
  /// Whether the graph holds what it is about, which takes less time than a conversion.
  fileprivate func mayChange(_ graph: Graph) -> Bool {
    var optimized = graph
    guard let reports = try? Driver(Pipeline.passes).run(&optimized) else { return false }
    let codes = Set(optimized.nodes.map(\.op.code))
    return switch place {
    case .pass(let name, _): reports.contains { $0.name == name && $0.rewrites > 0 }
    case .lowering(let damage): damage.codes.contains(where: codes.contains)
    case .weights: !codes.isDisjoint(with: [.conv, .gemm, .matMul])
    case .kernel(let fault): codes.contains(fault.code)
    }
  }
}
