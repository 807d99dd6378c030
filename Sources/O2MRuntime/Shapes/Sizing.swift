import O2MOps
import O2MTensor

/// What follows from the shapes of the inputs by the program of a bundle.
struct Derivation {
  /// What the derived constants hold, in their order.
  var constants: [Tensor]
  /// Of all values of the program.
  var types: [TypedShape]
}

extension OpenShapes {
  /// The types of the inputs at these shapes.
  func inputs(_ shapes: [Shape], _ graph: FlatGraph) throws(ShapeFault) -> [TypedShape] {
    guard shapes.count == graph.inputCount else { throw .inputCount(found: shapes.count, expected: graph.inputCount) }
    var bound = [Int?](repeating: nil, count: symbols.count), types: [TypedShape] = []
    for (input, shape) in shapes.enumerated() {
      let own = graph.values[input]
      guard shape.rank == own.shape.rank else { throw .rank(input: input, found: shape.rank, expected: own.shape.rank) }
      for (axis, extent) in shape.dims.enumerated() {
        guard let number = axes[input][axis] else {
          let fixed = own.shape[axis]
          guard extent == fixed else { throw .extent(input: input, axis: axis, found: extent, minimum: fixed, maximum: fixed, step: fixed) }
          continue
        }
        let symbol = symbols[number]
        guard symbol.contains(extent) else {
          throw .extent(
            input: input, axis: axis, found: extent, minimum: symbol.minimum, maximum: symbol.maximum, step: symbol.step)
        }
        if let before = bound[number], before != extent {
          throw .unequal(input: input, axis: axis, found: extent, symbol: number, before: before)
        }
        bound[number] = extent
      }
      types.append(TypedShape(own.element, shape))
    }
    return types
  }

  /// What follows from inputs of these types.
  func derive(_ inputs: [TypedShape], limit: Int) throws(ShapeFault) -> Derivation {
    var types = program.values
    for (index, type) in inputs.enumerated() { types[index] = type }
    var walk = ShapeWalk(program, types: types, values: [Tensor?](repeating: nil, count: inputs.count) + constants, limit: limit)
    try walk.requireInputs(inputs.count, limit)
    for (index, node) in program.nodes.enumerated() {
      do throws(WalkFault) { try walk.visit(node, isComputed: isComputed[index]) } catch {
        switch error {
        case .operands(let fault): throw .derivation(index, fault)
        case .bytes(let bytes): throw .bytes(bytes, limit: limit)
        }
      }
    }
    var tensors: [Tensor] = []
    for item in derived {
      guard let tensor = walk.values[item.value] else { throw .derivation(item.value, .dataDependent(input: 0)) }
      tensors.append(tensor)
    }
    return Derivation(constants: tensors, types: walk.types)
  }
}

extension OpenShapes {
  /// What slots hold at the shapes of the bundle, of which the graph has the types, and the types of the program's values.
  func derived(
    _ graph: FlatGraph, _ plan: Plan, _ limits: Limits, offset: Int
  ) throws(FormatFault) -> (slots: [Tensor?], types: [TypedShape]) {
    var inputs: [TypedShape] = []
    for index in 0..<graph.inputCount { inputs.append(graph.values[index]) }
    let derivation: Derivation
    do throws(ShapeFault) { derivation = try derive(inputs, limit: limits.arenaBytes) } catch {
      switch error {
      case .derivation(let node, let fault) where node < program.nodes.count: throw .node(node, offset: program.nodes[node].offset, fault)
      case .bytes(let bytes, let limit): throw .value(offset: offset, found: bytes, limit: limit)
      default: throw .value(offset: offset, found: derived.count, limit: program.values.count)
      }
    }
    var values = [Tensor?](repeating: nil, count: graph.values.count)
    for (item, tensor) in zip(derived, derivation.constants) {
      guard TypedShape(tensor.element, tensor.shape) == graph.values[item.constant] else {
        throw .value(offset: offset, found: item.constant, limit: graph.values.count)
      }
      values[item.constant] = tensor
    }
    return (plan.derived(graph, values), derivation.types)
  }

  /// Those of a bundle whose shapes are all fixed.
  static func none(_ graph: FlatGraph, slots: Int) -> OpenShapes {
    let program = FlatGraph(
      values: Array(graph.values[..<graph.inputCount]), inputCount: graph.inputCount, constantCount: 0, nodes: [], outputs: [])
    var shapes = OpenShapes(program: program, homes: ChannelHomes(slots: slots))
    for index in 0..<graph.inputCount { shapes.axes.append([Int?](repeating: nil, count: graph.values[index].shape.rank)) }
    return shapes
  }
}

extension ShapeWalk {
  /// Extents of inputs are bounded one by one; their products are not.
  fileprivate func requireInputs(_ count: Int, _ limit: Int) throws(ShapeFault) {
    for index in 0..<count {
      let type = types[index]
      guard let volume = type.shape.volume, volume <= limit / type.element.size else {
        throw .bytes(type.shape.volume.map { $0.multipliedReportingOverflow(by: type.element.size).partialValue } ?? .max, limit: limit)
      }
    }
  }
}

extension SizedModel {
  /// The model that this is, at inputs of other shapes.
  ///
  /// Nothing of it is trusted: types are what the operators infer, places are new, and `PlanCheck` proves of them what it proves of the
  /// plan of a bundle with these shapes. So no run can read or write outside of its memory, whatever the file says of homes or symbols.
  ///
  /// - Errors: what is wrong with the shapes; `.plan` where the plan does not serve them.
  func resized(_ open: OpenShapes, _ shapes: [Shape], _ weights: UnsafeRawBufferPointer, limit: Int) throws(ShapeFault) -> SizedModel {
    let inputs = try open.inputs(shapes, graph)
    let derivation = try open.derive(inputs, limit: limit)
    var values = [Tensor?](repeating: nil, count: graph.inputCount + graph.constantCount), types = graph.values
    for slot in plan.slots { if let tensor = slot.stored(graph, weights) { values[slot.value] = tensor } }
    for (index, type) in inputs.enumerated() { types[index] = type }
    for (item, tensor) in zip(open.derived, derivation.constants) {
      values[item.constant] = tensor
      types[item.constant] = TypedShape(tensor.element, tensor.shape)
    }
    var walk = ShapeWalk(graph, types: types, values: values, limit: limit)
    if !counted.isEmpty { walk.longest = types.indices.map { value in counted.bound(value).map { derivation.types[$0] } } }
    for (index, node) in graph.nodes.enumerated() {
      do throws(WalkFault) { try walk.visit(node, isComputed: false) } catch {
        switch error {
        case .operands(let fault): throw .node(index, fault)
        case .bytes(let bytes): throw .bytes(bytes, limit: limit)
        }
      }
    }
    var graph = graph
    graph.values = walk.types
    guard let counted = counted.resized(graph), let placed = plan.placed(graph, open.homes, counted: counted) else {
      throw .bytes(.max, limit: limit)
    }
    guard placed.arenaBytes <= limit else { throw .bytes(placed.arenaBytes, limit: limit) }
    do throws(FormatFault) {
      return try SizedModel(graph, placed, derived: placed.derived(graph, values), weights: weights, counted: counted)
    } catch { throw .plan(error) }
  }
}

extension Plan {
  /// What slots hold that follows from shapes: `values` of constants in the layouts of the slots.
  package func derived(_ graph: FlatGraph, _ values: [Tensor?]) -> [Tensor?] {
    var derived = [Tensor?](repeating: nil, count: slots.count)
    for (index, slot) in slots.enumerated() {
      guard case .derived = slot.place, graph.isConstant(slot.value), let tensor = values[slot.value] else { continue }
      guard slot.layout == .channelsLast else {
        derived[index] = tensor
        continue
      }
      // Kernels see it with ones in front up to the rank of the operands beside it.
      var rank = tensor.shape.rank
      for step in steps where step.operands.inputs.contains(index) {
        for case let other? in step.operands.inputs { rank = max(rank, graph.values[slots[other].value].shape.rank) }
      }
      derived[index] = tensor.reshaped(tensor.shape.padded(to: rank)).arranged(slot.layout)
    }
    return derived
  }
}

extension Plan.Slot {
  /// A constant that is stored plain; nil where its bytes are fewer than those of its type.
  func stored(_ graph: FlatGraph, _ weights: UnsafeRawBufferPointer) -> Tensor? {
    guard case .weights(let offset, let count, _) = place, isDense, layout == .plain else { return nil }
    let type = graph.values[value]
    guard graph.isConstant(value), type.byteCount <= count, offset <= weights.count, count <= weights.count - offset else { return nil }
    let bytes = UnsafeRawBufferPointer(rebasing: weights[offset..<offset + type.byteCount])
    return Tensor(type.element, type.shape, storage: TensorStorage(borrowing: bytes))
  }
}

extension Tensor {
  /// The same elements in the memory order of `layout`.
  package func arranged(_ layout: Layout) -> Tensor {
    let stored = layout.arrange(shape)
    let strides = shape.strides
    var walk = StridedWalk(stored, strides: [layout.axes(rank: shape.rank).map { strides[$0] }])
    var source: [Int] = []
    source.reserveCapacity(count)
    for _ in 0..<count {
      source.append(walk.offsets[0])
      walk.advance()
    }
    return gathered(stored, source: source)
  }
}
