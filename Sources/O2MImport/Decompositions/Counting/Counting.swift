import O2MOps
import O2MTensor

// Operators that give as many results as the data say: an operator of ours that finds them and counts them, and Shorten.

/// The indices of the elements that are not zero, one column each, in row-major order.
///
/// - Spec: ONNX NonZero-13.
/// - Shapes: `x` number or bool `[D0 … Dr-1]` → `y` int64 `[r, count]`.
struct NonZeroNode: Decomposition {
  static let name = "NonZero"
  static let versions = [9, 13]

  init(_ node: some NodeSource) throws(OpFault) { try node.requireOperands(1...1) }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let places = try composer.places(try composer.input(0))
    return [try composer.emit("Transpose", [places], [.perm: .ints([1, 0])])]
  }
}

/// The slices along an axis that a condition marks: `y = Gather(x, the indices where the condition holds)`; without an axis, of all
/// elements.
///
/// - Spec: ONNX Compress-11; -28 allows more types.
/// - Shapes: `x` any `[*]`, `condition` bool `[K]`, no longer than the axis → `y`, as many slices as are marked.
struct Compress: Decomposition {
  static let name = "Compress"
  static let versions = [9, 11, 28]

  private let axis: Int?

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    axis = try node.int(.axis)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var x = try composer.input(0)
    let condition = try composer.input(1)
    if axis == nil { x = try composer.reshape(x, [-1]) }
    let marked = try composer.emit("Squeeze", [try composer.places(condition), composer.ints([1])])
    return [try composer.emit("Gather", [x, marked], [.axis: .int(axis ?? 0)])]
  }
}

/// The best boxes of each batch and class that do not overlap a better one by more than a threshold.
///
/// - Spec: ONNX NonMaxSuppression-11.
/// - Shapes: `boxes` float `[B, N, 4]`, `scores` float `[B, C, N]`; then optional: most boxes per class, overlap threshold, score threshold
///   → int64 `[S, 3]`: batch, class, box.
struct NonMaxSuppressionNode: Decomposition {
  static let name = "NonMaxSuppression"
  static let versions = [10, 11]

  private let isCentered: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...5)
    isCentered = try node.flag(.center_point_box, default: false)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var inputs = [try composer.input(0), try composer.input(1)] as [ComposedValue?]
    for index in 2..<5 { inputs.append(composer.optional(index)) }
    while inputs.last.map({ $0 == nil }) ?? false { inputs.removeLast() }
    let found = try composer.emit(.nonMaxSuppression(NonMaxSuppression(isCentered: isCentered)), inputs, outputs: 2)
    return [try composer.shorten(found[0], to: found[1])]
  }
}

/// The different elements of a tensor, or the different slices along an axis; the index of the first of each, for every element or slice
/// which it is, and how many there are of each.
///
/// - Spec: ONNX Unique-28.
/// - Shapes: `x` number or bool `[*]` → `y` `[U]`, or like `x` with U slices; `indices` `[U]`, `inverse` `[K]`, `counts` `[U]`, all int64.
struct UniqueNode: Decomposition {
  static let name = "Unique"
  static let versions = [11, 28]

  private let op: Unique

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1, outputs: 1...4)
    op = Unique(axis: try node.int(.axis), isSorted: try node.flag(.sorted, default: true))
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    var x = try composer.input(0)
    let found = try composer.emit(.unique(op), [x], outputs: 4)
    if op.axis == nil { x = try composer.reshape(x, [-1]) }
    let firsts = try composer.shorten(found[0], to: found[3])
    let y = try composer.emit("Gather", [x, firsts], [.axis: .int(op.axis ?? 0)])
    return [y, firsts, found[1], composer.wants(3) ? try composer.shorten(found[2], to: found[3]) : firsts]
  }
}

extension Composer {
  /// The places of the elements that are not zero, a row each.
  fileprivate mutating func places(_ x: ComposedValue) throws(OpFault) -> ComposedValue {
    let found = try emit(.nonZero(NonZero()), [x], outputs: 2)
    return try shorten(found[0], to: found[1])
  }

  /// As many rows of a value as another one says.
  fileprivate mutating func shorten(_ x: ComposedValue, to count: ComposedValue) throws(OpFault) -> ComposedValue {
    try emit(.shorten(Shorten()), [x, count], outputs: 1)[0]
  }
}
