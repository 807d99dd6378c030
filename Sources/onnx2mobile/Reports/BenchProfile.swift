import CO2MPeak
import O2MBundle
import O2MConvert
import O2MRuntime
import O2MTensor

/// Where the time of a run goes, step by step, beside what each step computes and moves and what the machine could do.
struct BenchProfile: Encodable {
  /// One step: median and minimum over the runs; bytes of operands, results and weights, each counted once.
  struct Step: Encodable {
    var index: Int
    var what: String
    var median: Double
    var minimum: Double
    var macs: Int
    var bytes: Int

    /// Operations per nanosecond, where the step multiplies.
    var rate: Double? { macs == 0 ? nil : 2 * Double(macs) / max(median, 1) }

    enum CodingKeys: String, CodingKey { case index, what = "step", median = "median_ns", minimum = "min_ns", macs, bytes }
  }

  /// GFLOP/s of fused multiply-adds on registers, on as many cores as the run has threads.
  let peak: Double
  let steps: [Step]

  enum CodingKeys: String, CodingKey { case peak = "peak_gflops", steps }

  init(_ session: Session, inputs: [Tensor], runs: Int) throws(RunFault) {
    peak = o2m_f32_peak() * Double(session.threads)
    let model = session.model, costs = model.plan.costs(model.graph)
    var times = [[UInt64]](repeating: [], count: costs.count)
    for _ in 0..<runs {
      session.write(inputs)
      var run = [UInt64](repeating: 0, count: times.count)
      try run.withUnsafeMutableBufferPointer { (run) throws(RunFault) in try session.run(addingTo: run) }
      for (index, time) in run.enumerated() { times[index].append(time) }
    }
    steps = times.enumerated().map { index, times in
      // One interrupted run must not decide which step is slow.
      let sorted = times.sorted()
      return Step(
        index: index, what: Self.text(of: model.plan.steps[index], model), median: Double(sorted[runs / 2]), minimum: Double(sorted[0]),
        macs: costs[index].macs, bytes: costs[index].bytes)
    }
  }

  private static func text(of step: Plan.Step, _ model: Model) -> String {
    switch step {
    case .convert(_, let to):
      let value = model.graph.values[model.plan.slots[to].value]
      return "layout of \(value.element.name) \(value.shape.dims)"
    case .node(let node, _, _):
      let flat = model.graph.nodes[node]
      let shapes = flat.inputs.prefix(2).map { $0.map { "\(model.graph.values[$0].shape.dims)" } ?? "-" }.joined(separator: " ")
      return "\(flat.op.name) \(shapes)"
    }
  }

  /// The slowest thirty steps: share of the time, GFLOP/s and share of the peak where the step multiplies, bytes touched.
  var text: String {
    let total = steps.reduce(0) { $0 + $1.median }
    var table = Table([.right, .left, .right, .right, .right, .right, .right, .right], indent: "  ")
    table.add("#", "step", "µs", "share", "GFLOP/s", "of peak", "bytes", "GB/s")
    for step in steps.sorted(by: { $0.median > $1.median }).prefix(30) {
      table.add(
        "\(step.index)", step.what.shortened(to: 44), Format.fixed(step.median / 1000, 1),
        "\(Format.fixed(step.median / max(total, 1) * 100, 1)) %", step.rate.map { Format.fixed($0, 1) } ?? "",
        step.rate.map { "\(Format.fixed($0 / max(peak, 1) * 100, 0)) %" } ?? "", Format.scaled(step.bytes),
        Format.fixed(Double(step.bytes) / max(step.median, 1), 1))
    }
    let macs = steps.reduce(0.0) { $0 + Double($1.macs) }, bytes = steps.reduce(0) { $0 + $1.bytes }
    let head = """
      the slowest of \(Format.count(steps.count, "step")), \(Format.fixed(total / 1e6, 3)) ms in all: \
      \(Format.scaled(Int(exactly: (2 * macs).rounded()) ?? .max))FLOP, \
      \(Format.fixed(2 * macs / max(total, 1) / max(peak, 1) * 100, 0)) % of the \
      \(Format.fixed(peak, 1)) GFLOP/s that fused multiply-adds reach here, \(Format.scaled(bytes))B
      """
    return "\n\(Terminal.columns.map { head.wrapped(to: $0) } ?? head)\n" + table.text
  }
}
