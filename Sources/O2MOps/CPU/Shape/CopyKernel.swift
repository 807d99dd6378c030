import CO2MKernels
import O2MTensor

/// Copies boxes of the inputs into boxes of the outputs: every operator that only moves elements, and every change of layout.
///
/// - Units: elements of 1, 2, 4, 8 or 16 bytes; the type does not matter.
public struct CopyKernel {
  private struct Piece {
    /// nil: zeros.
    var input: Int?
    var output: Int
    var originBytes: Int
    var targetBytes: Int
    /// Whether source and target have one form, so that a shared address means that nothing is left to do.
    var keepsForm: Bool
    var plan = o2m_copy_plan()
  }

  private var pieces: [Piece] = []
  /// What a box without an input reads, with a source stride of 0.
  private let zero: UInt64 = 0

  /// Plans `copies`; nil where a box has more than 8 dims that cannot be merged, or the element size is none of those above.
  public init?(_ copies: [StridedCopy], elementSize size: Int) {
    for copy in copies where copy.count > 0 {
      var box = copy
      if size == 16 { box = box.halved() }
      box = box.merged()
      guard box.dims.count <= Int(O2M_MAX_DIMS) else { return nil }
      var piece = Piece(
        input: copy.input, output: copy.output, originBytes: copy.origin * size, targetBytes: copy.target * size,
        keepsForm: copy.sourceStrides == copy.targetStrides)
      let dims = box.dims.map { UInt($0) }
      guard
        o2m_plan_copy(&piece.plan, UInt32(min(size, 8)), UInt32(dims.count), dims, box.sourceStrides, box.targetStrides) == 0
      else { return nil }
      pieces.append(piece)
    }
  }

  func run(_ memory: KernelMemory) {
    for index in pieces.indices {
      guard let output = memory.outputs[pieces[index].output] else { continue }
      let target = output.advanced(by: pieces[index].targetBytes)
      guard let input = pieces[index].input else {
        withUnsafePointer(to: zero) { zero in withPlan(index) { o2m_copy($0, zero, target, memory.pool) } }
        continue
      }
      guard let source = memory.inputs[input]?.advanced(by: pieces[index].originBytes) else { continue }
      if pieces[index].keepsForm, source == UnsafeRawPointer(target) { continue }
      withPlan(index) { o2m_copy($0, source, target, memory.pool) }
    }
  }

  private func withPlan(_ index: Int, _ body: (UnsafePointer<o2m_copy_plan>) -> Void) {
    pieces.withUnsafeBufferPointer { pieces in withUnsafePointer(to: pieces[index].plan, body) }
  }
}

extension StridedCopy {
  /// The box without axes of extent 1, neighbours that lie end to end on both sides taken together.
  func merged() -> StridedCopy {
    var result = self
    result.dims = []
    result.sourceStrides = []
    result.targetStrides = []
    for axis in dims.indices where dims[axis] != 1 {
      let last = result.dims.count - 1
      if last >= 0, result.sourceStrides[last] == sourceStrides[axis] * dims[axis],
        result.targetStrides[last] == targetStrides[axis] * dims[axis]
      {
        result.dims[last] *= dims[axis]
        result.sourceStrides[last] = sourceStrides[axis]
        result.targetStrides[last] = targetStrides[axis]
      } else {
        result.dims.append(dims[axis])
        result.sourceStrides.append(sourceStrides[axis])
        result.targetStrides.append(targetStrides[axis])
      }
    }
    return result
  }

  /// The box with every element as two halves.
  fileprivate func halved() -> StridedCopy {
    var result = self
    result.dims = dims + [2]
    result.sourceStrides = sourceStrides.map { 2 * $0 } + [input == nil ? 0 : 1]
    result.targetStrides = targetStrides.map { 2 * $0 } + [1]
    return result
  }
}

extension Movement {
  /// The operator as strided copies between the operands' places.
  func copyKernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    try site.copyKernel { (facts, from, to) throws(OpFault) in try copies(facts, from: from, to: to) }
  }
}

extension KernelSite {
  @inline(never)  // once, not once per operator
  fileprivate func copyKernel(
    _ boxes: ([InputFact?], [Placement?], [Placement]) throws(OpFault) -> [StridedCopy]
  ) throws(OpFault) -> Kernel? {
    let copies = try boxes(facts, inputs.map { operand in operand.map { Placement($0) } }, outputs.map { Placement($0) })
    return CopyKernel(copies, elementSize: outputs[0].element.size).map { .copy($0) }
  }
}
