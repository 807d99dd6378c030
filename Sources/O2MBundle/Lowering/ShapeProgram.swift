import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// How the constants that follow from input shapes are found: the part of the imported graph that leads from extents to them.
///
/// Of a node whose results are wanted the results are computed; of one whose extents alone are wanted, types are inferred. What is the same
/// at all shapes is a constant here, and without its elements where only its type counts.
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

  /// - Errors: `.derivation` where a value depends on what inputs hold, or cannot be in a bundle.
  init(_ wanted: [ValueID], _ sizes: SizedGraphs) throws(PlanError) {
    self.sizes = sizes
    let imported = sizes.typical
    wantsValue = [Bool](repeating: false, count: imported.valueCount)
    wantsType = wantsValue
    for id in wanted { wantsValue[id.index] = true }
    var kept: [(node: Node, isComputed: Bool)] = []
    for node in imported.nodes.reversed() {
      let isComputed = node.outputs.contains { wantsValue[$0.index] && !sizes.isFixed($0) }
      guard isComputed || node.outputs.contains(where: { wantsType[$0.index] && !sizes.hasFixedType($0) }) else { continue }
      kept.append((node, isComputed))
      want(node, isComputed)
    }
    try add(kept.reversed())
  }

  /// Notes what a node needs of its inputs.
  private mutating func want(_ node: Node, _ isComputed: Bool) {
    let facts = sizes.typical.facts(node.inputs)
    let followsFromTypes = (try? node.op.known(facts)) ?? nil != nil
    for (index, input) in node.inputs.enumerated() {
      guard let input else { continue }
      wantsType[input.index] = true
      if isComputed, !followsFromTypes { wantsValue[input.index] = true }
      guard facts[index]?.value != nil else { continue }
      var without = facts
      without[index]?.value = nil
      let types = try? node.op.infer(without)
      if types == nil || types != (try? node.op.infer(facts)) { wantsValue[input.index] = true }
    }
  }

  private mutating func add(_ kept: [(node: Node, isComputed: Bool)]) throws(PlanError) {
    let imported = sizes.typical
    for id in imported.inputs { places[id] = try add(id) }
    graph.inputCount = graph.values.count
    let made = Set(kept.flatMap(\.node.outputs))
    var fixed: [ValueID: Int] = [:]
    for (node, _) in kept {
      for case let input? in node.inputs where fixed[input] == nil && !imported.isInput(input) {
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
    for (node, isComputed) in kept {
      var inputs: [Int?] = []
      for input in node.inputs {
        if let input, imported.isInput(input), wantsValue[input.index] { throw .derivation(value: imported[input].name) }
        inputs.append(input.flatMap { fixed[$0] ?? places[$0] })
      }
      let first = graph.values.count
      for id in node.outputs { places[id] = try add(id) }
      graph.nodes.append(FlatGraph.Node(node.op, inputs: inputs, outputs: first..<graph.values.count))
      self.isComputed.append(isComputed)
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
