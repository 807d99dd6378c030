import O2MGraph
import O2MOps
import O2MParity
import O2MTensor

/// Compares what a rewrite replaces with what it puts there, rewrite by rewrite, each on the numbers of the imported graph.
///
/// A value that was replaced keeps what the imported graph has in its place, so that no rewrite inherits the roundings of those before it.
/// One is wrong where its numbers are further off than those of a float32 bundle may be, and further than rounding explains.
struct RewriteCheck {
  /// By case and value; nil for constants.
  private var values: [[Tensor?]]
  /// How many rewrites were right.
  private(set) var count = 0
  private let loops = FastLoops()

  init(_ graph: Graph, _ cases: [[Tensor]]) throws(EvaluationError) {
    values = []
    for inputs in cases {
      let trace = try Evaluator(graph).trace(inputs)
      values.append((0..<graph.valueCount).map { trace[ValueID($0)] })
    }
  }

  /// The first wrong rewrite of these passes; nil where all are right, and `graph` then is what they made of it.
  mutating func fault(_ passes: [any Pass], on graph: inout Graph) -> ConversionFault? {
    var found: ConversionFault?, place: (node: Node, graph: Graph, patch: Patch)?
    do throws(PassError) {
      _ = try Driver(passes).run(&graph) { rewriting, before in
        place = (rewriting.node, before, rewriting.patch)
        found = fault(rewriting, before)
        return found == nil
      }
    } catch {
      let (pass, node, number) = error.place
      let shown = place.flatMap { $0.node.name == node ? $0 : nil }
      var fault = ConversionFault(
        stage: .passes, pass: pass, number: number, node: node, op: shown.map { "\($0.node.op.name)" } ?? "",
        tensor: shown.flatMap { $0.graph[$0.node.output].origins.first } ?? "")
      if let shown { fault.setRegion(shown.patch, in: shown.graph) }
      return fault
    }
    return found
  }

  private mutating func fault(_ rewriting: Driver.Rewriting, _ graph: Graph) -> ConversionFault? {
    let patch = rewriting.patch
    for index in values.indices {
      var terms: [Int: RoundingBound.Term] = [:]
      guard let wrong = wrong(patch, graph, index, isBounded: false, &terms), wrong.difference != nil else {
        keep(terms, patch, graph, index)
        continue
      }
      terms = [:]
      guard let settled = self.wrong(patch, graph, index, isBounded: true, &terms) else {
        keep(terms, patch, graph, index)
        continue
      }
      var fault = ConversionFault(
        stage: .passes, pass: rewriting.pass, number: rewriting.number, node: rewriting.node.name, op: "\(rewriting.node.op.name)",
        tensor: graph[settled.value].origins.first ?? graph[settled.value].name)
      fault.difference = settled.difference
      fault.caseIndex = index
      fault.setRegion(patch, in: graph)
      return fault
    }
    count += 1
    return nil
  }

  /// The first replaced value whose place holds other numbers; nil where all agree, and where operands are not there to tell.
  private func wrong(
    _ patch: Patch, _ graph: Graph, _ index: Int, isBounded: Bool, _ terms: inout [Int: RoundingBound.Term]
  ) -> (value: ValueID, difference: ConversionFault.Difference?)? {
    func term(_ id: ValueID?) -> RoundingBound.Term? {
      guard let id else { return nil }
      return terms[id.index] ?? tensor(id, graph, index).map { RoundingBound.Term($0) }
    }
    var next = patch.firstValue
    for addition in patch.additions {
      switch addition {
      case .constant(_, let tensor):
        terms[next] = RoundingBound.Term(tensor)
        next += 1
      case .node(let node):
        next = node.outputs.upperBound
        let operands = node.inputs.map(term)
        // What the new operator refuses, the driver refuses too.
        guard let results = loops.results(node.op, operands.map { $0?.values }) else { continue }
        let bounds = isBounded ? RoundingBound(loops: loops, isWinograd: false).bounds(node.op, operands, results) : nil
        for (position, result) in results.enumerated() where position < node.outputs.count {
          terms[node.outputs.lowerBound + position] = RoundingBound.Term(result, doubts: bounds?[position])
        }
      }
    }
    for (old, new) in patch.replacements {
      guard let reference = tensor(old, graph, index), let found = term(new), found.values.type == reference.type else { continue }
      var comparison = Comparison(name: "", tolerance: .float32)
      comparison.add(found.values, reference: reference)
      guard !comparison.failures.isEmpty else { continue }
      guard isBounded else { return (old, ConversionFault.Difference(maxAbs: comparison.maxAbs, allowed: 0)) }
      var layer = LayerReport.Layer(name: "", op: "", kernel: "", step: 0)
      let bounds = found.doubts ?? [Double](repeating: 0, count: reference.count)
      layer.add(found.values, alone: found.values, reference: reference, bounds: bounds)
      if layer.isOver { return (old, ConversionFault.Difference(maxAbs: layer.maxAbs, allowed: layer.bound)) }
    }
    return nil
  }

  private func tensor(_ id: ValueID, _ graph: Graph, _ index: Int) -> Tensor? {
    guard id.index < graph.valueCount else { return nil }
    return (id.index < values[index].count ? values[index][id.index] : nil) ?? graph[id].fact.value
  }

  /// What later rewrites start from.
  private mutating func keep(_ terms: [Int: RoundingBound.Term], _ patch: Patch, _ graph: Graph, _ index: Int) {
    var constants: Set<Int> = [], next = patch.firstValue
    for addition in patch.additions {
      switch addition {
      case .constant:
        constants.insert(next)
        next += 1
      case .node(let node): next = node.outputs.upperBound
      }
    }
    let truths = patch.replacements.map { (new: $0.new, tensor: tensor($0.old, graph, index)) }
    values[index] += [Tensor?](repeating: nil, count: max(0, patch.nextValue - values[index].count))
    for (value, term) in terms where !constants.contains(value) { values[index][value] = term.values }
    for (new, tensor) in truths where new.index >= patch.firstValue && !constants.contains(new.index) { values[index][new.index] = tensor }
  }
}

extension FastLoops {
  /// Outputs of the loops, or of the reference; nil where it refuses the operands.
  func results(_ op: Op, _ inputs: [Tensor?]) -> [Tensor]? {
    do throws(OpFault) {
      if let outputs = try outputs(op, inputs) { return outputs }
      return try op.reference(inputs)
    } catch { return nil }
  }
}

extension ConversionFault {
  /// What the rewrite replaces, and what it is computed from.
  fileprivate mutating func setRegion(_ patch: Patch, in graph: Graph) {
    makes = graph.originals(of: patch.replacements.map { $0.old }) { graph.readingNodes(of: $0).flatMap(\.outputs) }
    var inputs = patch.replacements.map { $0.new }
    for case .node(let node) in patch.additions { inputs += node.inputs.compactMap(\.self) }
    inputs.removeAll { $0.index >= patch.firstValue || graph[$0].constant != nil }
    func before(_ id: ValueID) -> [ValueID] { graph.producer(of: id)?.inputs.compactMap(\.self) ?? [] }
    beside = graph.originals(of: inputs, before)
    // What takes the place of another may be computed from the same.
    reads = beside + graph.originals(of: inputs.flatMap(before).filter { graph[$0].constant == nil }, before)
  }
}

extension Graph {
  /// The imported tensors next to these values. Between two nodes that a rewrite made a value equals none.
  fileprivate func originals(of values: [ValueID], _ next: (ValueID) -> [ValueID]) -> [String] {
    ConversionFault.originals(of: values, { self[$0].origins }, next)
  }
}

extension PassError {
  /// Where it happened; a run without an end has no place.
  var place: (pass: String, node: String, number: Int) {
    switch self {
    case .patch(let pass, let node, let number, _), .verify(let pass, let node, let number, _),
      .numerics(let pass, let node, let number, _, _, _):
      (pass, node, number)
    case .evaluation(let pass, let number, _): (pass, "", number)
    case .noFixpoint(let rounds): ("", "", rounds)
    }
  }
}
