import O2MGraph
import O2MOps
import O2MTensor

/// Tables whose rows are picked, in fewer bits: rows are picked first and widened then.
///
///     before   i ── Gather(table [V, D]) ── y
///     after    i ┬─ Gather(codes [V, D]) ── Cast(float32) ── Mul ── y
///                └─ Gather(factors [V, 1]) ──────────────────┘
///
/// float16 needs no factors. The values are those of the rounded table: one product, rounded once.
struct QuantizedTables {
  /// The stored form of each table.
  var tables: [ValueID: (codes: Tensor, factors: Tensor?)]

  /// `graph` with these forms of its tables.
  func applied(to graph: Graph) throws(PatchError) -> Graph {
    var graph = graph, stored: [ValueID: (codes: ValueID, factors: ValueID?)] = [:]
    for node in graph.nodes {
      guard let gather = node.as(Gather.self), let table = gather.input(0), let form = tables[table], let rows = gather.input(1) else {
        continue
      }
      var patch = Patch("quantize-table", in: graph)
      let name = graph[table].name
      let place =
        stored[table]
        ?? (patch.constant(form.codes, named: name + ".codes"), form.factors.map { patch.constant($0, named: name + ".factors") })
      stored[table] = place
      let codes = patch.node(.gather(gather.op), [place.codes, rows], named: node.name + ".codes")
      var y = patch.node(.cast(Cast(to: .float32)), [codes], named: node.name + ".widened")
      if let factors = place.factors {
        let picked = patch.node(.gather(gather.op), [factors, rows], named: node.name + ".factors")
        y = patch.node(.mul(Mul()), [y, picked], named: node.name + ".scaled")
      }
      patch.replace(node.output, with: y)
      try graph.apply(patch)
    }
    return graph
  }
}
