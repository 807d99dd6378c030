import CO2MKernels
import O2MTensor

/// LSTM, GRU or RNN over plain float32, with ONNX's default activations.
public struct RecurrentKernel {
  private var recurrent = o2m_f32_recurrent()
  private let weights: PackedWeights
  private let recurrentWeights: PackedWeights
  private let counts: (inputs: Int, outputs: Int)
  private let ownScratch: Int
  let scratchBytes: Int

  /// Nil where an operand is not float32, or the weights are not stored as panels.
  init?(_ extents: RecurrentExtents, _ recurrence: Recurrence, cell: Int, couples: Bool, _ site: KernelSite) throws(OpFault) {
    guard extents.steps * extents.batch * extents.inputs * extents.hidden > 0 else { return nil }
    for (index, operand) in site.inputs.enumerated() where index != 1 && index != 2 {
      guard let operand else { continue }
      guard operand.isRowMajor, operand.isFloat32 || index == 4 else { return nil }
    }
    for operand in site.outputs { guard operand.isFloat32, operand.isRowMajor else { return nil } }
    guard let weights = try PackedWeights(.rows(site.input(1).shape), site, at: 1, noBias: true),
      let recurrentWeights = try PackedWeights(.rows(site.input(2).shape), site, at: 2, noBias: true)
    else { return nil }
    self.weights = weights
    self.recurrentWeights = recurrentWeights
    counts = (site.inputs.count, site.outputs.count)
    recurrent.cell = UInt32(cell)
    recurrent.directions = UInt32(extents.directions)
    recurrent.reversed = recurrence.isReversed(0) ? 1 : 0
    recurrent.batch_first = extents.isBatchFirst ? 1 : 0
    recurrent.couples = couples ? 1 : 0
    (recurrent.steps, recurrent.batch, recurrent.inputs, recurrent.hidden) = (extents.steps, extents.batch, extents.inputs, extents.hidden)
    recurrent.clip = recurrence.clip
    recurrent.weights = weights.stored
    recurrent.recurrent = recurrentWeights.stored
    ownScratch = PackedWeights.aligned(o2m_f32_recurrent_scratch_bytes(&recurrent, UInt32(site.threads)))
    scratchBytes = ownScratch + PackedWeights.aligned(weights.scratchBytes) + recurrentWeights.scratchBytes
  }

  /// - Errors: `.index` for a length outside of the sequence.
  func run(_ memory: KernelMemory) throws(OpFault) {
    func input(_ index: Int) -> UnsafePointer<Float>? { index < counts.inputs ? memory.floats(index) : nil }
    func output(_ index: Int) -> UnsafeMutablePointer<Float>? { index < counts.outputs ? memory.result(index) : nil }
    var operands = o2m_f32_recurrent_operands()
    operands.x = memory.floats(0)
    (operands.bias, operands.initial_h) = (input(3), input(5))
    (operands.initial_c, operands.peepholes) = (input(6), input(7))
    (operands.y, operands.y_h, operands.y_c) = (output(0), output(1), output(2))
    if counts.inputs > 4, let lengths = memory.inputs[4]?.assumingMemoryBound(to: Int32.self) {
      for row in 0..<recurrent.batch where lengths[row] < 0 || Int(lengths[row]) > recurrent.steps {
        throw .index(input: 4, found: Int(lengths[row]), limit: recurrent.steps + 1)
      }
      operands.lengths = lengths
    }
    var recurrent = recurrent
    let free = memory.scratch.map { $0 + ownScratch }
    recurrent.weights = weights.resolve(memory, scratch: free)
    recurrent.recurrent = recurrentWeights.resolve(memory, scratch: free.map { $0 + PackedWeights.aligned(weights.scratchBytes) })
    o2m_f32_recurrent_run(&recurrent, &operands, memory.scratch, memory.pool)
  }
}

/// LSTM, GRU and RNN.
protocol RecurrentKernels: CPUKernels, RecurrentCell {
  /// Which of the kernel's cells this is; nil where its activations are others.
  var cell: Int? { get }
}

extension RecurrentKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    guard let cell else { return nil }
    return try RecurrentKernel(try extents(site.facts), recurrence, cell: cell, couples: couplesGates, site).map { .recurrent($0) }
  }

  /// Plain where there is nothing to walk over, which is left to the reference.
  public func weightLayouts(of index: Int, _ inputs: [OperandFact?]) -> [WeightLayout] {
    guard cell != nil, inputs.isFloat32(), index == 1 || index == 2, let w = inputs.packable(index), w.count > 0,
      inputs[0]?.shape.count ?? 0 > 0, inputs[2]?.shape.count ?? 0 > 0
    else { return .plain }
    return [.rows(w)]
  }
}

extension LSTM: RecurrentKernels {
  var cell: Int? { hasDefaults ? Int(O2M_CELL_LSTM) : nil }
}

extension GRU: RecurrentKernels {
  var cell: Int? { hasDefaults ? Int(isLinearBeforeReset ? O2M_CELL_GRU_LINEAR : O2M_CELL_GRU) : nil }
}

extension RNN: RecurrentKernels {
  var cell: Int? {
    if hasDefaults { return Int(O2M_CELL_RNN) }
    return recurrence.functions.allSatisfy { $0.kind == .relu } ? Int(O2M_CELL_RNN_RELU) : nil
  }
}
