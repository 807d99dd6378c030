import O2MOps
import O2MTensor

/// The places that an affine map takes the pixels of a picture to: `grid[n, p…] = theta[n] · (x, y, [z,] 1)`, coordinates of pixel p from
/// −1 to 1.
///
/// With `align_corners` −1 and 1 are the centres of the outermost pixels, else their outer edges.
///
/// - Spec: ONNX AffineGrid-20.
/// - Shapes: `theta` float `[N, S, S + 1]`, `size` integer `[S + 2]`, known at conversion: N, C, and S = 2 or 3 extents D… → `[N, D…, S]`.
struct AffineGrid: Decomposition {
  static let name = "AffineGrid"
  static let versions = [20]

  private let alignsCorners: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    alignsCorners = try node.flag(.align_corners, default: false)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let theta = try composer.input(0)
    guard let size = try composer.knownInts(1) else { throw .missingInput(1) }
    guard (4...5).contains(size.count) else { throw .elementCount(expected: 4, found: size.count) }
    for (axis, extent) in size.enumerated() where extent < 0 { throw .extent(input: 1, axis: axis, expected: 0, found: extent) }
    let extents = Array(size[2...]), axes = extents.count
    guard Shape(size).checkedCount != nil, let pixels = Shape(extents).checkedCount else { throw .overflow }
    var places: [Double] = []
    for pixel in 0..<pixels {
      var rest = pixel
      for extent in extents.reversed() {  // x, y, z: the last axis first
        places.append(coordinate(rest % extent, of: extent))
        rest /= extent
      }
      places.append(1)
    }
    let grid = composer.constant(Tensor(composer.element(theta), [pixels, axes + 1], rounding: places))
    let transposed = try composer.emit("Transpose", [theta], [.perm: .ints([0, 2, 1])])
    let mapped = try composer.emit("MatMul", [grid, transposed])
    return [try composer.reshape(mapped, [size[0]] + extents + [axes])]
  }

  private func coordinate(_ index: Int, of extent: Int) -> Double {
    if !alignsCorners { return (2 * Double(index) + 1) / Double(extent) - 1 }
    return extent == 1 ? -1 : 2 * Double(index) / Double(extent - 1) - 1
  }
}
