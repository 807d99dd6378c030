import O2MTensor

/// `act(sum + b[channel] + r)` over the sums of a convolution, `[N, M, plane]`, in place.
func finishConvolution(_ sums: inout [Double], shape: Shape, bias: [Double]?, residual: [Double]?, _ activation: Activation) {
  let plane = shape.dims.dropFirst(2).reduce(1, *)
  for row in 0..<shape[0] * shape[1] {
    let b = bias?[row % shape[1]] ?? 0
    for index in row * plane..<(row + 1) * plane {
      sums[index] = activation.apply(sums[index] + b + (residual?[index] ?? 0))
    }
  }
}

extension [InputFact?] {
  /// Throws unless the input at `index` is absent or holds one element of type `element` for each of `channels` channels.
  func requirePerChannel(_ index: Int, _ channels: Int, _ element: ElementType) throws(OpFault) {
    guard has(index) else { return }
    let found = try require(index).type.element
    guard found == element else { throw .elementTypes(input: index, found: found, expected: element) }
    let shape = try shape(index)
    guard shape.dims == [channels] else { throw .extent(input: index, axis: 0, expected: channels, found: shape.dims.first ?? 1) }
  }

  /// Throws unless the input at `index` is absent or has this type: a residual that is added to the result.
  func requireResidual(_ index: Int, _ type: TensorType) throws(OpFault) {
    guard has(index) else { return }
    let residual = try require(index).type
    guard residual.element == type.element else { throw .elementTypes(input: index, found: residual.element, expected: type.element) }
    let found = try shape(index)
    guard TensorType(type.element, found) == type else {
      throw .elementCount(expected: type.shape?.count ?? 0, found: found.count)
    }
  }
}
