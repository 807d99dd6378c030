import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor

/// A graph as a bundle: written, read back, run, and every step compared with its operator's reference.
struct BundleCheck {
  let truth: ReferenceRun
  let stage: GraphMismatch.Stage
  let planted: PlantedFault?
  private let emitted: Emitted
  /// What the constants are once they are stored, by the number of the constant.
  private let constants: [Tensor]
  /// Whether a node's result is a constant of the bundle though its operands are rounded: the bundle has the better digits.
  private let isAhead: Bool

  init(_ run: ReferenceRun, _ precision: WeightPrecision, optimized: Bool, _ planted: PlantedFault?) throws(GraphMismatch) {
    let stage = GraphMismatch.Stage.bundle(precision, optimized: optimized)
    self.stage = stage
    self.planted = planted
    let flat = try attempt(stage) { try FlatModel(run.graph) }
    var options = BundleOptions(), graph = run.graph, constants = flat.constants
    options.zstdLevel = 1
    if precision != .float32 {
      let wanted = Dictionary(uniqueKeysWithValues: flat.graph.constants.map { ($0, precision) })
      options.precisions = wanted
      for (index, tensor) in StoredConstants(flat, int8: precision == .int8).rounded(wanted).tensors {
        constants[index - flat.graph.inputCount] = tensor
        graph.setConstant(flat.ids[index], tensor)
      }
    }
    self.constants = constants
    isAhead = precision != .float32 && flat.graph.constants.contains { run.graph[flat.ids[$0]].constant == nil }
    let rounded = graph, settled = options
    truth = precision == .float32 ? run : try attempt(stage) { try ReferenceRun(rounded, run.inputs) }
    emitted = try attempt(stage) { try Emitted(flat, settled) }
  }

  func check() throws(GraphMismatch) {
    let model = emitted.model
    let session = try attempt(stage) { try Session(model) }
    var seen: [Int: Tensor] = [:], wrong: GraphMismatch?, spreads = false
    for (index, tensor) in (truth.inputs + constants).enumerated() { seen[index] = tensor }
    session.write(truth.inputs)
    try attempt(stage) {
      try session.run { step in
        planted?.spoil(step)
        let results = step.outputs.map(\.tensor)
        if wrong == nil, let node = step.node {
          let op = model.graph.nodes[node].op, operands = model.graph.nodes[node].inputs.map { $0.flatMap { seen[$0] } }
          wrong = mismatch(op, operands, results)
          spreads = spreads || op.spreadsNaN(operands)
        }
        for (output, tensor) in zip(step.outputs, results) { seen[output.slot.value] = tensor }
      }
    }
    if let wrong { throw wrong }
    let found = session.outputs
    if !spreads, !isAhead { try truth.expect(found, stage) }
    guard planted == nil else { return }
    let threaded = try attempt(.threads) { try Session(model, threads: 3).run(truth.inputs) }
    for (one, many) in zip(found, threaded) {
      if let reason = differs(many, one, by: { _ in 0 }) { throw GraphMismatch(stage: .threads, reason: reason) }
    }
  }

  /// How one step differs from its reference on the same operands.
  private func mismatch(_ op: Op, _ operands: [Tensor?], _ found: [Tensor]) -> GraphMismatch? {
    let expected: [Tensor]
    do throws(OpFault) { expected = try op.reference(operands) } catch {
      return GraphMismatch(stage: stage, code: op.code, reason: "the reference refuses what the kernel took: \(error)")
    }
    func first(_ bound: (Int) -> (Int) -> Double) -> String? {
      for (index, pair) in zip(found, expected).enumerated() {
        if let reason = differs(pair.0, pair.1, by: bound(index)) { return reason }
      }
      return nil
    }
    var reason = first { _ in { _ in 0 } }
    guard reason != nil, !op.code.isExact else { return reason.map { GraphMismatch(stage: stage, code: op.code, reason: $0) } }
    // Integers follow from operands that are the same on both sides. Floats may round otherwise: a few steps of each, and of what goes
    // into the function, which is of no less than its saturation or its sums.
    let scale = op.scale(operands, expected: expected)
    let spreads = op.spreadsNaN(operands)
    func bound(_ index: Int, _ further: @escaping (Int) -> Double) -> (Int) -> Double {
      guard expected[index].element.isFloat else { return { _ in 0 } }
      let floor = expected[index].element.roundoff * scale
      let isOpen = spreads ? zip(found[index].doubles(), expected[index].doubles()).map { $0.isNaN || $1.isNaN } : []
      return { spreads && isOpen[$0] ? .infinity : max(floor, further($0)) }
    }
    reason = first { bound($0) { _ in 0 } }
    for runs in ReferenceRun.runs {
      guard reason != nil else { return nil }
      let shaken = ShakenGraph(op, operands, expected: expected, runs: runs)
      reason = first { index in bound(index) { 4 * shaken.reach[index][$0] } }
    }
    return reason.map { GraphMismatch(stage: stage, code: op.code, reason: $0) }
  }
}

extension Op {
  /// What the error of a kernel is measured in: the largest sum of magnitudes of a product, where Winograd's transforms add and subtract
  /// what is as large; else that of what is rounded inside.
  fileprivate func scale(_ operands: [Tensor?], expected: [Tensor]) -> Double {
    switch code {
    case .conv, .convTranspose, .expandDepthwise, .matMul, .gemm, .fusedAttention:
      return 64 * largestSum(operands)
    default: return largestInside(operands)
    }
  }
}

extension Op {
  /// Whether a number that is not finite may reach outputs that do not read it. Winograd's transforms add and subtract all of a tile;
  /// a padded pixel times an infinite weight is NaN where the 0 is multiplied. A cell's gate may be 0 or next to it beside an infinity.
  fileprivate func spreadsNaN(_ operands: [Tensor?]) -> Bool {
    if isCell { return !operands.allSatisfy { $0?.isFinite ?? true } }
    guard case .conv(let conv) = self, let x = operands[0], let w = operands[1] else { return false }
    if !w.isFinite { return [.sameUpper, .sameLower].contains(conv.window.autoPad) || conv.window.pads.contains { $0 > 0 } }
    return conv.mayBeWinograd(x, w) && !x.isFinite
  }
}

extension ElementType {
  /// Half the distance from 1 to the next number.
  fileprivate var roundoff: Double {
    switch self {
    case .float64: 0x1p-53
    case .float16: 0x1p-11
    case .bfloat16: 0x1p-8
    default: 0x1p-24
    }
  }
}

extension Session {
  /// Copies of the outputs of the last run.
  fileprivate var outputs: [Tensor] {
    model.graph.outputs.indices.map { index in
      let value = model.graph.values[model.graph.outputs[index]]
      let tensor = Tensor(value.element, value.shape, storage: TensorStorage(byteCount: value.byteCount))
      tensor.storage.bytes.copyMemory(from: output(index))
      return tensor
    }
  }
}

extension StepView.Operand {
  /// The elements in the order of the axes, whatever their layout and pitch.
  var tensor: Tensor {
    let shape = type.shape, size = type.element.size
    let tensor = Tensor(type.element, shape, storage: TensorStorage(byteCount: shape.count * size))
    for (index, place) in places.enumerated() {
      (tensor.storage.bytes.baseAddress! + index * size).copyMemory(from: memory.baseAddress! + place * size, byteCount: size)
    }
    return tensor
  }

  /// Where in `memory` each element lies, counted in elements.
  var places: [Int] {
    let shape = type.shape
    guard shape.count > 0 else { return [] }
    guard slot.layout == .channelsLast, shape.rank >= 3 else { return Array(0..<shape.count) }
    let pixels = shape.dims[2...].reduce(1, *), channels = shape[1]
    return (0..<shape.count).map { index in
      (index / (pixels * channels) * pixels + index % pixels) * slot.pitch + index / pixels % channels
    }
  }
}
