import O2MOps
import O2MTensor

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Decision trees: each row of `x` walks every tree to a leaf, and the weights of the leaves are aggregated per target.
///
/// - Spec: ONNX ai.onnx.ml TreeEnsemble-5. A target that no leaf serves is 0.
/// - Shapes: `x` float `[N, F]` → `y` `[N, n_targets]` of the same type.
/// - Parity: one rounding of the float64 value.
/// - Errors: `.attribute` where lists have different lengths, an index leaves its list or a tree has no end; `.unsupported(.probit)`.
struct TreeEnsemble: ConstantEvaluation {
  static let name = "TreeEnsemble"
  static let domain = "ai.onnx.ml"
  static let versions = [5]

  private enum Mode: Int { case atMost, below, atLeast, above, equal, unequal, member }
  private enum Aggregate: Int { case average, sum, min, max }
  private enum Transform: Int { case none, softmax, logistic, softmaxZero, probit }

  private struct Branch {
    var feature: Int
    var mode: Mode
    var split: Double
    var members: Set<Double>
    var takesNaN: Bool
    /// Where each answer leads: a node, or a leaf.
    var next: [Bool: (isLeaf: Bool, index: Int)]
  }

  private let roots: [Int]
  private let branches: [Branch]
  private let leaves: [(target: Int, weight: Double)]
  private let targets: Int
  private let aggregate: Aggregate
  private let transform: Transform

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    guard let aggregate = Aggregate(rawValue: try node.int(.aggregate_function, default: 1)) else {
      throw .attribute(.aggregate_function, .unknownValue)
    }
    guard let transform = Transform(rawValue: try node.int(.post_transform, default: 0)) else {
      throw .attribute(.post_transform, .unknownValue)
    }
    guard transform != .probit else { throw .unsupported(.probit) }
    self.aggregate = aggregate
    self.transform = transform
    leaves = try Self.leaves(node)
    let most = (leaves.map(\.target).max() ?? -1) + 1
    targets = try node.int(.n_targets, default: most)
    guard targets >= most, leaves.allSatisfy({ $0.target >= 0 }) else { throw .attribute(.leaf_targetids, .outOfRange) }
    branches = try Self.branches(node, leaves: leaves.count)
    roots = try node.requireInts(.tree_roots)
    let count = branches.count
    guard roots.allSatisfy({ $0 >= 0 && $0 < count }) else { throw .attribute(.tree_roots, .outOfRange) }
  }

  private static func leaves(_ node: some NodeSource) throws(OpFault) -> [(target: Int, weight: Double)] {
    let targets = try node.requireInts(.leaf_targetids)
    guard let weights = try node.tensor(.leaf_weights)?.doubles() else { throw .attribute(.leaf_weights, .missing) }
    guard weights.count == targets.count else { throw .attribute(.leaf_weights, .count(expected: targets.count, found: weights.count)) }
    return zip(targets, weights).map { ($0, $1) }
  }

  private static func branches(_ node: some NodeSource, leaves: Int) throws(OpFault) -> [Branch] {
    let features = try node.requireInts(.nodes_featureids), count = features.count
    func list(_ name: AttributeName) throws(OpFault) -> [Int] {
      let values = try node.requireInts(name)
      guard values.count == count else { throw .attribute(name, .count(expected: count, found: values.count)) }
      return values
    }
    func numbers(_ name: AttributeName) throws(OpFault) -> [Double] {
      guard let values = try node.tensor(name)?.doubles() else { throw .attribute(name, .missing) }
      guard values.count == count else { throw .attribute(name, .count(expected: count, found: values.count)) }
      return values
    }
    let modes = try numbers(.nodes_modes), splits = try numbers(.nodes_splits)
    let trueIDs = try list(.nodes_truenodeids), trueLeaves = try list(.nodes_trueleafs)
    let falseIDs = try list(.nodes_falsenodeids), falseLeaves = try list(.nodes_falseleafs)
    let takesNaN = try node.ints(.nodes_missing_value_tracks_true) == nil ? nil : try list(.nodes_missing_value_tracks_true)
    // The lists of members, each ended by a NaN, in the order of the nodes that ask for them.
    var members = (try node.tensor(.membership_values)?.doubles() ?? [])[...]
    var branches: [Branch] = []
    for index in features.indices {
      guard let mode = Mode(rawValue: Int(modes[index])) else { throw .attribute(.nodes_modes, .unknownValue) }
      var set: Set<Double> = []
      if mode == .member {
        guard let end = members.firstIndex(where: \.isNaN) else { throw .attribute(.membership_values, .missing) }
        set = Set(members[..<end])
        members = members[(end + 1)...]
      }
      let next = [true: (trueLeaves[index] != 0, trueIDs[index]), false: (falseLeaves[index] != 0, falseIDs[index])]
      for (isLeaf, target) in next.values where target < 0 || target >= (isLeaf ? leaves : count) {
        throw .attribute(next[true]?.1 == target ? .nodes_truenodeids : .nodes_falsenodeids, .outOfRange)
      }
      guard features[index] >= 0 else { throw .attribute(.nodes_featureids, .outOfRange) }
      let branch = Branch(
        feature: features[index], mode: mode, split: splits[index], members: set, takesNaN: (takesNaN?[index] ?? 0) != 0,
        next: next.mapValues { (isLeaf: $0.0, index: $0.1) })
      branches.append(branch)
    }
    return branches
  }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    guard x.element.isFloat else { throw .elementType(input: 0, found: x.element) }
    guard x.shape.rank == 2 else { throw .rank(input: 0, expected: 2...2, found: x.shape.rank) }
    let features = x.shape[1], values = x.doubles()
    guard branches.allSatisfy({ $0.feature < features }) else { throw .attribute(.nodes_featureids, .outOfRange) }
    var y: [Double] = []
    for row in 0..<x.shape[0] { y += transformed(try scores(values[row * features..<(row + 1) * features])) }
    return [Tensor(x.element, [x.shape[0], targets], rounding: y)]
  }

  private func scores(_ row: ArraySlice<Double>) throws(OpFault) -> [Double] {
    var scores = [Double?](repeating: nil, count: targets)
    for root in roots {
      let leaf = leaves[try leaf(row, root)]
      let before = scores[leaf.target]
      switch aggregate {
      case .sum, .average: scores[leaf.target] = (before ?? 0) + leaf.weight
      case .min: scores[leaf.target] = before.map { Swift.min($0, leaf.weight) } ?? leaf.weight
      case .max: scores[leaf.target] = before.map { Swift.max($0, leaf.weight) } ?? leaf.weight
      }
    }
    let share = aggregate == .average && !roots.isEmpty ? Double(roots.count) : 1
    return scores.map { ($0 ?? 0) / share }
  }

  private func leaf(_ row: ArraySlice<Double>, _ root: Int) throws(OpFault) -> Int {
    var at = root
    for _ in branches.indices {
      let branch = branches[at]
      let value = row[row.startIndex + branch.feature]
      guard let next = branch.next[(branch.takesNaN && value.isNaN) || holds(branch, value)] else { break }
      if next.isLeaf { return next.index }
      at = next.index
    }
    // More steps than nodes: the tree comes back to itself.
    throw .attribute(.nodes_truenodeids, .outOfRange)
  }

  private func holds(_ branch: Branch, _ value: Double) -> Bool {
    switch branch.mode {
    case .atMost: value <= branch.split
    case .below: value < branch.split
    case .atLeast: value >= branch.split
    case .above: value > branch.split
    case .equal: value == branch.split
    case .unequal: value != branch.split
    case .member: branch.members.contains(value)
    }
  }

  private func transformed(_ scores: [Double]) -> [Double] {
    switch transform {
    case .none, .probit: return scores
    case .logistic: return scores.map { 1 / (1 + exp(-$0)) }
    case .softmax, .softmaxZero:
      let top = scores.max() ?? 0
      // The second form leaves zeros as they are.
      let powers = scores.map { transform == .softmaxZero && $0 == 0 ? 0 : exp($0 - top) }
      let sum = powers.reduce(0, +)
      return sum == 0 ? powers : powers.map { $0 / sum }
    }
  }
}
