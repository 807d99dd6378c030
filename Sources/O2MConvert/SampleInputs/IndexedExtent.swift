import O2MGraph
import O2MOps
import O2MTensor

extension Graph {
  /// The least extent of the axes that the integers of `input` index: where they reach the indices of a Gather as they are, cast to other
  /// integers or moved about. nil where they reach none, or an axis whose extent is not known.
  func indexedExtent(_ input: ValueID) -> Int? {
    var least: Int?
    var open = [input]
    var seen: Set<ValueID> = []
    while let id = open.popLast() {
      guard seen.insert(id).inserted, !self[id].type.element.isFloat else { continue }
      for node in readingNodes(of: id) {
        if let gather = node.as(Gather.self), gather.input(1) == id, let x = gather.input(0), let shape = shape(x), shape.rank > 0 {
          let extent = shape[gather.op.axis < 0 ? gather.op.axis + shape.rank : gather.op.axis]
          least = min(least ?? extent, extent)
        }
        if node.keepsValues(of: id) { open += node.outputs }
      }
    }
    return least
  }
}

extension Node {
  /// Whether the outputs hold elements of `input` and no other numbers made of them.
  fileprivate func keepsValues(of input: ValueID) -> Bool {
    if let cast = self.as(Cast.self) { return cast.op.to != .bool }
    return inputs.indices.contains { inputs[$0] == input && op.dataflow.moves($0) }
  }
}
