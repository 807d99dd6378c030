import CO2MKernels
import O2MTensor

/// Where the numbers of a field lie in an output: the entries of a candidate are `step` elements apart.
struct BoxField {
  let output: Int
  let step: Int
  /// Candidates.
  let count: Int
  private let entries: Int
  private let first: Int
  private let element: ElementType
  /// Where the output's elements begin as float32, in bytes of the finder's memory; nil where they are of that type.
  private let copy: Int?
  private let elements: Int

  init(_ field: PictureTask.Boxes.Field, _ type: TypedShape, _ memory: inout Int) {
    output = field.output
    element = type.element
    elements = type.shape.count
    let axis = field.axis ?? type.shape.rank
    var inner = 1
    for index in 0..<type.shape.rank where index > axis { inner *= type.shape[index] }
    step = max(1, inner)
    entries = axis < type.shape.rank ? max(1, type.shape[axis]) : 1
    first = field.first * step
    count = elements / entries
    copy = element == .float32 ? nil : memory
    if element != .float32 { memory += (4 * elements + 63) & ~63 }
  }

  /// The first number of a candidate.
  func place(_ candidate: Int) -> Int { candidate / step * step * entries + candidate % step + first }

  /// The elements of the output as float32.
  func numbers(_ output: UnsafeRawPointer, _ memory: UnsafeMutableRawPointer) -> UnsafePointer<Float> {
    guard let copy else { return output.assumingMemoryBound(to: Float.self) }
    let target = memory + copy
    _ = o2m_cast(o2m_element(rawValue: UInt32(element.rawValue)), O2M_ELEMENT_F32, elements, output, target, nil)
    return UnsafePointer(target.assumingMemoryBound(to: Float.self))
  }
}
