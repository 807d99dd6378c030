import CO2MKernels
import CO2MPlatform

/// A recurrent layer over a sequence.
struct RecurrentCase {
  var cell: Int, label: String
  var steps: Int, batch = 1, inputs: Int, hidden: Int, directions = 1
  var weights = WeightType.float32

  private var gates: Int { cell == O2M_CELL_LSTM ? 4 : cell == O2M_CELL_RNN || cell == O2M_CELL_RNN_RELU ? 1 : 3 }

  var name: String {
    "\(label)\(directions == 2 ? " both ways" : "") \(steps)x\(batch)x\(inputs)→\(hidden) \(weights)"
  }

  func kernelCase(on pool: OpaquePointer?) -> KernelCase {
    let columns = gates * hidden, states = directions * batch * hidden
    var recurrent = o2m_f32_recurrent()
    recurrent.cell = UInt32(cell)
    recurrent.directions = UInt32(directions)
    (recurrent.steps, recurrent.batch, recurrent.inputs, recurrent.hidden) = (steps, batch, inputs, hidden)
    recurrent.clip = .infinity
    // Small enough for states that neither grow nor vanish.
    let w = floats(directions * columns * inputs, seed: 2, scale: 0.1), r = floats(directions * columns * hidden, seed: 3, scale: 0.1)
    recurrent.weights = weights.pack(o2m_layout_oihw(directions, columns, inputs, 1), w)
    recurrent.recurrent = weights.pack(o2m_layout_oihw(directions, columns, hidden, 1), r)
    var operands = o2m_f32_recurrent_operands()
    operands.x = UnsafePointer(floats(steps * batch * inputs, seed: 1))
    operands.bias = UnsafePointer(floats(directions * 2 * columns, seed: 4, scale: 0.1))
    operands.y = floats(steps * states, seed: 0)
    var plain = recurrent
    plain.cpu_without = .max
    let threads = o2m_pool_threads(pool)
    let scratch = o2m_allocate(
      max(o2m_f32_recurrent_scratch_bytes(&recurrent, threads), o2m_f32_recurrent_scratch_bytes(&plain, threads)))
    let operations = 2.0 * Double(directions * steps * batch * columns * (inputs + hidden))
    return KernelCase(name: name, operations: operations) { [recurrent, plain, operands] scalar in
      var chosen = scalar ? plain : recurrent, operands = operands
      o2m_simd_use(scalar ? o2m_simd_at(o2m_simd_count() - 1) : nil)
      o2m_f32_recurrent_run(&chosen, &operands, scratch, pool)
      o2m_simd_use(nil)
    }
  }
}

/// Layers as keyword spotters, recognizers of speech and taggers have them.
let recurrentCases: [RecurrentCase] = [
  RecurrentCase(cell: Int(O2M_CELL_GRU_LINEAR), label: "gru", steps: 98, inputs: 40, hidden: 256),
  RecurrentCase(cell: Int(O2M_CELL_LSTM), label: "lstm", steps: 40, inputs: 80, hidden: 320),
  RecurrentCase(cell: Int(O2M_CELL_LSTM), label: "lstm", steps: 40, inputs: 80, hidden: 320, weights: .int8),
  RecurrentCase(cell: Int(O2M_CELL_LSTM), label: "lstm", steps: 40, batch: 8, inputs: 80, hidden: 320),
  RecurrentCase(cell: Int(O2M_CELL_LSTM), label: "lstm", steps: 50, inputs: 64, hidden: 128, directions: 2),
  RecurrentCase(cell: Int(O2M_CELL_RNN), label: "rnn", steps: 30, inputs: 32, hidden: 96),
]
