import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

extension FlatModel {
  /// Finds how constants that follow from input shapes are computed on a device, and how long the longest results are there.
  ///
  /// - Parameters:
  ///   - derived: the constants.
  ///   - bounds: the values whose extents follow from what operands of their node hold.
  mutating func open(_ graphs: SizedGraphs, imported: SizedGraphs, _ derived: [Int], _ bounds: [Int]) throws(PlanError) {
    var sources: [ValueID] = [], longest: [ValueID] = []
    for value in derived {
      let id = ids[value]
      guard let source = graphs.derived[id] ?? (id.index < graphs.importedCount && graphs.typical[id].constant == nil ? id : nil) else {
        throw .derivation(value: graphs.typical[id].name)
      }
      sources.append(source)
    }
    for value in bounds {
      guard let source = graphs.imported(ids[value]) else { throw .bound(value: graphs.typical[ids[value]].name) }
      longest.append(source)
    }
    let program = try ShapeProgram(sources, longest: longest, imported)
    var shapes = OpenShapes(program: program.graph, homes: ChannelHomes(slots: 0))
    shapes.constants = program.constants
    shapes.isComputed = program.isComputed
    for (value, source) in zip(derived, sources) {
      guard let place = program.place(source) else { throw .derivation(value: imported.typical[source].name) }
      shapes.derived.append(.init(constant: value, value: place))
    }
    var places = [Int?](repeating: nil, count: bounds.isEmpty ? 0 : graph.values.count)
    for (value, source) in zip(bounds, longest) {
      guard let place = program.place(source), program.graph.values[place] == graph.values[value] else {
        throw .bound(value: imported.typical[source].name)
      }
      places[value] = place
    }
    counted = CountedValues(counted.rooms, bounds: places)
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
}
