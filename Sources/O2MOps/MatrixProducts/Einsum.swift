import O2MTensor

/// Sums of products by Einstein's convention: every label is an index, and indices that the result does not have are summed over.
///
///     "ij,jk->ik"      y[i, k] = Σ_j a[i, j] · b[j, k]            "bii->bi"   the diagonals
///     "...ij->...ji"   any axes in front; operands broadcast over them, and along extents of 1
///
/// Without "->" the result has the ellipsis and then the labels that occur once, upper case first.
///
/// - Spec: ONNX Einsum-12; -28 allows bfloat16.
/// - Shapes: one or more numbers of one element type, as many axes as their terms have labels → `y`.
/// - Parity: one rounding of the float64 sum; integers wrap.
/// - Errors: `.attribute(.equation, .unknownValue)` for an equation that is none; `.rank`, `.extent` for operands that do not fit it.
public struct Einsum: OnnxOperator, Computation {
  public static let name: StaticString = "Einsum"
  public static let code = OpCode.einsum
  public static let versions = [12, 28]
  public static let elements = ElementClass.numbers

  /// The labels of every operand and of the result, in ASCII; `ellipsis` stands for any number of axes.
  public var terms: [[Int]]
  public var result: [Int]
  public static let ellipsis = 0x2E

  public init(_ node: some NodeSource) throws(OpFault) {
    guard let equation = try node.string(.equation) else { throw .attribute(.equation, .missing) }
    guard let (terms, result) = Self.parse(equation.utf8.map { Int($0) }.filter { $0 != 0x20 }) else {
      throw .attribute(.equation, .unknownValue)
    }
    self.terms = terms
    self.result = result
    try node.requireOperands(terms.count...terms.count)
  }

  private static func parse(_ characters: [Int]) -> (terms: [[Int]], result: [Int])? {
    let comma = 0x2C, dash = 0x2D, greater = 0x3E
    var parts: [[Int]] = [[]], arrow = false, index = 0
    while index < characters.count {
      let character = characters[index]
      index += 1
      switch character {
      case 0x41...0x5A, 0x61...0x7A: parts[parts.count - 1].append(character)
      case comma where !arrow: parts.append([])
      case dash where !arrow && index < characters.count && characters[index] == greater:
        arrow = true
        index += 1
        parts.append([])
      case ellipsis where index + 1 < characters.count && characters[index] == ellipsis && characters[index + 1] == ellipsis:
        index += 2
        parts[parts.count - 1].append(ellipsis)
      default: return nil
      }
    }
    if arrow { return (Array(parts.dropLast()), parts[parts.count - 1]) }
    let all = parts.flatMap { $0 }
    return (parts, (0..<0x7F).filter { label in label == ellipsis ? all.contains(label) : all.filter { $0 == label }.count == 1 })
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.commonElement(.numbers)
    var shapes: [Shape] = []
    for index in inputs.indices { shapes.append(try inputs.shape(index)) }
    return [TensorType(element, try checked(try Contraction(self, shapes).extents))]
  }

  /// The labels of every operand and of the result, axis by axis, with numbers below 0 for the axes of an ellipsis.
  public func labels(_ shapes: [Shape]) throws(OpFault) -> (terms: [[Int]], result: [Int]) {
    let contraction = try Contraction(self, shapes)
    return (contraction.terms, contraction.result)
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    var operands: [Tensor] = []
    for index in inputs.indices { operands.append(try inputs.tensor(index)) }
    let element = try inputs.facts.commonElement(.numbers)
    let contraction = try Contraction(self, operands.map { $0.shape })
    let shape = try checked(contraction.extents)
    if element.isFloat {
      return [Tensor(element, shape, rounding: contraction.sums(operands.map { $0.doubles() }, 0, +, *))]
    }
    return [Tensor(element, shape, wrapping: contraction.sums(operands.map { $0.ints() }, 0, &+, &*))]
  }

  public func encode(to record: inout RecordWriter) {
    record.put(UInt32(terms.count))
    for term in terms { record.put(term) }
    record.put(result)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    terms = []
    for _ in 0..<(try record.count(of: 4)) { terms.append(try record.ints(in: 0...0x7F)) }
    result = try record.ints(in: 0...0x7F)
  }
}

/// An equation and the shapes it is used with: one loop per label, those of the result outermost.
private struct Contraction {
  /// The labels of every operand and of the result, without ellipses.
  var terms: [[Int]] = []
  var result: [Int]
  /// The extents of the result, and of the labels that are summed over.
  var extents: [Int] = []
  var summed: [Int] = []
  /// For every operand the elements between neighbours along each loop; a label that occurs twice walks a diagonal.
  var strides: [[Int]] = []

  init(_ equation: Einsum, _ shapes: [Shape]) throws(OpFault) {
    guard shapes.count == equation.terms.count else {
      throw .inputCount(expected: equation.terms.count...equation.terms.count, found: shapes.count)
    }
    // The axes of an ellipsis are labelled from the last one, which is -1.
    var labels: [(label: Int, extent: Int)] = [], hidden = 0
    result = []
    for (input, (term, shape)) in zip(equation.terms, shapes).enumerated() {
      let named = term.filter { $0 != Einsum.ellipsis }.count
      guard let term = Self.expanded(term, shape.rank - named) else {
        throw .rank(input: input, expected: named...named, found: shape.rank)
      }
      hidden = max(hidden, -(term.min() ?? 0))
      for (axis, label) in term.enumerated() {
        guard let known = labels.firstIndex(where: { $0.label == label }) else {
          labels.append((label, shape[axis]))
          continue
        }
        guard shape[axis] == labels[known].extent || shape[axis] == 1 || labels[known].extent == 1 else {
          throw .extent(input: input, axis: axis, expected: labels[known].extent, found: shape[axis])
        }
        if labels[known].extent == 1 { labels[known].extent = shape[axis] }
      }
      terms.append(term)
    }
    result = equation.result.flatMap { $0 == Einsum.ellipsis ? Array(-hidden..<0) : [$0] }
    for (index, label) in result.enumerated() {
      guard let known = labels.first(where: { $0.label == label }), !result[..<index].contains(label) else {
        throw .attribute(.equation, .unknownValue)
      }
      extents.append(known.extent)
    }
    let rest = labels.filter { !result.contains($0.label) }
    summed = rest.map { $0.extent }
    for (term, shape) in zip(terms, shapes) {
      let own = shape.strides
      strides.append(
        (result + rest.map { $0.label }).map { label in
          term.indices.reduce(0) { $0 + (term[$1] == label && shape[$1] != 1 ? own[$1] : 0) }
        })
    }
  }

  /// The labels of a term whose ellipsis, if it has one, stands for `free` axes; nil where that cannot be.
  private static func expanded(_ term: [Int], _ free: Int) -> [Int]? {
    let ellipses = term.filter { $0 == Einsum.ellipsis }.count
    guard ellipses == 0 ? free == 0 : free >= 0 && ellipses == 1 else { return nil }
    return term.flatMap { $0 == Einsum.ellipsis ? Array(-free..<0) : [$0] }
  }

  @inline(never)
  func sums<T>(_ operands: [[T]], _ zero: T, _ add: (T, T) -> T, _ multiply: (T, T) -> T) -> [T] {
    var walk = StridedWalk(Shape(extents + summed), strides: strides)
    let terms = summed.reduce(1, *)
    var sums: [T] = []
    for _ in 0..<extents.reduce(1, *) {
      var sum = zero
      for _ in 0..<terms {
        var product = operands[0][walk.offsets[0]]
        for index in 1..<max(1, operands.count) { product = multiply(product, operands[index][walk.offsets[index]]) }
        sum = add(sum, product)
        walk.advance()
      }
      sums.append(sum)
    }
    return sums
  }
}
