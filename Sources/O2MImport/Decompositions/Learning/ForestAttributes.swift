import O2MOps
import O2MTensor

extension DecisionForest {
  /// The trees of TreeEnsemble-5: branches and leaves in lists of their own.
  init(listed node: some NodeSource) throws(OpFault) {
    let leafTargets = try node.requireInts(.leaf_targetids)
    guard let weights = try node.tensor(.leaf_weights)?.doubles() else { throw .attribute(.leaf_weights, .missing) }
    guard weights.count == leafTargets.count else {
      throw .attribute(.leaf_weights, .count(expected: leafTargets.count, found: weights.count))
    }
    let most = (leafTargets.max() ?? -1) + 1
    targets = try node.int(.n_targets, default: most)
    guard targets >= most, leafTargets.allSatisfy({ $0 >= 0 }) else { throw .attribute(.leaf_targetids, .outOfRange) }
    guard let aggregate = Aggregate(rawValue: try node.int(.aggregate_function, default: 1)) else {
      throw .attribute(.aggregate_function, .unknownValue)
    }
    self.aggregate = aggregate
    nodes = try Self.branches(node, leaves: leafTargets.count)
    let branches = nodes.count
    for (index, target) in leafTargets.enumerated() {
      let own = branches + index
      nodes.append(Node(yes: own, no: own, weights: [(target, weights[index])]))
    }
    roots = try node.requireInts(.tree_roots)
    guard roots.allSatisfy({ $0 >= 0 && $0 < branches }) else { throw .attribute(.tree_roots, .outOfRange) }
  }

  private static func branches(_ node: some NodeSource, leaves: Int) throws(OpFault) -> [Node] {
    let features = try node.requireInts(.nodes_featureids), count = features.count
    func list(_ name: AttributeName) throws(OpFault) -> [Int] { try node.list(name, count) }
    func numbers(_ name: AttributeName) throws(OpFault) -> [Double] {
      guard let values = try node.tensor(name)?.doubles() else { throw .attribute(name, .missing) }
      guard values.count == count else { throw .attribute(name, .count(expected: count, found: values.count)) }
      return values
    }
    let modes = try numbers(.nodes_modes), splits = try numbers(.nodes_splits)
    let yes = try list(.nodes_truenodeids), isYesLeaf = try list(.nodes_trueleafs)
    let no = try list(.nodes_falsenodeids), isNoLeaf = try list(.nodes_falseleafs)
    let takesNaN = try node.ints(.nodes_missing_value_tracks_true) == nil ? nil : try list(.nodes_missing_value_tracks_true)
    // The lists of members, each ended by a NaN, in the order of the nodes that ask for them.
    var members = (try node.tensor(.membership_values)?.doubles() ?? [])[...]
    var nodes: [Node] = []
    for index in 0..<count {
      guard let mode = Mode(rawValue: Int(modes[index])), mode != .leaf else { throw .attribute(.nodes_modes, .unknownValue) }
      var branch = Node(feature: features[index], mode: mode, split: splits[index])
      if mode == .member {
        guard let end = members.firstIndex(where: \.isNaN) else { throw .attribute(.membership_values, .missing) }
        branch.members = Array(members[..<end])
        members = members[(end + 1)...]
      }
      branch.takesNaN = (takesNaN?[index] ?? 0) != 0
      for (isYes, isLeaf, target) in [(true, isYesLeaf[index] != 0, yes[index]), (false, isNoLeaf[index] != 0, no[index])] {
        guard target >= 0, target < (isLeaf ? leaves : count) else {
          throw .attribute(isYes ? .nodes_truenodeids : .nodes_falsenodeids, .outOfRange)
        }
        if isYes { branch.yes = isLeaf ? count + target : target } else { branch.no = isLeaf ? count + target : target }
      }
      nodes.append(branch)
    }
    return nodes
  }

  /// What a leaf gives, by the numbers of its tree and node.
  typealias LeafWeight = (tree: Int, node: Int, target: Int, weight: Double)

  /// The trees of the operators before ai.onnx.ml 5: nodes with numbers of their own in each tree.
  init(keyed node: some NodeSource, _ leaves: [LeafWeight], targets: Int, of name: AttributeName) throws(OpFault) {
    let trees = try node.requireInts(.nodes_treeids), count = trees.count
    let ids = try node.list(.nodes_nodeids, count), features = try node.list(.nodes_featureids, count)
    let yes = try node.list(.nodes_truenodeids, count), no = try node.list(.nodes_falsenodeids, count)
    guard let spelled = try node.strings(.nodes_modes) else { throw .attribute(.nodes_modes, .missing) }
    guard spelled.count == count else { throw .attribute(.nodes_modes, .count(expected: count, found: spelled.count)) }
    guard let splits = try node.numbers(.nodes_values, .nodes_values_as_tensor) else { throw .attribute(.nodes_values, .missing) }
    guard splits.count == count else { throw .attribute(.nodes_values, .count(expected: count, found: splits.count)) }
    // How often a node was met in training says nothing here.
    _ = try node.numbers(.nodes_hitrates, .nodes_hitrates_as_tensor)
    let given = try node.ints(.nodes_missing_value_tracks_true) ?? []
    let takesNaN = given.isEmpty ? nil : try node.list(.nodes_missing_value_tracks_true, count)
    var indexOf: [NodeKey: Int] = [:]
    for index in 0..<count where indexOf.updateValue(index, forKey: NodeKey(tree: trees[index], node: ids[index])) != nil {
      throw .attribute(.nodes_nodeids, .outOfRange)
    }
    nodes = []
    var isReached = [Bool](repeating: false, count: count)
    for index in 0..<count {
      guard let mode = Mode(spelled: spelled[index]) else { throw .attribute(.nodes_modes, .unknownValue) }
      guard mode != .leaf else {
        nodes.append(Node(yes: index, no: index))
        continue
      }
      guard let first = indexOf[NodeKey(tree: trees[index], node: yes[index])] else { throw .attribute(.nodes_truenodeids, .outOfRange) }
      guard let second = indexOf[NodeKey(tree: trees[index], node: no[index])] else { throw .attribute(.nodes_falsenodeids, .outOfRange) }
      (isReached[first], isReached[second]) = (true, true)
      nodes.append(
        Node(
          feature: features[index], mode: mode, split: splits[index], takesNaN: (takesNaN?[index] ?? 0) != 0, yes: first, no: second))
    }
    // A tree begins where nothing leads to.
    roots = (0..<count).filter { !isReached[$0] }
    guard Set(roots.map { trees[$0] }).count == roots.count, Set(trees).count == roots.count else {
      throw .attribute(.nodes_treeids, .outOfRange)
    }
    self.targets = targets
    for leaf in leaves {
      guard let index = indexOf[NodeKey(tree: leaf.tree, node: leaf.node)] else { throw .attribute(name, .outOfRange) }
      guard leaf.target >= 0, leaf.target < targets else { throw .attribute(name, .outOfRange) }
      nodes[index].weights.append((leaf.target, leaf.weight))
    }
  }
}

/// A node by the numbers of its tree and its own.
private struct NodeKey: Hashable { var tree, node: Int }

extension DecisionForest.Mode {
  fileprivate init?(spelled name: String) {
    switch name {
    case "BRANCH_LEQ": self = .atMost
    case "BRANCH_LT": self = .below
    case "BRANCH_GTE": self = .atLeast
    case "BRANCH_GT": self = .above
    case "BRANCH_EQ": self = .equal
    case "BRANCH_NEQ": self = .unequal
    case "LEAF": self = .leaf
    default: return nil
    }
  }
}

extension NodeSource {
  /// A list of `count` integers.
  fileprivate func list(_ name: AttributeName, _ count: Int) throws(OpFault) -> [Int] {
    let values = try requireInts(name)
    guard values.count == count else { throw .attribute(name, .count(expected: count, found: values.count)) }
    return values
  }

  /// Numbers as a list of float32 or as a tensor; nil where they are absent.
  func numbers(_ list: AttributeName, _ tensor: AttributeName) throws(OpFault) -> [Double]? {
    if let values = try self.tensor(tensor) { return values.doubles() }
    return try floats(list)?.map { Double($0) }
  }

  /// What the leaves give to targets or classes.
  func leafWeights(
    _ trees: AttributeName, _ nodes: AttributeName, _ targets: AttributeName, _ list: AttributeName, _ tensor: AttributeName
  ) throws(OpFault) -> [DecisionForest.LeafWeight] {
    guard let weights = try numbers(list, tensor) else { throw .attribute(list, .missing) }
    let trees = try self.list(trees, weights.count), nodes = try self.list(nodes, weights.count)
    let targets = try self.list(targets, weights.count)
    return weights.indices.map { (trees[$0], nodes[$0], targets[$0], weights[$0]) }
  }
}
