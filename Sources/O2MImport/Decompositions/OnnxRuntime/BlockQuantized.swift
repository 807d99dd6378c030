import O2MOps
import O2MTensor

/// Numbers of a few bits, several to a byte along the last axis, the low bits first.
struct PackedBits {
  let bits: Int

  /// - Errors: `.attribute(.bits, .unsupported)` but for 2, 4 and 8.
  init(_ node: some NodeSource) throws(OpFault) {
    bits = try node.int(.bits, default: 4)
    guard [2, 4, 8].contains(bits) else { throw .attribute(.bits, .unsupported) }
  }

  /// One for each number, `count` in each line along the last axis.
  func unpacked(_ bytes: Tensor, count: Int) -> [Int] {
    let perByte = 8 / bits, line = bytes.shape.dims.last ?? 1, values = bytes.ints()
    var numbers: [Int] = []
    numbers.reserveCapacity(values.count / max(1, line) * count)
    for start in stride(from: 0, to: values.count, by: max(1, line)) {
      for index in 0..<count { numbers.append(values[start + index / perByte] >> (index % perByte * bits) & (1 << bits - 1)) }
    }
    return numbers
  }

  /// The zero point where none is given.
  var middle: Int { 1 << (bits - 1) }
  /// Their type, where each has an element of its own.
  var element: ElementType { bits == 2 ? .uint2 : bits == 4 ? .uint4 : .uint8 }
}

/// Matrix product with weights of 2, 4 or 8 bits in blocks along K:
///
///     y = a · wᵀ + bias        w[n, k] = (q[n, k] − zero[n, k / block]) · scale[n, k / block]
///
/// `accuracy_level` allows less precision than that and changes nothing here.
///
/// - Shapes: B blocks: `a` float `[…, K]`, `q` uint8 `[N, B, block · bits / 8]`, constant, `scale` `[N, B]`, `zero` uint8
///   `[N, ⌈B · bits / 8⌉]`, constant, or like `scale`, optional: 2^(bits − 1), `bias` `[N]` optional → `y` `[…, N]`.
/// - Errors: `.attribute(.weight_prepacked, .unsupported)` for weights in the order of one processor; `.extent` where extents disagree.
struct MatMulNBits: MicrosoftOperator {
  static let name = "MatMulNBits"

  private let packed: PackedBits
  private let extents: (k: Int, n: Int, block: Int)
  private var blocks: Int { (extents.k + extents.block - 1) / extents.block }

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...6)
    packed = try PackedBits(node)
    func extent(_ name: AttributeName) throws(OpFault) -> Int {
      guard let value = try node.int(name) else { throw .attribute(name, .missing) }
      guard value >= 1, value < 1 << 40 else { throw .attribute(name, .outOfRange) }
      return value
    }
    extents = (try extent(.K), try extent(.N), try extent(.block_size))
    guard extents.block >= 16, extents.block & (extents.block - 1) == 0 else { throw .attribute(.block_size, .outOfRange) }
    _ = try node.int(.accuracy_level)
    guard try node.int(.weight_prepacked, default: 0) == 0 else { throw .attribute(.weight_prepacked, .unsupported) }
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let a = try composer.input(0), element = composer.element(a)
    let weights = try composer.transposed(try weights(&composer), element)
    let y = try composer.emit("MatMul", [a, weights])
    return [try composer.optional(5).map { bias throws(OpFault) in try composer.emit("Add", [y, bias]) } ?? y]
  }

  /// `w`, `[N, K]`.
  private func weights(_ composer: inout Composer) throws(OpFault) -> ComposedValue {
    guard let bytes = composer.fact(try composer.input(1)).value else { throw .dataDependent(input: 1) }
    guard bytes.element == .uint8 else { throw .elementType(input: 1, found: bytes.element) }
    let blob = extents.block * packed.bits / 8
    let (count, overflow) = (extents.n).multipliedReportingOverflow(by: blocks * blob)
    guard !overflow, bytes.count == count else { throw .elementCount(expected: overflow ? .max : count, found: bytes.count) }
    let lines = bytes.reshaped([extents.n, blocks * blob])
    let numbers = packed.unpacked(lines, count: extents.k)
    if let groups = try composer.knownInts(4) {
      guard groups.indices.allSatisfy({ groups[$0] == $0 / extents.block }) else { throw .unsupported(.groupIndices) }
    }
    let shape: Shape = [extents.n, blocks]
    let scales = try composer.reshape(composer.input(2), shape.dims)
    guard let zero = composer.optional(3), composer.element(zero) != .uint8 else {
      let zeros = try zeros(composer)
      return try composer.emit(
        "DequantizeLinear",
        [
          composer.constant(Tensor(packed.element, [extents.n, extents.k], wrapping: numbers)), scales,
          composer.constant(Tensor(packed.element, shape, wrapping: zeros)),
        ], [.axis: .int(1), .block_size: .int(extents.block)])
    }
    // A zero point between whole numbers.
    let element = composer.element(zero), padded = blocks * extents.block
    let centers = try composer.reshape(zero, [extents.n, blocks, 1])
    let numbersOfBlocks = packed.unpacked(lines, count: padded).map { Double($0) }
    let q = composer.constant(Tensor(element, [extents.n, blocks, extents.block], rounding: numbersOfBlocks))
    let products = try composer.emit(
      "Mul", [try composer.emit("Sub", [q, centers]), try composer.emit("Unsqueeze", [scales, composer.ints([2])])])
    let w = try composer.reshape(products, [extents.n, padded])
    return try composer.emit("Slice", [w, composer.ints([0]), composer.ints([extents.k]), composer.ints([1])])
  }

  /// One for each block.
  private func zeros(_ composer: Composer) throws(OpFault) -> [Int] {
    let count = extents.n * blocks
    guard let zero = composer.optional(3) else { return [Int](repeating: packed.middle, count: count) }
    guard let bytes = composer.fact(zero).value else { throw .dataDependent(input: 3) }
    let line = (blocks * packed.bits + 7) / 8
    guard bytes.count == extents.n * line else { throw .elementCount(expected: extents.n * line, found: bytes.count) }
    return packed.unpacked(bytes.reshaped([extents.n, line]), count: blocks)
  }
}

extension Composer {
  /// A matrix on its side, in `element`.
  fileprivate mutating func transposed(_ x: ComposedValue, _ element: ElementType) throws(OpFault) -> ComposedValue {
    try emit("Transpose", [try cast(x, to: element)], [.perm: .ints([1, 0])])
  }
}

/// Rows of a table of 2, 4 or 8 bits in blocks: `y = dequantize(data[indices])`. The table stays as it is.
///
/// - Shapes: `data` int4, uint4, or uint8 of several numbers to a byte along the last axis, constant, `indices` int32 or int64 `[*]`,
///   `scales` of the rank of `data`, `zeros` of the type of `data`, optional → `y` of the type of `scales`.
/// - Errors: `.attribute(.gather_axis, .unsupported)` unless whole blocks are gathered.
struct GatherBlockQuantized: MicrosoftOperator {
  static let name = "GatherBlockQuantized"

  private let packed: PackedBits
  private let block: Int
  private let axes: (gathered: Int, quantized: Int)

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...4)
    packed = try PackedBits(node)
    block = try node.int(.block_size, default: 128)
    guard block >= 1 else { throw .attribute(.block_size, .outOfRange) }
    axes = (try node.int(.gather_axis, default: 0), try node.int(.quantize_axis, default: 1))
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let indices = try composer.input(1), scales = try composer.input(2)
    let data = try numbers(0, &composer)
    let rank = try composer.shape(data).rank, added = try composer.shape(indices).rank - 1
    let gathered = axes.gathered < 0 ? axes.gathered + rank : axes.gathered
    let quantized = axes.quantized < 0 ? axes.quantized + rank : axes.quantized
    guard (0..<rank).contains(gathered) else { throw .axis(axes.gathered, rank: rank) }
    guard (0..<rank).contains(quantized) else { throw .axis(axes.quantized, rank: rank) }
    guard gathered < quantized else { throw .attribute(.gather_axis, .unsupported) }
    var rows: [ComposedValue?] = []
    for table in [data, scales, try zeros(scales, &composer)] {
      rows.append(try table.map { table throws(OpFault) in try composer.emit("Gather", [table, indices], [.axis: .int(gathered)]) })
    }
    return [try composer.emit("DequantizeLinear", rows, [.axis: .int(quantized + added), .block_size: .int(block)])]
  }

  /// The input at `index` with one element for each number, `count` in a line; those of several to a byte must be constant.
  private func numbers(_ index: Int, count: Int? = nil, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let value = try composer.input(index)
    guard composer.element(value) == .uint8 else { return value }
    guard let bytes = composer.fact(value).value else { throw .dataDependent(input: index) }
    var shape = bytes.shape.dims
    guard let last = shape.last else { throw .rank(input: index, expected: 1...Int.max, found: 0) }
    let held = last * (8 / packed.bits), count = count ?? held
    guard count <= held else { throw .extent(input: index, axis: shape.count - 1, expected: count, found: held) }
    shape[shape.count - 1] = count
    return composer.constant(Tensor(packed.element, Shape(shape), wrapping: packed.unpacked(bytes, count: count)))
  }

  private func zeros(_ scales: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    let shape = try composer.shape(scales)
    // Bits that fill up the last byte of a line are no zero points.
    if composer.optional(3) != nil { return try numbers(3, count: shape.dims.last, &composer) }
    guard composer.element(try composer.input(0)) == .uint8 else { return nil }
    return composer.constant(Tensor(packed.element, shape, wrapping: [Int](repeating: packed.middle, count: shape.count)))
  }
}
