import O2MOps
import O2MTensor

/// Decision trees: each row of `x` walks every tree to a leaf, and the weights of the leaves are aggregated per target.
///
/// - Spec: ONNX ai.onnx.ml TreeEnsemble-5. A target that no leaf serves is 0.
/// - Shapes: `x` float `[N, F]` → `y` `[N, n_targets]` of the same type.
/// - Errors: `.attribute` where lists have different lengths, an index leaves its list or a tree has no end; `.unsupported(.probit)`.
struct TreeEnsemble: Decomposition {
  static let name = "TreeEnsemble"
  static let domain = "ai.onnx.ml"
  static let versions = [5]

  private let forest: DecisionForest
  private let transform: PostTransform

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let transform = PostTransform(rawValue: try node.int(.post_transform, default: 0)) else {
      throw .attribute(.post_transform, .unknownValue)
    }
    guard transform != .probit else { throw .unsupported(.probit) }
    self.transform = transform
    forest = try DecisionForest(listed: node)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0)
    guard composer.element(x).isFloat else { throw .elementType(input: 0, found: composer.element(x)) }
    return [try transform.apply(try forest.compose(x, &composer), &composer)]
  }
}

/// Decision trees in the form before ai.onnx.ml 5, for numbers.
///
/// - Spec: ONNX ai.onnx.ml TreeEnsembleRegressor-3; -1 has no tensors among its attributes.
/// - Shapes: `x` number `[N, F]` → `y` `[N, n_targets]`, of the type of `x` where it is a float, else float32.
/// - Errors: those of TreeEnsemble; `.attribute(.post_transform, .unsupported)` for a transform of a single score.
struct TreeEnsembleRegressor: Decomposition {
  static let name = "TreeEnsembleRegressor"
  static let domain = "ai.onnx.ml"
  static let versions = [1, 3]

  private let forest: DecisionForest
  private let base: [Double]
  private let transform: PostTransform

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    transform = try PostTransform(spelledOn: node)
    let leaves = try node.leafWeights(.target_treeids, .target_nodeids, .target_ids, .target_weights, .target_weights_as_tensor)
    let count = try node.int(.n_targets, default: (leaves.map(\.target).max() ?? 0) + 1)
    var forest = try DecisionForest(keyed: node, leaves, targets: count, of: .target_ids)
    switch try node.string(.aggregate_function) {
    case nil, "SUM": forest.aggregate = .sum
    case "AVERAGE": forest.aggregate = .average
    case "MIN": forest.aggregate = .min
    case "MAX": forest.aggregate = .max
    default: throw .attribute(.aggregate_function, .unknownValue)
    }
    self.forest = forest
    // ONNX Runtime leaves a single score as it is, whatever the transform.
    guard count > 1 || transform == .none else { throw .attribute(.post_transform, .unsupported) }
    base = try node.numbers(.base_values, .base_values_as_tensor) ?? []
    guard base.isEmpty || base.count == count else { throw .attribute(.base_values, .count(expected: count, found: base.count)) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.asFloat(try composer.input(0))
    return [try transform.apply(try composer.adding(base, to: try forest.compose(x, &composer)), &composer)]
  }
}

/// Decision trees in the form before ai.onnx.ml 5, for classes: `label` and the `scores` of all.
///
/// With two classes and weights of one of them there is one score s, whatever class its leaves name: the second label stands where it is
/// above 0.5, or above 0 where a weight is negative; scores are 1 − s or −s, and s. Where they name the second class, they are 0 and s.
///
/// - Spec: ONNX ai.onnx.ml TreeEnsembleClassifier-3, and for two classes what ONNX Runtime makes of it.
/// - Shapes: `x` number `[N, F]` → `label` int64 `[N]`, `scores` `[N, E]`. Labels that are strings are left out.
/// - Errors: those of TreeEnsemble; `.attribute(.base_values, .unsupported)` where two classes share one score and `base_values` are not
///   one number for the first of them.
struct TreeEnsembleClassifier: Decomposition {
  static let name = "TreeEnsembleClassifier"
  static let domain = "ai.onnx.ml"
  static let versions = [1, 3]

  private let forest: DecisionForest
  private let base: [Double]
  private let labels: ClassLabels
  private let transform: PostTransform
  /// Of two classes that share one score: the class that the leaves name, and whether no weight is negative.
  private let single: (named: Int, isPositive: Bool)?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1, outputs: 1...2)
    transform = try PostTransform(spelledOn: node)
    labels = try ClassLabels(node, numbers: .classlabels_int64s)
    let leaves = try node.leafWeights(.class_treeids, .class_nodeids, .class_ids, .class_weights, .class_weights_as_tensor)
    base = try node.numbers(.base_values, .base_values_as_tensor) ?? []
    if labels.count == 2, let first = leaves.first?.target, leaves.allSatisfy({ $0.target == first }) {
      single = (first, leaves.allSatisfy { $0.weight >= 0 })
      guard base.isEmpty || base.count == 1 && first == 0 else { throw .attribute(.base_values, .unsupported) }
      forest = try DecisionForest(
        keyed: node, leaves.map { ($0.tree, $0.node, 0, $0.weight) }, targets: 1, of: .class_ids)
    } else {
      single = nil
      guard base.isEmpty || base.count == labels.count else {
        throw .attribute(.base_values, .count(expected: labels.count, found: base.count))
      }
      forest = try DecisionForest(keyed: node, leaves, targets: labels.count, of: .class_ids)
    }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.asFloat(try composer.input(0))
    let scores = try composer.adding(base, to: try forest.compose(x, &composer))
    guard let single else {
      return try composer.classified(try labels.compose(largestOf: scores, &composer), try transform.apply(scores, &composer))
    }
    let label = try labels.compose(scores, above: single.isPositive ? 0.5 : 0, &composer)
    if single.named == 0 {
      return try composer.classified(label, try composer.bothClasses(scores, complements: single.isPositive, transform))
    }
    let zeros = try composer.emit("Sub", [scores, scores])
    let both = try composer.emit("Concat", [zeros, scores], [.axis: .int(1)])
    return try composer.classified(label, try transform.apply(both, &composer))
  }
}

extension Composer {
  fileprivate mutating func adding(_ base: [Double], to scores: ComposedValue) throws(OpFault) -> ComposedValue {
    guard !base.isEmpty else { return scores }
    return try emit("Add", [scores, constant(Tensor(element(scores), [base.count], rounding: base))])
  }
}
