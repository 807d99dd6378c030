import O2MOps
import O2MRuntime
import O2MTensor
import O2MUnpack

/// Decides how a graph runs: a layout for every operand, conversions where a reader wants another layout than the writer left, a form
/// for every constant, and a place in the arena for everything else.
///
/// Operators are asked in order and each says what it takes and leaves (`Operator.layouts`); a node whose operator then has no kernel
/// for these operands runs its reference on plain ones.
public struct Planned: Sendable {
  public package(set) var plan: Plan
  public package(set) var weights: AlignedBytes
  let runs: [ByteShuffle.Run]
  /// Which slots lie in others.
  let homes: ChannelHomes
  /// How each constant is stored.
  public let precisions: [WeightPrecision]
  /// Those of the bodies in the graph, in the order of `BodyPlans`; their weights lie behind the others.
  public private(set) var bodies: [Plan] = []

  /// `wanted` are wishes by value index, see `StoredConstants.precisions`.
  ///
  /// - Errors: `.node` where an operator refuses its operands, `.operands` where no kernel takes them.
  public init(_ constants: StoredConstants, precisions wanted: [Int: WeightPrecision] = [:]) throws(PlanError) {
    let precisions = constants.precisions(wanted)
    var plainNodes = constants.model.graph.nodes.indices.map { constants.model.isSized($0) }
    while true {
      var draft = PlanDraft(constants, precisions, plainNodes: plainNodes)
      draft.shareBuffers()
      var unsuited = try draft.chooseKernels()
      // Which outputs are aliases is known only now, and an alias holds no slices.
      while draft.slicesAliases {
        draft.shareBuffers()
        unsuited = try draft.chooseKernels()
      }
      if let stuck = unsuited.first(where: { plainNodes[$0] }) { throw .operands(constants.model.place(of: stuck)) }
      guard unsuited.isEmpty else {
        for node in unsuited { plainNodes[node] = true }
        continue
      }
      plan = draft.placed()
      for body in constants.model.graph.nodes.flatMap(\.op.bodies) {
        let inner = try Planned(StoredConstants(FlatModel(body), int8: false)), start = draft.store.add(inner)
        bodies += ([inner.plan] + inner.bodies).map { $0.movingWeights(by: start) }
      }
      weights = draft.store.bytes
      runs = draft.store.runs
      homes = draft.slices.homes
      break
    }
    self.precisions = precisions
  }
}

extension Plan {
  /// The same with weights that lie further back.
  fileprivate func movingWeights(by bytes: Int) -> Plan {
    var plan = self
    for index in slots.indices {
      guard case .weights(let offset, let count, let scales) = slots[index].place else { continue }
      plan.slots[index].place = .weights(offset + bytes, count: count, scales: scales.map { $0 + bytes })
    }
    return plan
  }
}

/// A plan whose arena slots have no offsets yet.
struct PlanDraft {
  let constants: StoredConstants
  let model: FlatModel
  let precisions: [WeightPrecision]
  var slots: [Plan.Slot] = []
  var steps: [Plan.Step] = []
  var inputs: [Int] = []
  var outputs: [Int] = []
  var store = WeightStore()
  private(set) var slices = ChannelSlices(slots: 0)
  /// For every value the slots that hold it while it is computed data, the writer's first.
  private var forms: [[Int]]
  private var constantForms: [[ConstantForm]]

  private struct ConstantForm {
    var packed: WeightLayout
    var layout: Layout
    var rank: Int
    var slot: Int
  }

  init(_ constants: StoredConstants, _ precisions: [WeightPrecision], plainNodes: [Bool]) {
    self.constants = constants
    model = constants.model
    self.precisions = precisions
    forms = model.graph.values.map { _ in [] }
    constantForms = model.constants.map { _ in [] }
    // Panels are padded, as a rule by less than an eighth.
    store.reserve(zip(model.constants, precisions).reduce(0) { $0 + ($1.1.size(of: $1.0.element) * $1.0.count) * 9 / 8 + 128 })
    for value in 0..<model.graph.inputCount { inputs.append(addSlot(value, .plain)) }
    for (index, node) in model.graph.nodes.enumerated() { add(node, index, forcePlain: plainNodes[index]) }
    for value in model.graph.outputs {
      outputs.append(
        model.graph.isConstant(value) ? constantSlot(value, .plain, .plain, rank: 0) : slot(value, as: .plain))
    }
  }

  /// Puts the inputs and outputs of Concat and Split into one buffer where their kernels allow it.
  mutating func shareBuffers() {
    slices = ChannelSlices(unplaced, model)
    for slot in slots.indices { slots[slot].pitch = pitch(slot, model.graph) }
  }

  /// Elements from one pixel of a slot to the next, at the shapes of `graph`.
  func pitch(_ slot: Int, _ graph: FlatGraph) -> Int { Operand(graph.values[slots[slices.root(slot).slot].value]).pitch }

  /// The plan without offsets.
  var unplaced: Plan { Plan(arenaBytes: 0, slots: slots, steps: steps, inputs: inputs, outputs: outputs) }

  /// Whether a run of channels was given a place in a slot that shares the memory of another.
  var slicesAliases: Bool {
    slices.homes.slots.contains { if let home = slices.homes[$0], case .alias = slots[home.slot].place { true } else { false } }
  }

  private mutating func add(_ node: FlatGraph.Node, _ index: Int, forcePlain: Bool) {
    let facts = node.inputs.map { input -> OperandFact? in
      guard let input else { return nil }
      let layout = forms[input].first.map { slots[$0].layout } ?? .plain
      return OperandFact(model.graph.values[input], layout: layout, isConstant: model.graph.isConstant(input))
    }
    let choice = forcePlain ? .plain(facts, outputs: node.outputs.count) : node.op.layouts(facts, outputs: node.outputs.count)
    let rank = node.inputs.reduce(0) { max($0, $1.map { model.shape($0).rank } ?? 0) }
    var reads: [Int?] = []
    for (position, input) in node.inputs.enumerated() {
      guard let input else {
        reads.append(nil)
        continue
      }
      let layout = position < choice.inputs.count ? choice.inputs[position] : .plain
      if model.graph.isConstant(input) {
        reads.append(constantSlot(input, model.weightLayout(node, input: position), rank >= 3 ? layout : .plain, rank: rank))
      } else {
        reads.append(slot(input, as: layout))
      }
    }
    var writes: [Int] = []
    for (position, output) in node.outputs.enumerated() {
      writes.append(addSlot(output, position < choice.outputs.count ? choice.outputs[position] : .plain))
    }
    steps.append(.node(index, inputs: reads, outputs: writes))
  }

  private mutating func addSlot(_ value: Int, _ layout: Layout, place: Plan.Place = .arena(0)) -> Int {
    let shape = model.shape(value)
    let layout = shape.rank >= 3 ? layout : .plain
    slots.append(Plan.Slot(value, layout: layout, pitch: Operand(model.graph.values[value]).pitch, place: place))
    forms[value].append(slots.count - 1)
    return slots.count - 1
  }

  /// The slot that holds a computed value in `layout`; a conversion is planned where there is none yet.
  private mutating func slot(_ value: Int, as layout: Layout) -> Int {
    let shape = model.shape(value)
    let layout = shape.rank >= 3 ? layout : .plain
    if let slot = forms[value].first(where: { slots[$0].layout == layout }) { return slot }
    let source = forms[value][0]
    let target = addSlot(value, layout, place: model.isOneOrder(value) ? .alias(source) : .arena(0))
    steps.append(.convert(from: source, to: target))
    return target
  }

  private mutating func constantSlot(_ value: Int, _ packed: WeightLayout, _ layout: Layout, rank: Int) -> Int {
    let number = value - model.graph.inputCount, tensor = model.constants[number]
    let padded = tensor.shape.padded(to: rank), isPlain = packed.packing == .plain
    // Bytes are the same in both layouts where only one axis is longer than 1.
    let layout = isPlain ? layout : .plain
    let same = constantForms[number].first {
      $0.packed == packed && $0.layout == layout
        && (layout == .plain || $0.rank == rank || Layout.isOneOrder(padded) && !model.isDerived(value))
    }
    if let same { return same.slot }
    let precision = packed.packing.isWeights ? precisions[number] : .float32
    let place =
      model.isDerived(value)
      ? .derived
      : isPlain
        ? store.add(layout == .plain ? tensor : tensor.reshaped(padded).arranged(layout))
        : store.add(tensor, packed, precision, constants.int8(value))
    slots.append(
      Plan.Slot(
        value, layout: layout, packing: packed.packing, precision: precision,
        pitch: Operand(model.graph.values[value]).pitch, place: place))
    constantForms[number].append(ConstantForm(packed: packed, layout: layout, rank: rank, slot: slots.count - 1))
    return slots.count - 1
  }
}
