import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension FlatModel {
  /// The model at other input shapes, which its plan must serve as well.
  struct Size: Sendable {
    var graph: FlatGraph
    /// The constants that follow from the shapes, by value index.
    var derived: [Int: Tensor]
  }

  /// Opens the shapes of a model that was made from `graphs.typical`.
  ///
  /// - Parameters:
  ///   - imported: the same graphs before any rewrite.
  ///   - axes: for each input and axis the symbol; nil where the extent is fixed.
  /// - Errors: `.derivation` where a constant follows from extents in a way that a device cannot repeat.
  public mutating func open(
    _ graphs: SizedGraphs, imported: SizedGraphs, symbols: [OpenShapes.Symbol], axes: [[Int?]]
  ) throws(PlanError) {
    let derived = graph.constants.filter { !graphs.isFixed(ids[$0]) }
    var sources: [ValueID] = []
    for value in derived {
      let id = ids[value]
      guard let source = graphs.derived[id] ?? (id.index < graphs.importedCount && graphs.typical[id].constant == nil ? id : nil) else {
        throw .derivation(value: graphs.typical[id].name)
      }
      sources.append(source)
    }
    for other in graphs.others {
      var flat = graph, tensors: [Int: Tensor] = [:]
      for (index, id) in ids.enumerated() {
        guard let shape = other[id].type.shape else { throw .dynamic(value: other[id].name) }
        flat.values[index] = TypedShape(other[id].type.element, shape)
      }
      for value in derived { tensors[value] = other[ids[value]].fact.value }
      sizes.append(Size(graph: flat, derived: tensors))
    }
    let program = try ShapeProgram(sources, imported)
    var shapes = OpenShapes(program: program.graph, homes: ChannelHomes(slots: 0))
    shapes.symbols = symbols
    shapes.axes = axes
    shapes.constants = program.constants
    shapes.isComputed = program.isComputed
    for (value, source) in zip(derived, sources) {
      guard let place = program.place(source) else { throw .derivation(value: imported.typical[source].name) }
      shapes.derived.append(.init(constant: value, value: place))
    }
    self.shapes = shapes
    for node in graph.nodes {
      for case (let position, let input?) in node.inputs.enumerated() where isDerived(input) {
        guard weightLayout(node, input: position).packing == .plain else {
          throw .derivation(value: graphs.typical[ids[input]].name)
        }
      }
    }
  }

  /// Whether a constant follows from the input shapes.
  func isDerived(_ value: Int) -> Bool { shapes?.derived.contains { $0.constant == value } ?? false }

  /// What a derived constant holds at the shapes of `graph`.
  var typical: Size {
    var tensors: [Int: Tensor] = [:]
    for item in shapes?.derived ?? [] { tensors[item.constant] = constant(item.constant) }
    return Size(graph: graph, derived: tensors)
  }

  /// Whether all layouts have the elements of a value in one order, at whatever input shapes.
  func isOneOrder(_ value: Int) -> Bool {
    Layout.isOneOrder(shape(value)) && sizes.allSatisfy { Layout.isOneOrder($0.graph.values[value].shape) }
  }
}

extension Plan {
  /// What the slots hold that follows from the shapes of `size`.
  func derived(_ size: FlatModel.Size) -> [Tensor?] {
    var values = [Tensor?](repeating: nil, count: size.graph.values.count)
    for (value, tensor) in size.derived { values[value] = tensor }
    return derived(size.graph, values)
  }
}
