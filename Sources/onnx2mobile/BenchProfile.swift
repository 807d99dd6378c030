import O2MBundle
import O2MConvert
import O2MRuntime
import O2MTensor

/// Where the time of a run goes, step by step.
struct BenchProfile {
  private struct Step {
    var index: Int
    var what: String
    var nanoseconds: Double
    var macs: Int
  }

  private let steps: [Step]
  private let total: Double

  init(_ session: Session, inputs: [Tensor], runs: Int) throws(RunFault) {
    let model = session.model
    var times = [[UInt64]](repeating: [], count: model.plan.steps.count)
    for _ in 0..<runs {
      session.write(inputs)
      var run = [UInt64](repeating: 0, count: times.count)
      try run.withUnsafeMutableBufferPointer { (run) throws(RunFault) in try session.run(addingTo: run) }
      for (index, time) in run.enumerated() { times[index].append(time) }
    }
    // One interrupted run must not decide which step is slow.
    let median = times.map { Double($0.sorted()[runs / 2]) }
    var steps: [Step] = []
    for (index, step) in model.plan.steps.enumerated() {
      switch step {
      case .convert(_, let to):
        let value = model.graph.values[model.plan.slots[to].value]
        steps.append(Step(index: index, what: "layout of \(value.element.name) \(value.shape.dims)", nanoseconds: median[index], macs: 0))
      case .node(let node, _, _):
        let flat = model.graph.nodes[node]
        let shapes = flat.inputs.prefix(2).map { $0.map { "\(model.graph.values[$0].shape.dims)" } ?? "-" }.joined(separator: " ")
        steps.append(
          Step(index: index, what: "\(flat.op.name) \(shapes)", nanoseconds: median[index], macs: Self.macs(flat, model.graph)))
      }
    }
    self.steps = steps
    total = median.reduce(0, +)
  }

  /// The slowest thirty steps: share of the time, GFLOP/s where the step multiplies.
  var text: String {
    var table = Table([.right, .left, .right, .right, .right], indent: "  ")
    table.add("#", "step", "µs", "share", "GFLOP/s")
    for step in steps.sorted(by: { $0.nanoseconds > $1.nanoseconds }).prefix(30) {
      table.add(
        "\(step.index)", DumpReport.shorten(step.what, to: 56), Format.fixed(step.nanoseconds / 1000, 1),
        "\(Format.fixed(step.nanoseconds / max(total, 1) * 100, 1)) %",
        step.macs == 0 ? "" : Format.fixed(2 * Double(step.macs) / max(step.nanoseconds, 1), 1))
    }
    return "\nthe slowest of \(steps.count) steps, \(Format.fixed(total / 1e6, 3)) ms in all\n" + table.text
  }

  private static func macs(_ node: FlatGraph.Node, _ graph: FlatGraph) -> Int {
    guard node.inputs.count >= 2, let w = node.inputs[1] else { return 0 }
    let output = graph.values[node.outputs.lowerBound].shape.count, weights = graph.values[w].shape
    switch node.op {
    case .conv: return output * weights.dims.dropFirst().reduce(1, *)
    case .convTranspose: return node.inputs[0].map { graph.values[$0].shape.count * weights.dims.dropFirst().reduce(1, *) } ?? 0
    case .gemm(let op): return output * weights[op.transB ? 1 : 0]
    case .matMul: return node.inputs[0].map { output * (graph.values[$0].shape.dims.last ?? 1) } ?? 0
    case .attention(let op): return output / op.columns * weights[1] * (op.depth + op.columns)
    default: return 0
    }
  }
}
