import O2MOps
import O2MTensor

extension Graph {
  /// Refuses an evaluation that takes more than the limits allow, before anything is allocated.
  ///
  /// - Errors: `.node` with the node where the limit is passed: `.operations` are summed in order, `.memoryBytes` are largest there.
  public func checkEvaluation() throws(EvaluationError) {
    var total = 0, live = 0
    var remaining = (0..<valueCount).map { readers(of: ValueID($0)) }
    func bytes(_ id: ValueID) -> Int { self[id].constant == nil ? (shape(id)?.count ?? 0) * self[id].type.element.size : 0 }
    // Those that nobody reads are drawn and kept as well.
    for id in inputs { live = live.clampedPlus(bytes(id)) }
    for node in nodes {
      let read = node.inputs.map { $0.map { self[$0].type } }, written = node.outputs.map { self[$0].type }
      total = total.clampedPlus(operations(node.op, read.map { $0?.shape }, written.map(\.shape)))
      do throws(OpFault) {
        try limits.check(.memoryBytes, live.clampedPlus(memoryBytes(read, written)))
        try limits.check(.operations, total)
      } catch { throw .node(place(of: node), error) }
      for id in node.outputs where remaining[id.index] > 0 { live = live.clampedPlus(bytes(id)) }
      for case let input? in node.inputs {
        remaining[input.index] -= 1
        if remaining[input.index] == 0 { live -= bytes(input) }
      }
    }
  }

  /// What one evaluation of `op` takes, in the unit of `ResourceLimit.operations`.
  func operations(_ op: Op, _ inputs: [Shape?], _ outputs: [Shape?]) -> Int {
    let elements = (inputs + outputs).reduce(0) { $0.clampedPlus($1?.count ?? 0) }
    let macs = (outputs.first ?? nil).map { op.macs(inputs, output: $0) } ?? 0
    let taps = (outputs.first ?? nil).map { op.taps(inputs, output: $0) } ?? 0
    return macs.clampedTimes(op.hasFastProduct ? 1 : 8).clampedPlus(elements.clampedTimes(16)).clampedPlus(taps.clampedTimes(8))
  }

  /// What one evaluation of a node takes beside the tensors that wait for others: its operands in float64, and its results in float64, as
  /// they are kept and as they are compared.
  func memoryBytes(_ inputs: [TensorType?], _ outputs: [TensorType]) -> Int {
    func count(_ types: [TensorType?]) -> Int { types.reduce(0) { $0.clampedPlus($1?.shape?.count ?? 0) } }
    return count(inputs).clampedTimes(8).clampedPlus(count(outputs).clampedTimes(24))
  }
}

extension Op {
  /// How often a pooling window reaches an element, at most.
  fileprivate func taps(_ inputs: [Shape?], output: Shape) -> Int {
    let window: Window
    switch self {
    case .maxPool(let op): window = op.window
    case .averagePool(let op): window = op.window
    case .lpPool(let op): window = op.window
    default: return 0
    }
    guard let x = inputs[0], let kernel = try? window.resolved(x).kernel else { return 0 }
    var taps = output.count
    for (axis, extent) in kernel.enumerated() { taps = taps.clampedTimes(Swift.min(extent, x[axis + 2])) }
    return taps
  }

  /// Whether `FastLoops` multiplies for it.
  fileprivate var hasFastProduct: Bool {
    switch self {
    case .conv, .convTranspose, .expandDepthwise, .gemm, .matMul: true
    default: false
    }
  }
}
