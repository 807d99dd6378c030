import Foundation
import O2MBundle
import O2MGraph
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor

/// Where a graph does not give what the plain references give, and by how much.
package struct GraphMismatch: Error, CustomStringConvertible, Sendable {
  package enum Stage: Equatable, Sendable {
    case fastLoops
    case pass(String)
    case passes
    /// A bundle of the graph as it was made, or after the passes.
    case bundle(WeightPrecision, optimized: Bool)
    case threads
  }

  package var stage: Stage
  /// The operator of the node that is wrong by itself; nil where only the whole is.
  package var code: OpCode?
  package var reason: String

  package var description: String { "\(stage)\(code.map { ", \($0.name)" } ?? ""): \(reason)" }

  /// Whether both are likely to have one cause.
  func isLike(_ other: GraphMismatch) -> Bool { stage == other.stage && code == other.code }
}

/// Takes a graph through everything that must not change it: the fast loops, each pass by itself, all passes, and bundles that are
/// written, read back and run, with weights of every precision. In a bundle every step is compared with the reference of its operator
/// on what the step really read, so that an error is found where it arises and not where it happens to reach an output.
package struct GraphCheck: Sendable {
  /// What is broken on purpose, to see that it is found.
  package var planted: PlantedFault?
  /// Whether only the bundle of the optimized graph is looked at, as for what is planted there.
  package var onlyBundle = false

  package init(planted: PlantedFault? = nil) {
    self.planted = planted
    onlyBundle = planted != nil
  }

  /// The first thing that is wrong; nil where all agrees.
  package func mismatch(_ recipe: GraphRecipe) -> GraphMismatch? {
    do throws(GraphMismatch) { try check(recipe) } catch { return error }
    return nil
  }

  /// - Errors: what does not agree, in the order of the stages.
  package func check(_ recipe: GraphRecipe) throws(GraphMismatch) {
    let inputs = recipe.inputTensors, graph: Graph
    let truth = try attempt(.fastLoops) { try ReferenceRun(recipe.graph(), inputs) }
    graph = truth.graph
    if !onlyBundle {
      try compareLoops(truth)
      for pass in Pipeline.passes { try comparePass(pass, truth) }
    }
    var optimized = graph
    let reports = try attempt(.passes) { try Driver(Pipeline.passes).run(&optimized) }
    let after = try attempt(.passes) { try ReferenceRun(optimized, inputs) }
    if !onlyBundle { try truth.expect(after.outputs, .passes, isAlgebraic: reports.contains { $0.isAlgebraic }) }
    try BundleCheck(after, .float32, optimized: true, planted).check()
    guard !onlyBundle else { return }
    try BundleCheck(truth, .float32, optimized: false, nil).check()
    try BundleCheck(after, recipe.seed % 2 == 0 ? .float16 : .int8, optimized: true, nil).check()
  }

  /// The operators of the optimized graph, for which the bundle has kernels.
  package static func codesOfBundle(_ recipe: GraphRecipe) -> Set<OpCode> {
    guard var graph = try? recipe.graph() else { return [] }
    _ = try? Driver(Pipeline.passes).run(&graph)
    return Set(graph.nodes.map(\.op.code))
  }

  private func compareLoops(_ truth: ReferenceRun) throws(GraphMismatch) {
    var wrong: GraphMismatch?
    _ = try attempt(.fastLoops) {
      try Evaluator(truth.graph, loops: FastLoops(threads: 1)).run(truth.inputs) { node, results in
        for (id, tensor) in zip(node.outputs, results) where wrong == nil {
          guard let expected = truth.values[id], let reason = differs(tensor, expected, by: { _ in 0 }) else { continue }
          wrong = GraphMismatch(stage: .fastLoops, code: node.op.code, reason: reason)
        }
      }
    }
    if let wrong { throw wrong }
  }

  private func comparePass(_ pass: any Pass, _ truth: ReferenceRun) throws(GraphMismatch) {
    var graph = truth.graph
    let stage = GraphMismatch.Stage.pass("\(pass.name)")
    let reports = try attempt(stage) { try Driver([pass]).run(&graph) }
    guard reports[0].rewrites > 0 else { return }
    let changed = graph
    let found = try attempt(stage) { try Evaluator(changed, loops: FastLoops(threads: 1)).run(truth.inputs) }
    try truth.expect(found, stage, isAlgebraic: reports[0].isAlgebraic)
  }
}

extension PassReport {
  /// Whether it rewrote what holds for numbers but not for infinities: `a·x + b·x` is `(a + b)·x`, unless x is infinite.
  fileprivate var isAlgebraic: Bool {
    rewrites > 0
      && ["fold-batchnorm", "fold-scale-add", "fold-parallel-conv", "replace-batchnorm-with-conv", "replace-layer-norm"].contains(name)
  }
}

/// What the plain references make of a graph.
struct ReferenceRun {
  let graph: Graph
  let inputs: [Tensor]
  private(set) var values: [ValueID: Tensor] = [:]
  let outputs: [Tensor]

  init(_ graph: Graph, _ inputs: [Tensor]) throws {
    self.graph = graph
    self.inputs = inputs
    var values: [ValueID: Tensor] = [:]
    outputs = try Evaluator(graph, loops: nil).run(inputs) { node, results in
      for (id, tensor) in zip(node.outputs, results) { values[id] = tensor }
    }
    self.values = values
  }

  /// How often the graph is shaken before a difference counts: what one element of a thousand decides shows late.
  static let runs = [4, 60, 1000]

  /// Whether no infinity and no NaN is among the values.
  private var isFinite: Bool { (inputs + values.values).allSatisfy(\.isFinite) }

  /// - Parameter isAlgebraic: whether only graphs of finite numbers must give the same.
  /// - Errors: a mismatch where an output is further off than rounding explains.
  func expect(_ found: [Tensor], _ stage: GraphMismatch.Stage, isAlgebraic: Bool = false) throws(GraphMismatch) {
    guard found.count == outputs.count else { throw GraphMismatch(stage: stage, reason: "\(found.count) outputs of \(outputs.count)") }
    if isAlgebraic, !isFinite { return }
    // Sums of some hundreds of terms in another order: nothing to look into.
    let least = outputs.map { 1e-6 * $0.largest }
    var reason = first(found) { index in { _ in least[index] } }
    for runs in Self.runs {
      guard reason != nil else { return }
      let shaken = ShakenGraph(graph, inputs, expected: outputs, runs: runs)
      if shaken.isOpen { return }
      reason = first(found) { index in { max(least[index], 4 * shaken.reach[index][$0]) } }
    }
    if let reason { throw GraphMismatch(stage: stage, reason: reason) }
  }

  private func first(_ found: [Tensor], _ bound: (Int) -> (Int) -> Double) -> String? {
    for index in outputs.indices {
      if let reason = differs(found[index], outputs[index], by: bound(index)) { return "'\(graph[graph.outputs[index]].name)': \(reason)" }
    }
    return nil
  }
}

/// Where `found` is further from `expected` than `bound` allows for its index; nil where it is not.
func differs(_ found: Tensor, _ expected: Tensor, by bound: (Int) -> Double) -> String? {
  guard found.type == expected.type else { return "it is \(found.type), expected \(expected.type)" }
  if found.hasBytes(of: expected) { return nil }
  if !expected.element.isFloat {
    let a = found.ints(), b = expected.ints()
    for index in a.indices where a[index] != b[index] && bound(index) < distance(Double(a[index]), Double(b[index])) {
      return "element \(expected.shape.place(index)) of \(expected.shape.dims) is \(a[index]), expected \(b[index])"
    }
    return nil
  }
  let a = found.doubles(), b = expected.doubles()
  for index in a.indices where distance(a[index], b[index]) > bound(index) {
    return "element \(expected.shape.place(index)) of \(expected.shape.dims) is \(a[index]), expected \(b[index]) within \(bound(index))"
  }
  return nil
}

extension Tensor {
  fileprivate func hasBytes(of other: Tensor) -> Bool {
    withBytes { own in
      other.withBytes { own.count == $0.count && (own.isEmpty || memcmp(own.baseAddress!, $0.baseAddress!, own.count) == 0) }
    }
  }

  /// The largest finite magnitude.
  var largest: Double { element.isFloat ? doubles().reduce(0) { $1.isFinite ? max($0, $1.magnitude) : $0 } : 0 }
}

extension Shape {
  func place(_ flat: Int) -> [Int] {
    var rest = flat
    return strides.map { stride in
      defer { rest %= max(1, stride) }
      return rest / max(1, stride)
    }
  }
}

/// What `body` gives; whatever it throws is a mismatch too.
func attempt<T>(_ stage: GraphMismatch.Stage, _ body: () throws -> T) throws(GraphMismatch) -> T {
  do { return try body() } catch { throw GraphMismatch(stage: stage, reason: "\(error)") }
}
