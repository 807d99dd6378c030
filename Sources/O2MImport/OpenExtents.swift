import O2MGraph
import O2MTensor

/// A model whose extents neither the file nor the caller fixes, to be looked at: imported with two sizes in their place, so that what
/// depends on them is what differs.
///
/// Shape rules compute with numbers. What both imports agree on holds for these two sizes, and for others as far as the model is regular.
public struct OpenModel: Sendable {
  public let model: ImportedModel
  public let other: ImportedModel
  public let open: [OpenDim]

  /// - Parameter open: what the import of `path` with `options` found open.
  /// - Returns: nil where the model takes none of the sizes that are tried.
  public init?(path: String, options: ImportOptions, open: [OpenDim]) {
    let extents = OpenExtents(path, options, open)
    guard let (model, other) = extents.alike() ?? extents.oneByOne() else { return nil }
    (self.model, self.other, self.open) = (model, other, open)
  }
}

/// The sizes that stand in for open extents, and the imports with them.
private struct OpenExtents {
  let path: String
  let options: ImportOptions
  let open: [OpenDim]
  /// What has one size: a symbol, or an extent without one.
  let keys: [String]

  init(_ path: String, _ options: ImportOptions, _ open: [OpenDim]) {
    (self.path, self.options, self.open) = (path, options, open)
    var keys: [String] = []
    for key in open.map(Self.key) where !keys.contains(key) { keys.append(key) }
    self.keys = keys
  }

  private static func key(_ dim: OpenDim) -> String { dim.symbol.isEmpty ? "\(dim.input)\n\(dim.axis)" : dim.symbol }

  /// One size for all of them: small ones first, then those that pictures and sounds have.
  func alike() -> (ImportedModel, ImportedModel)? {
    for (size, other) in [(64, 96), (224, 320), (16, 24), (8, 12), (512, 768), (1024, 1536), (4096, 6144), (16000, 24000), (2, 3)] {
      guard let model = model(keys.map { _ in size }) else { continue }
      if let other = self.model(keys.map { _ in other }), model.graph.isBuilt(as: other.graph) { return (model, other) }
    }
    return nil
  }

  /// A size for each; then others for as many as take others. Where none does, both imports are one.
  func oneByOne() -> (ImportedModel, ImportedModel)? {
    var first: ImportedModel?
    let sizes = [64, 1, 48, 512, 16, 3], tries = keys.reduce(1) { count, _ in min(count * sizes.count, Self.mostTries) }
    for number in 0..<tries {
      var rest = number, choice: [Int] = []
      for _ in keys {
        choice.append(sizes[rest % sizes.count])
        rest /= sizes.count
      }
      guard let model = model(choice) else { continue }
      first = first ?? model
      var changed = choice, other: ImportedModel?
      for index in keys.indices {
        for size in [choice[index] + (choice[index] + 1) / 2] + sizes where size != choice[index] {
          var next = changed
          next[index] = size
          guard let found = self.model(next), model.graph.isBuilt(as: found.graph) else { continue }
          (changed, other) = (next, found)
          break
        }
      }
      if let other { return (model, other) }
    }
    // It takes one size alone.
    return first.map { ($0, $0) }
  }

  private static let mostTries = 216

  private func model(_ sizes: [Int]) -> ImportedModel? {
    var options = options
    for dim in open where options.inputShapes[dim.input] == nil {
      options.inputShapes[dim.input] = dim.declared.enumerated().map { axis, noted in
        if case .fixed(let extent) = noted { return extent }
        let symbol = if case .symbol(let name) = noted { name } else { "" }
        let key = Self.key(OpenDim(input: dim.input, axis: axis, symbol: symbol, declared: []))
        return keys.firstIndex(of: key).map { sizes[$0] } ?? options.firstExtent
      }
    }
    return try? importModel(path: path, options: options)
  }
}

extension Graph {
  /// Whether both have the same nodes, whatever the extents of their values.
  public func isBuilt(as other: Graph) -> Bool {
    let nodes = nodes, others = other.nodes
    guard nodes.count == others.count, valueCount == other.valueCount else { return false }
    return zip(nodes, others).allSatisfy { $0.op.code == $1.op.code && $0.inputs == $1.inputs && $0.outputs == $1.outputs }
  }

  /// The graph with those extents and values unknown in which it differs from `other`, and the `open` ones of its inputs; both are built
  /// alike.
  public func leavingOpen(_ open: [OpenDim], whatDiffersFrom other: Graph) -> Graph {
    var graph = self
    for id in inputs {
      for dim in open where dim.input == self[id].name && dim.axis < self[id].type.rank { graph[id].type.dims[dim.axis] = .unknown }
    }
    for index in 0..<min(valueCount, other.valueCount) {
      let id = ValueID(index), own = self[id], its = other[id]
      if own.type != its.type, own.type.rank == its.type.rank {
        for (axis, (a, b)) in zip(own.type.dims, its.type.dims).enumerated() where a != b { graph[id].type.dims[axis] = .unknown }
      }
      if !Self.isSame(own.known, its.known) { graph[id].known = nil }
      if !Self.isSame(own.constant, its.constant) { graph[id].constant = nil }
    }
    return graph
  }

  private static func isSame(_ a: Tensor?, _ b: Tensor?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return a.type == b.type && a.withBytes { a in b.withBytes { b in a.elementsEqual(b) } }
  }
}
