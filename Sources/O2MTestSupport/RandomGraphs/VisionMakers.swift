import O2MOps
import O2MTensor

extension GraphGenerator {
  mutating func makeResize() -> Bool {
    let x = picture(floatType(), rank: 3...5), shape = extents(x), rank = shape.rank, mode = pick(["nearest", "linear", "linear", "cubic"])
    guard mode != "cubic" || rank == 4 else { return false }
    var attributes: [AttributeName: Attributes.Value] = [.mode: .string(mode)]
    let coordinates = ["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric"]
    attributes[.coordinate_transformation_mode] = .string(pick(coordinates))
    if mode == "nearest" { attributes[.nearest_mode] = .string(pick(["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])) }
    if mode == "cubic", chance(0.3) { attributes[.exclude_outside] = .int(1) }
    if mode != "nearest", chance(0.2) { attributes[.antialias] = .int(1) }
    let axes = Array(2..<rank), isPartial = chance(0.4)
    if isPartial { attributes[.axes] = .ints(axes) }
    if chance(0.5) {
      let sizes = axes.map { axis in chance(0.3) ? shape[axis] * 2 : int(1...max(1, shape[axis] * 2)) }
      return one(.resize, [x, nil, nil, indices((isPartial ? [] : Array(shape.dims[..<2])) + sizes)], attributes) != nil
    }
    let scales = axes.map { _ in Float(pick([2, 1, 0.5, 1.5, 3, 0.7])) }
    let all = (isPartial ? [] : [1, 1]) + scales
    return one(.resize, [x, nil, constant(Tensor([all.count], all))], attributes) != nil
  }

  /// Boxes in a picture as rows of left, top, right and bottom.
  private mutating func boxes(_ count: Int, _ picture: Shape) -> [[Float]] {
    (0..<count).map { _ in
      let left = random.uniform(-1...Float(picture[3])), top = random.uniform(-1...Float(picture[2]))
      return [left, top, left + random.uniform(0...Float(picture[3])), top + random.uniform(0...Float(picture[2]))]
    }
  }

  mutating func makeRoiAlign() -> Bool {
    let x = picture(rank: 4...4), shape = extents(x), count = int(1...4)
    let rois = constant(Tensor([count, 4], boxes(count, shape).flatMap { $0 }))
    let batch = constant(Tensor([count], (0..<count).map { _ in Int64(int(0...shape[0] - 1)) }))
    var attributes: [AttributeName: Attributes.Value] = [
      .output_height: .int(int(1...3)), .output_width: .int(int(1...3)), .sampling_ratio: .int(int(0...2)),
      .mode: .string(pick(["avg", "max"])),
      .spatial_scale: .float(pick([1, 0.5])),
    ]
    if chance(0.5) { attributes[.coordinate_transformation_mode] = .string("output_half_pixel") }
    return one(.roiAlign, [x, rois, batch], attributes) != nil
  }

  mutating func makeMaxRoiPool() -> Bool {
    let x = picture(rank: 4...4, isSum: false), shape = extents(x), count = int(1...4)
    let rows = boxes(count, shape).map { [Float(int(0...shape[0] - 1))] + $0.map { $0.rounded() } }
    return one(.maxRoiPool, [x, constant(Tensor([count, 5], rows.flatMap { $0 }))], [.pooled_shape: .ints([int(1...3), int(1...3)])]) != nil
  }

  mutating func makeGridSample() -> Bool {
    let x = picture(rank: 4...4), shape = extents(x)
    let grid = weight([shape[0], int(1...5), int(1...5), 2], in: -1.3...1.3)
    var attributes = flag(.align_corners)
    attributes[.mode] = .string(pick(["linear", "nearest", "cubic"]))
    attributes[.padding_mode] = .string(pick(["zeros", "border", "reflection"]))
    return one(.gridSample, [x, grid], attributes) != nil
  }

  mutating func makeDFT() -> Bool {
    let length = pick([1, 2, 3, 4, 5, 7, 8, 9, 16]), isComplex = chance(0.5)
    let shape: Shape = [int(1...3), length, isComplex ? 2 : 1]
    let x = operand(rank: 3...3, isSum: true) { $0 == shape } ?? input(values(.float32, shape, isSum: true))
    return one(.dft, [x], isComplex ? flag(.inverse) : flag(.onesided)) != nil
  }
}
