import O2MOps
import O2MTensor

/// The different elements of a tensor, or the different slices along an axis; the index of the first of each, for every element or slice
/// which it is, and how many there are of each.
///
/// Slices are ordered by their first elements that differ. NaNs are one element, above all others.
///
/// - Spec: ONNX Unique-28. Without `sorted` the order is that of the first occurrences.
/// - Shapes: `x` number or bool `[*]` → `y` `[U]`, or like `x` with U slices; `indices` `[U]`, `inverse` `[K]`, `counts` `[U]`, all int64.
struct Unique: ConstantEvaluation {
  static let name = "Unique"
  static let versions = [11, 28]

  private let axis: Int?
  private let isSorted: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1, outputs: 1...4)
    axis = try node.int(.axis)
    isSorted = try node.flag(.sorted, default: true)
  }

  func evaluate(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let given = try inputs.tensor(0)
    guard ElementClass.comparable.contains(given.element) else { throw .elementType(input: 0, found: given.element) }
    let x = axis == nil ? given.reshaped([given.count]) : given
    let axis = try x.shape.resolve(axis ?? 0)
    let extent = x.shape[axis]
    let inner = x.shape.dims[(axis + 1)...].reduce(1, *), outer = x.shape.dims[..<axis].reduce(1, *)
    let keys = x.sortKeys()
    let slices = (0..<extent).map { slice in
      (0..<outer).flatMap { o in (0..<inner).map { i in keys[(o * extent + slice) * inner + i] } }
    }

    // Equal slices become neighbours, the first of them in front.
    let sorted = (0..<extent).sorted { a, b in
      slices[a] == slices[b] ? a < b : slices[a].lexicographicallyPrecedes(slices[b])
    }
    var groups: [[Int]] = []
    for slice in sorted {
      if let last = groups.last, slices[last[0]] == slices[slice] { groups[groups.count - 1].append(slice) } else { groups.append([slice]) }
    }
    if !isSorted { groups.sort { $0[0] < $1[0] } }

    var inverse = [Int](repeating: 0, count: extent)
    for (number, group) in groups.enumerated() { for slice in group { inverse[slice] = number } }
    let firsts = groups.map { $0[0] }
    var shape = x.shape
    shape[axis] = firsts.count
    let source = (0..<outer).flatMap { o in firsts.flatMap { first in (0..<inner).map { i in (o * extent + first) * inner + i } } }
    return [x.gathered(shape, source: source), .indices(firsts), .indices(inverse), .indices(groups.map(\.count))]
  }
}
