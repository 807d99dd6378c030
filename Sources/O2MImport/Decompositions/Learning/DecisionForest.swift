import O2MOps
import O2MTensor

/// Decision trees as tables: one row for each branch and, behind them, each leaf. A leaf leads back to itself.
///
/// Every row of the input stands at one place in each tree, and all places go down one level at a time: Gather, a comparison, Where.
struct DecisionForest {
  enum Mode: Int { case atMost, below, atLeast, above, equal, unequal, member, leaf }
  enum Aggregate: Int { case average, sum, min, max }

  struct Node {
    var feature = 0
    var mode = Mode.leaf
    var split = 0.0
    var members: [Double] = []
    var takesNaN = false
    /// Where each answer leads.
    var yes = 0
    var no = 0
    /// What a leaf adds to each target.
    var weights: [(target: Int, weight: Double)] = []
  }

  var nodes: [Node]
  var roots: [Int]
  var targets: Int
  var aggregate = Aggregate.sum

  /// How many branches there are on the longest way down.
  ///
  /// - Errors: `.attribute(.nodes_truenodeids, .outOfRange)` for a tree that comes back to itself.
  private func depth() throws(OpFault) -> Int {
    var depths = [Int](repeating: -1, count: nodes.count), isOpen = [Bool](repeating: false, count: nodes.count)
    var open = roots
    while let at = open.last {
      let node = nodes[at]
      if depths[at] >= 0 || node.mode == .leaf {
        depths[at] = max(0, depths[at])
        open.removeLast()
        continue
      }
      let next = [node.yes, node.no].filter { depths[$0] < 0 }
      if isOpen[at], next.isEmpty {
        depths[at] = 1 + max(depths[node.yes], depths[node.no])
        open.removeLast()
        continue
      }
      guard !isOpen[at], next.allSatisfy({ !isOpen[$0] }) else { throw .attribute(.nodes_truenodeids, .outOfRange) }
      isOpen[at] = true
      open += next
    }
    return roots.map { depths[$0] }.max() ?? 0
  }

  /// The aggregated weights, `[N, targets]` of the type of `x` `[N, F]`, a float.
  func compose(_ x: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let shape = try composer.shape(x), element = composer.element(x)
    guard shape.rank == 2 else { throw .rank(input: 0, expected: 2...2, found: shape.rank) }
    guard nodes.allSatisfy({ $0.feature >= 0 && $0.feature < max(1, shape[1]) }) else { throw .attribute(.nodes_featureids, .outOfRange) }
    let levels = try depth(), rows = shape[0]
    let first = (0..<rows).flatMap { _ in roots.map { Int64($0) } }
    var places = composer.constant(Tensor([rows, roots.count], first))
    let values = try composer.reshape(x, [shape.count])
    let tables = Tables(self, element, rows: rows, features: shape[1], &composer)
    for _ in 0..<levels { places = try step(places, values, tables, &composer) }
    return try aggregated(places, element, &composer)
  }

  /// The columns of the nodes as constants.
  private struct Tables {
    let features, splits, yes, no, rows: ComposedValue
    let takesNaN, members: ComposedValue?
    let isMode: [(mode: Mode, flags: ComposedValue)]

    init(_ forest: DecisionForest, _ element: ElementType, rows: Int, features: Int, _ composer: inout Composer) {
      let nodes = forest.nodes
      func flags(_ isSet: (Node) -> Bool, _ composer: inout Composer) -> ComposedValue {
        composer.constant(Tensor(.bool, [nodes.count], wrapping: nodes.map { isSet($0) ? 1 : 0 }))
      }
      self.features = composer.ints(nodes.map(\.feature))
      self.rows = composer.constant(Tensor([rows, 1], (0..<rows).map { Int64($0 * features) }))
      splits = composer.constant(Tensor(element, [nodes.count], rounding: nodes.map(\.split)))
      yes = composer.ints(nodes.map(\.yes))
      no = composer.ints(nodes.map(\.no))
      takesNaN = nodes.contains { $0.takesNaN } ? flags({ $0.takesNaN }, &composer) : nil
      let width = nodes.map(\.members.count).max() ?? 0
      let padded = nodes.flatMap { $0.members + [Double](repeating: .nan, count: width - $0.members.count) }
      members = width > 0 ? composer.constant(Tensor(element, [nodes.count, width], rounding: padded)) : nil
      var isMode: [(mode: Mode, flags: ComposedValue)] = []
      for number in 0..<Mode.leaf.rawValue {
        guard let mode = Mode(rawValue: number), nodes.contains(where: { $0.mode == mode }) else { continue }
        isMode.append((mode, flags({ $0.mode == mode }, &composer)))
      }
      self.isMode = isMode
    }
  }

  private func step(
    _ places: ComposedValue, _ values: ComposedValue, _ tables: Tables, _ composer: inout Composer
  ) throws(OpFault) -> ComposedValue {
    func rows(_ table: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
      try composer.emit("Gather", [table, places], [.axis: .int(0)])
    }
    let feature = try composer.emit("Add", [try rows(tables.features, &composer), tables.rows])
    let value = try composer.emit("Gather", [values, feature], [.axis: .int(0)])
    let split = try rows(tables.splits, &composer)
    var holds: ComposedValue?
    for (mode, flags) in tables.isMode {
      let answer: ComposedValue
      switch mode {
      case .atMost: answer = try composer.emit("LessOrEqual", [value, split])
      case .below: answer = try composer.emit("Less", [value, split])
      case .atLeast: answer = try composer.emit("GreaterOrEqual", [value, split])
      case .above: answer = try composer.emit("Greater", [value, split])
      case .equal: answer = try composer.emit("Equal", [value, split])
      case .unequal: answer = try composer.emit("Not", [try composer.emit("Equal", [value, split])])
      case .member:
        guard let members = tables.members else { continue }
        let column = try composer.emit("Unsqueeze", [value, composer.ints([2])])
        let isEqual = try composer.cast(try composer.emit("Equal", [column, try rows(members, &composer)]), to: .int32)
        let most = try composer.emit("ReduceMax", [isEqual, composer.ints([2])], [.keepdims: .int(0)])
        answer = try composer.cast(most, to: .bool)
      case .leaf: continue
      }
      holds = try holds.map { other throws(OpFault) in try composer.emit("Where", [try rows(flags, &composer), answer, other]) } ?? answer
    }
    guard var holds else { return places }
    if let takesNaN = tables.takesNaN {
      let isNaN = try composer.emit("Not", [try composer.emit("Equal", [value, value])])
      holds = try composer.emit("Or", [holds, try composer.emit("And", [isNaN, try rows(takesNaN, &composer)])])
    }
    return try composer.emit("Where", [holds, try rows(tables.yes, &composer), try rows(tables.no, &composer)])
  }

  /// What the leaves at `places` `[N, trees]` give together. A target that no leaf serves is 0.
  private func aggregated(_ places: ComposedValue, _ element: ElementType, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let filler: Double = aggregate == .min ? .infinity : aggregate == .max ? -.infinity : 0
    var table = [Double](repeating: filler, count: nodes.count * targets)
    for (index, node) in nodes.enumerated() {
      for (target, weight) in node.weights {
        let at = index * targets + target
        table[at] = filler == 0 ? table[at] + weight : aggregate == .min ? min(table[at], weight) : max(table[at], weight)
      }
    }
    let weights = composer.constant(Tensor(element, [nodes.count, targets], rounding: table))
    let leaves = try composer.emit("Gather", [weights, places], [.axis: .int(0)])
    let reduction =
      switch aggregate {
      case .sum: "ReduceSum"
      case .average: "ReduceMean"
      case .min: "ReduceMin"
      case .max: "ReduceMax"
      }
    let y = try composer.emit(reduction, [leaves, composer.ints([1])], [.keepdims: .int(0)])
    guard filler != 0 else { return y }
    let isUnserved = try composer.emit("Equal", [y, composer.scalar(filler, element)])
    return try composer.emit("Where", [isUnserved, composer.scalar(0, element), y])
  }
}
