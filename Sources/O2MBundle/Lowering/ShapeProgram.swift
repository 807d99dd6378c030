import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// How the constants that follow from input shapes are found, and how long results can be whose lengths a run decides: the part of the
/// imported graph that leads from extents to them.
///
/// Of a node whose results are wanted the results are computed; of one whose extents alone are wanted, types are inferred. What is the same
/// at all shapes is a constant here, and without its elements where only its type counts. In the place of a node whose lengths a run
/// decides stand those of `LongestResults`.
struct ShapeProgram {
  private(set) var graph = FlatGraph(values: [], inputCount: 0, constantCount: 0, nodes: [], outputs: [])
  private(set) var constants: [Tensor?] = []
  private(set) var isComputed: [Bool] = []
  private var places: [ValueID: Int] = [:]

  /// Where a wanted value is in the program's graph.
  func place(_ id: ValueID) -> Int? { places[id] }

  private let sizes: SizedGraphs
  private var wantsValue: [Bool]
  private var wantsType: [Bool]
  /// What nodes are replaced by that have numbers in the place of those that a run finds.
  private var numbers: [(id: ValueID, tensor: Tensor)] = []

  /// What becomes a node of the program: one of the graph, or what stands for it.
  private struct Step {
    var op: Op
    var inputs: [ValueID?]
    var outputs: [ValueID]
    var isComputed: Bool
  }

  /// - Parameter longest: values of which the types at their longest are wanted.
  /// - Errors: `.derivation` where a value depends on what inputs hold, or cannot be in a bundle; `.bound` where it is not known how long
  ///   it can be.
  init(_ wanted: [ValueID], longest: [ValueID], _ sizes: SizedGraphs) throws(PlanError) {
    self.sizes = sizes
    let imported = sizes.typical
    wantsValue = [Bool](repeating: false, count: imported.valueCount)
    wantsType = wantsValue
    for id in wanted { wantsValue[id.index] = true }
    let longest = Set(longest)
    var kept: [[Step]] = []
    for node in imported.nodes.reversed() {
      let isComputed = node.outputs.contains { wantsValue[$0.index] && !sizes.isFixed($0) }
      let isWanted = node.outputs.contains { longest.contains($0) || wantsType[$0.index] && !sizes.hasFixedType($0) }
      guard isComputed || isWanted else { continue }
      if imported.tried(node) == nil {
        guard (try? node.op.infer(imported.facts(node.inputs))) != nil else { throw .bound(value: imported[node.output].name) }
        kept.append([Step(op: node.op, inputs: node.inputs, outputs: node.outputs, isComputed: isComputed)])
        want(node, isComputed)
      } else {
        guard !isComputed else { throw .derivation(value: imported[node.output].name) }
        let results = try LongestResults(node, sizes).nodes
        kept.append(try results.map { result throws(PlanError) in try step(for: result) })
      }
    }
    try add(kept.reversed().flatMap { $0 })
  }

  /// The step of a node at its longest. Its numbers are constants of the program alone, whose ids lie behind those of the graph.
  private mutating func step(for result: LongestResults.Result) throws(PlanError) -> Step {
    var inputs: [ValueID?] = []
    for operand in result.operands {
      switch operand {
      case nil: inputs.append(nil)
      case .value(let id):
        wantsType[id.index] = true
        inputs.append(id)
      case .known(let id):
        (wantsType[id.index], wantsValue[id.index]) = (true, true)
        inputs.append(id)
      case .number(let tensor):
        numbers.append((ValueID(sizes.typical.valueCount + numbers.count), tensor))
        inputs.append(numbers[numbers.count - 1].id)
      }
    }
    return Step(op: result.op, inputs: inputs, outputs: result.outputs, isComputed: false)
  }

  /// Notes what a node needs of its inputs.
  private mutating func want(_ node: Node, _ isComputed: Bool) {
    let facts = sizes.typical.facts(node.inputs)
    let followsFromTypes = (try? node.op.known(facts)) ?? nil != nil
    for (index, input) in node.inputs.enumerated() {
      guard let input else { continue }
      wantsType[input.index] = true
      if isComputed, !followsFromTypes { wantsValue[input.index] = true }
      // At one size a number may say what the others say anyway, as a most of 200 does of 100 boxes.
      if ([sizes.typical] + sizes.others).contains(where: { Self.reads(index, node, $0.facts(node.inputs)) }) {
        wantsValue[input.index] = true
      }
    }
  }

  /// Whether the types of what a node gives follow from what an operand holds.
  private static func reads(_ index: Int, _ node: Node, _ facts: [InputFact?]) -> Bool {
    guard facts[index]?.value != nil else { return false }
    var without = facts
    without[index]?.value = nil
    let types = try? node.op.infer(without)
    return types == nil || types != (try? node.op.infer(facts))
  }

  private mutating func add(_ kept: [Step]) throws(PlanError) {
    let imported = sizes.typical
    for id in imported.inputs { places[id] = try add(id) }
    graph.inputCount = graph.values.count
    let made = Set(kept.flatMap(\.outputs))
    var fixed: [ValueID: Int] = [:]
    for (id, tensor) in numbers {
      fixed[id] = graph.values.count
      graph.values.append(TypedShape(tensor.element, tensor.shape))
      constants.append(tensor)
    }
    for step in kept {
      for case let input? in step.inputs where fixed[input] == nil && !imported.isInput(input) {
        let isFixed = wantsValue[input.index] ? sizes.isFixed(input) : sizes.hasFixedType(input)
        guard isFixed else {
          guard made.contains(input) else { throw .derivation(value: imported[input].name) }
          continue
        }
        fixed[input] = try add(input)
        constants.append(wantsValue[input.index] ? imported[input].fact.value : nil)
      }
    }
    graph.constantCount = graph.values.count - graph.inputCount
    for step in kept {
      var inputs: [Int?] = []
      for input in step.inputs {
        if let input, input.index < wantsValue.count, imported.isInput(input), wantsValue[input.index] {
          throw .derivation(value: imported[input].name)
        }
        inputs.append(input.flatMap { fixed[$0] ?? places[$0] })
      }
      let first = graph.values.count
      for id in step.outputs { places[id] = try add(id) }
      graph.nodes.append(FlatGraph.Node(step.op, inputs: inputs, outputs: first..<graph.values.count))
      isComputed.append(step.isComputed)
    }
  }

  private mutating func add(_ id: ValueID) throws(PlanError) -> Int {
    let value = sizes.typical[id]
    guard let shape = value.type.shape, shape.volume != nil, shape.rank <= BundleFormat.maximumRank, value.type.element.isHeld else {
      throw .derivation(value: value.name)
    }
    graph.values.append(TypedShape(value.type.element, shape))
    return graph.values.count - 1
  }
}
