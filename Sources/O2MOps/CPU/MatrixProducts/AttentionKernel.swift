import CO2MKernels
import O2MTensor

/// Attention over plain float32 rows; the scores never leave the cache.
public struct AttentionKernel {
  private let attention: o2m_f32_attention
  private let first: (query: Int, key: Int, value: Int)
  let scratchBytes: Int

  /// Nil where an operand is not plain float32, or more is added to the scores than the kernel takes.
  init?(_ op: FusedAttention, _ site: KernelSite) throws(OpFault) {
    let q = try site.input(0), k = try site.input(1), v = try site.input(2), y = site.outputs[0]
    guard op.summands <= Int(O2M_ATTENTION_SUMMANDS) else { return nil }
    var operands = [q, k, v, y]
    for index in 0..<op.summands { operands.append(try site.input(3 + index)) }
    for operand in operands { guard operand.isFloat32, operand.isRowMajor else { return nil } }
    var attention = o2m_f32_attention()
    attention.summands = UInt32(op.summands)
    for (index, operand) in operands.dropFirst(4).enumerated() {
      let shape = operand.shape, rows = shape[2] * shape[3]
      let steps = o2m_f32_summand(
        batch_step: shape[0] == 1 ? 0 : shape[1] * rows, head_step: shape[1] == 1 ? 0 : rows, query_step: shape[2] == 1 ? 0 : shape[3])
      if index == 0 { attention.summand.0 = steps } else { attention.summand.1 = steps }
    }
    attention.zero_rows = op.zeroesRows ? 1 : 0
    (attention.batch, attention.heads) = (q.shape[0], op.heads)
    (attention.queries, attention.keys) = (q.shape[1], k.shape[1])
    (attention.depth, attention.columns) = (op.depth, op.columns)
    (attention.q_pitch, attention.q_step) = (q.shape[2], q.shape[1] * q.shape[2])
    (attention.k_pitch, attention.k_step) = (k.shape[2], k.shape[1] * k.shape[2])
    (attention.v_pitch, attention.v_step) = (v.shape[2], v.shape[1] * v.shape[2])
    (attention.y_pitch, attention.y_step) = (y.shape[2], y.shape[1] * y.shape[2])
    attention.scale = op.scale
    scratchBytes = o2m_f32_attention_scratch_bytes(&attention, UInt32(site.threads))
    self.attention = attention
    first = (op.queryColumn, op.keyColumn, op.valueColumn)
  }

  func run(_ memory: KernelMemory) {
    guard let q = memory.floats(0), let k = memory.floats(1), let v = memory.floats(2), let y = memory.result() else { return }
    var summands = (UnsafePointer<Float>?.none, UnsafePointer<Float>?.none)
    if attention.summands > 0 { summands.0 = memory.floats(3) }
    if attention.summands > 1 { summands.1 = memory.floats(4) }
    withUnsafePointer(to: attention) { attention in
      withUnsafeBytes(of: summands) { summands in
        o2m_f32_attention_run(
          attention, q + first.query, k + first.key, v + first.value,
          summands.assumingMemoryBound(to: UnsafePointer<Float>?.self).baseAddress,
          y, memory.scratch, memory.pool)
      }
    }
  }
}

extension FusedAttention: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try AttentionKernel(self, site).map { .attention($0) }
  }
}
