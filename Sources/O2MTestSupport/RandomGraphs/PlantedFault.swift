import O2MOps
import O2MRuntime
import O2MTensor

/// A kernel that is wrong on purpose: after each step of its operator it spoils what the step wrote, as a faulty kernel would have.
///
/// It is what shows that graphs find faults. Nothing that ships knows of it: it writes where an observer may only read.
package struct PlantedFault: Sendable, CustomStringConvertible {
  package enum Damage: Sendable {
    /// The last element is off by a thousandth: a tail that is computed with too little care.
    case lastElement
    /// Elements from the sixteenth on are those of one place before: a second vector that is read from the wrong place.
    case shiftedTail
    /// The elements of the last channel are zero.
    case lastChannel
    /// NaN becomes 0.
    case losesNaN
    /// What is below zero becomes −0.01 of itself: an activation that was not asked for.
    case leaks
    /// The last two elements change places.
    case swapped
    /// An integer or a truth value is off by one where the element count is odd.
    case offByOne
  }

  package let code: OpCode
  package let damage: Damage

  package init(_ code: OpCode, _ damage: Damage) {
    self.code = code
    self.damage = damage
  }

  package var description: String { "\(code.name), \(damage)" }

  package func spoil(_ step: StepView) {
    guard step.op == code else { return }
    for output in step.outputs { spoil(output) }
  }

  private func spoil(_ operand: StepView.Operand) {
    let before = operand.tensor, count = before.count
    guard count > 0 else { return }
    var values = before.doubles()
    switch damage {
    case .lastElement: values[count - 1] *= 1.001
    case .shiftedTail: for index in stride(from: count - 1, through: 16, by: -1) { values[index] = values[index - 1] }
    case .lastChannel:
      guard before.shape.rank > 1 else { return }
      let channels = before.shape[1], inner = before.shape.dims[2...].reduce(1, *)
      for index in values.indices where index / inner % channels == channels - 1 { values[index] = 0 }
    case .losesNaN: values = values.map { $0.isNaN ? 0 : $0 }
    case .leaks: values = values.map { $0 < 0 ? -0.01 * $0 : $0 }
    case .swapped: if count > 1 { values.swapAt(count - 1, count - 2) }
    case .offByOne: if count % 2 == 1 { values[count - 1] += values[count - 1] > 0 ? -1 : 1 }
    }
    let after = Tensor(before.element, before.shape, rounding: values), size = before.element.size
    let memory = UnsafeMutableRawBufferPointer(mutating: operand.memory)
    for (index, place) in operand.places.enumerated() {
      (memory.baseAddress! + place * size).copyMemory(from: after.storage.bytes.baseAddress! + index * size, byteCount: size)
    }
  }
}
