import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension FlatModel {
  /// The model at other input shapes or other lengths, which its plan must serve as well.
  struct Size: Sendable {
    var graph: FlatGraph
    /// The constants that follow from the shapes, by value index.
    var derived: [Int: Tensor]
    /// What values may take whose extents a run decides; nil where lengths are shorter than they can be at these input shapes.
    var rooms: CountedValues?
  }

  /// Lets the extents vary of a model that was made from `graphs.computed`.
  ///
  /// - Parameters:
  ///   - imported: the same graphs before any rewrite.
  ///   - open: the symbols of input extents, and for each input and axis which it is; nil where they are fixed.
  /// - Errors: `.derivation` where a constant follows from extents in a way that a device cannot repeat, `.bound` where the most that a run
  ///   may find does. `.tooLarge` where a value may take more than a bundle may ask for.
  public mutating func vary(
    _ graphs: SizedGraphs, imported: SizedGraphs, open: (symbols: [OpenShapes.Symbol], axes: [[Int?]])?
  ) throws(PlanError) {
    let derived = graph.constants.filter { !graphs.isFixed(ids[$0]) }
    for other in graphs.others {
      var flat = graph, tensors: [Int: Tensor] = [:]
      for (index, id) in ids.enumerated() {
        guard let shape = other[id].type.shape else { throw .dynamic(value: other[id].name) }
        flat.values[index] = TypedShape(other[id].type.element, shape)
      }
      for value in derived { tensors[value] = other[ids[value]].fact.value }
      sizes.append(Size(graph: flat, derived: tensors, rooms: nil))
    }
    let bounds = imported.typical.hasCounts ? try count(graphs, isOpen: open != nil) : []
    guard let open else { return }
    try self.open(graphs, imported: imported, derived, bounds)
    shapes?.symbols = open.symbols
    shapes?.axes = open.axes
    if imported.typical.hasCounts { try fitRooms(graphs) }
  }

  /// What a derived constant holds at the shapes of `graph`.
  var typical: Size {
    var tensors: [Int: Tensor] = [:]
    for item in shapes?.derived ?? [] { tensors[item.constant] = constant(item.constant) }
    return Size(graph: graph, derived: tensors, rooms: counted)
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
