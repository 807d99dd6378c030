import O2MTensor

// Operators that move by index differ in what their indices mean. Here each meaning becomes a list of offsets, flat and row-major, one
// per element that moves: gathers read there (`Tensor.gathered`), scatters write there (`Tensor.scattered`).

extension Tensor {
  /// The indices counted from the front of an axis of `extent` elements; `input` is the operand that a fault names.
  func positions(extent: Int, input: Int = 1) throws(OpFault) -> [Int] {
    var positions = ints()
    for index in positions.indices { positions[index] = try position(positions[index], extent: extent, input: input) }
    return positions
  }
}

/// `index` counted from the front of an axis of `extent` elements.
private func position(_ index: Int, extent: Int, input: Int) throws(OpFault) -> Int {
  guard index >= -extent, index < extent else { throw .index(input: input, found: index, limit: extent) }
  return index < 0 ? index + extent : index
}

extension TensorType {
  /// Refuses indices, input 1, that do not suit a tensor of this type along `axis`, as `Shape.offsets(elements:along:)` does.
  func requireElements(_ indices: TensorType, along axis: Int) throws(OpFault) {
    let axis = try resolve(axis)
    guard indices.rank == rank else { throw .rank(input: 1, expected: rank...rank, found: indices.rank) }
    for other in 0..<rank where other != axis {
      if let extent = dims[other].value, let found = indices.dims[other].value, found > extent {
        throw .extent(input: 1, axis: other, expected: extent, found: found)
      }
    }
  }
}

extension Shape {
  /// For every element of `indices` the element of a tensor of this shape that lies at the same place, but along `axis` at the index.
  ///
  /// - Errors: `.rank` where the ranks differ, `.extent` where `indices` is longer along another axis, `.index`.
  func offsets(elements indices: Tensor, along axis: Int, input: Int = 1) throws(OpFault) -> [Int] {
    guard indices.shape.rank == rank else { throw .rank(input: input, expected: rank...rank, found: indices.shape.rank) }
    for other in 0..<rank where other != axis && indices.shape[other] > dims[other] {
      throw .extent(input: input, axis: other, expected: dims[other], found: indices.shape[other])
    }
    var steps = strides
    let step = steps[axis]
    steps[axis] = 0
    var walk = StridedWalk(indices.shape, strides: [steps])
    var offsets = try indices.positions(extent: dims[axis], input: input)
    for index in offsets.indices {
      offsets[index] = walk.offsets[0] + offsets[index] * step
      walk.advance()
    }
    return offsets
  }

  /// The elements of the slices that `indices` names by tuples: its last axis holds the first indices behind `batch` axes that both share.
  ///
  /// - Errors: `.extent` where a tuple is empty or longer than the axes that are left, `.index`.
  func offsets(tuples indices: Tensor, batch: Int = 0, input: Int = 1) throws(OpFault) -> [Int] {
    let length = indices.shape.dims.last ?? 0
    guard length >= 1, length <= rank - batch else {
      throw .extent(input: input, axis: indices.shape.rank - 1, expected: rank - batch, found: length)
    }
    let strides = strides, slice = dims[(batch + length)...].reduce(1, *)
    let tuples = indices.count / length, perBatch = tuples / max(1, dims[..<batch].reduce(1, *))
    let values = indices.ints()
    var offsets: [Int] = []
    offsets.reserveCapacity(tuples * slice)
    for tuple in 0..<tuples {
      var offset = batch == 0 ? 0 : tuple / perBatch * strides[batch - 1]
      for k in 0..<length {
        offset += try position(values[tuple * length + k], extent: dims[batch + k], input: input) * strides[batch + k]
      }
      for element in 0..<slice { offsets.append(offset + element) }
    }
    return offsets
  }

  /// The slices at `positions` along `axis`, for every index before it.
  func offsets(slices positions: [Int], along axis: Int) -> [Int] {
    let lines = lines(along: axis)
    var offsets: [Int] = []
    offsets.reserveCapacity(lines.outer * positions.count * lines.inner)
    for outer in 0..<lines.outer {
      for position in positions {
        let first = (outer * lines.extent + position) * lines.inner
        for element in first..<first + lines.inner { offsets.append(element) }
      }
    }
    return offsets
  }
}

extension [InputFact?] {
  /// What every position of the tuples in input 1 may hold: indices of the shortest of the axes of input 0 that they name.
  func tupleIndices(behind batch: Int) -> ClosedRange<Int>? {
    guard count > 1, let x = self[0]?.type, let length = self[1]?.type.dims.last?.value, batch >= 0, length >= 0,
      batch + length <= x.rank
    else { return nil }
    let extents = x.dims[batch..<batch + length].compactMap { $0.value }
    guard extents.count == length, let least = extents.min(), least > 0 else { return nil }
    return 0...least - 1
  }
}
