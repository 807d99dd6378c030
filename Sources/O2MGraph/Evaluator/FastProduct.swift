import CO2MPlatform
import CO2MReference
import Dispatch
import O2MOps
import O2MTensor

/// Products of one form over several operands: the groups of a convolution, or a batch of matrices. Threads share it while `run` keeps
/// the operands alive.
struct FastProduct: @unchecked Sendable {
  /// Where one product's operands begin, in elements behind the first one's.
  struct Block {
    var w = 0
    var x = 0
    var bias = 0
    var y = 0
  }

  var form: o2m_reference_product
  var blocks = [Block()]
  /// For every k where it lies in `w` and in `x`.
  var wOffsets: [Int]
  var xOffsets: [Int]

  init(rows: Int, wOffsets: [Int], wRow: Int, xOffsets: [Int], xStep: Int = 1, activation: Activation) {
    form = o2m_reference_product()
    form.rows = rows
    form.depth = wOffsets.count
    form.w_row = wRow
    form.x_step = xStep
    form.alpha = 1
    form.beta = 1
    (form.activation, form.a, form.b) = activation.reference
    self.wOffsets = wOffsets
    self.xOffsets = xOffsets
  }

  /// The positions that count, and how far apart planes and lines of them are where there are several.
  mutating func setPositions(_ extents: [Int], pitch: (Int, Int) = (0, 0)) {
    form.extents = (extents[0], extents[1], extents[2])
    form.pitch = extents[0] * extents[1] == 1 ? (extents[2], extents[2]) : pitch
  }

  /// Writes to `y`, which is float32 or float64. The operands are all float32, or all float64.
  func run(w: Tensor, x: Tensor, bias: Tensor?, residual: Tensor?, y: Tensor, _ loops: FastLoops) {
    var form = form
    let positions = o2m_reference_positions(&form)
    guard positions > 0, form.rows > 0 else { return }
    form.wide = w.element == .float64 ? 1 : 0
    form.w = UnsafeRawPointer(w.memory.floats)
    form.x = UnsafeRawPointer(x.memory.floats)
    form.bias = bias.map { UnsafeRawPointer($0.memory.floats) }
    form.residual = residual.map { UnsafeRawPointer($0.memory.floats) }
    if y.element == .float32 {
      form.y = y.memory.floats
    } else {
      form.y_wide = y.memory.doubles
    }
    let rows = min(form.rows, Self.rowsAtOnce), columns = min(positions, Self.positionsAtOnce)
    let bands = (form.rows + rows - 1) / rows, strips = (positions + columns - 1) / columns, jobs = blocks.count * bands * strips
    wOffsets.withUnsafeBufferPointer { wOffsets in
      xOffsets.withUnsafeBufferPointer { xOffsets in
        form.w_offsets = wOffsets.baseAddress
        form.x_offsets = xOffsets.baseAddress
        let work = Work(form: form)
        let isSmall = form.rows * positions * max(1, form.depth) * blocks.count < Self.smallestShared
        inParallel(jobs, on: isSmall ? 1 : loops.threads) { range in
          let scratch = o2m_allocate(o2m_reference_scratch(rows, columns) * MemoryLayout<Double>.size)
          defer { o2m_free(scratch) }
          for job in range {
            let block = blocks[job / (bands * strips)], row = job / strips % bands * rows, position = job % strips * columns
            var form = work.form.shifted(by: block)
            o2m_reference_multiply(
              loops.set, &form, row, min(rows, form.rows - row), position, min(columns, positions - position),
              scratch?.assumingMemoryBound(to: Double.self))
          }
        }
      }
    }
    withExtendedLifetime((w, x, bias, residual, y)) {}
  }

  /// Blocks of sums that the second cache holds beside their operands.
  private static let rowsAtOnce = 132
  private static let positionsAtOnce = 240
  /// Multiply-accumulates below which threads cost more than they bring.
  private static let smallestShared = 1 << 19

  private struct Work: @unchecked Sendable { var form: o2m_reference_product }
}

/// `body` of ranges that together are `0..<count`, each on a thread of its own.
func inParallel(_ count: Int, on threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
  let parts = min(threads, count)
  guard parts > 1 else { return body(0..<count) }
  DispatchQueue.concurrentPerform(iterations: parts) { body(count * $0 / parts..<count * ($0 + 1) / parts) }
}

extension o2m_reference_product {
  fileprivate func shifted(by block: FastProduct.Block) -> Self {
    var form = self
    let size = wide != 0 ? MemoryLayout<Double>.size : MemoryLayout<Float>.size
    form.w += block.w * size
    form.x += block.x * size
    if let bias { form.bias = bias + block.bias * size }
    if let residual { form.residual = residual + block.y * size }
    if let y { form.y = y + block.y }
    if let y_wide { form.y_wide = y_wide + block.y }
    return form
  }
}

extension Activation {
  fileprivate var reference: (o2m_reference_activation, Double, Double) {
    switch self {
    case .none: (O2M_REFERENCE_NONE, 0, 0)
    case .relu: (O2M_REFERENCE_RELU, 0, 0)
    case .clip(let low, let high): (O2M_REFERENCE_CLIP, Double(low), Double(high))
    case .leakyRelu(let alpha): (O2M_REFERENCE_LEAKY_RELU, Double(alpha), 0)
    case .hardSigmoid(let alpha, let beta): (O2M_REFERENCE_HARD_SIGMOID, Double(alpha), Double(beta))
    case .hardSwish(let alpha, let beta): (O2M_REFERENCE_HARD_SWISH, Double(alpha), Double(beta))
    case .sigmoid: (O2M_REFERENCE_SIGMOID, 0, 0)
    case .silu: (O2M_REFERENCE_SILU, 0, 0)
    case .tanh: (O2M_REFERENCE_TANH, 0, 0)
    case .gelu: (O2M_REFERENCE_GELU, 0, 0)
    case .geluTanh: (O2M_REFERENCE_GELU_TANH, 0, 0)
    }
  }
}
