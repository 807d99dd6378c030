import CO2MPlatform
import O2MTensor

/// How Resize maps the positions of one axis.
struct ResizeAxis: Equatable, Sendable {
  var input: Int
  var output: Int
  /// So many output positions go with so many input positions: two extents, or a scale and 1.
  var ratio: (output: Double, input: Double)
  var coordinates: Resize.Coordinates
  /// The output's extent before it was rounded down.
  var length: Double
  /// Where the crop begins and ends, as fractions of the axis.
  var crop = (start: 0.0, end: 1.0)

  /// An axis that keeps its extent.
  init(_ extent: Int, _ coordinates: Resize.Coordinates) {
    (input, output) = (extent, extent)
    ratio = (1, 1)
    self.coordinates = coordinates
    length = Double(extent)
  }

  static func == (a: ResizeAxis, b: ResizeAxis) -> Bool {
    a.input == b.input && a.output == b.output && a.ratio == b.ratio && a.coordinates == b.coordinates
      && a.length == b.length && a.crop == b.crop
  }

  /// Output positions per input position.
  var scale: Double { ratio.output / ratio.input }

  /// Whether every output position is the input position of the same number: the axis is not resized, whatever the coordinates.
  var isIdentity: Bool { input == output && ratio.output == ratio.input && crop == (0, 1) }

  /// Output position `o` in input positions.
  ///
  /// - Spec: ONNX Resize-19, `coordinate_transformation_mode`; an axis that is not resized stays, as in ONNX Runtime, though
  ///   `tf_half_pixel_for_nn` would move it by half a position.
  func position(_ o: Int) -> Double { position(o, as: Double.self) }

  /// What decides between two elements is formed in float32, as in ONNX Runtime and PyTorch: with 0.6 for a scale, the exact position
  /// can lie on the other side of a half.
  private func decisivePosition(_ o: Int) -> Double { Double(position(o, as: Float.self)) }

  private func position<Number: BinaryFloatingPoint>(_ o: Int, as type: Number.Type) -> Number {
    if isIdentity { return Number(o) }
    let half: Number = 0.5, last = Number(input - 1)
    /// Multiplied first: where both extents are stated, halves and whole numbers come out as such.
    func scaled(_ x: Number) -> Number { x * Number(ratio.input) / Number(ratio.output) }
    switch coordinates {
    case .halfPixel: return scaled(Number(o) + half) - half
    case .halfPixelSymmetric:
      let length = Number(ratio.output / ratio.input) * Number(input), margin = Number(input) / 2 * (1 - Number(output) / length)
      return Number(Double(margin) + (Double(o) + 0.5) / Double(Number(ratio.output / ratio.input)) - 0.5)
    case .pytorchHalfPixel: return output > 1 ? scaled(Number(o) + half) - half : 0
    case .alignCorners: return output > 1 ? Number(o) * last / (Number(length) - 1) : 0
    case .asymmetric: return scaled(Number(o))
    case .halfPixelForNearest: return scaled(Number(o) + half)
    case .cropAndResize:
      let start = Number(crop.start), end = Number(crop.end)
      return output > 1 ? start * last + Number(o) * (end - start) * last / (Number(length) - 1) : half * (start + end) * last
    }
  }

  /// Whether the extrapolation value stands at output position `o`.
  func isOutside(_ o: Int) -> Bool {
    let x = decisivePosition(o)
    return x < 0 || x > Double(input - 1)
  }

  /// The input position nearest to output position `o`.
  func nearest(_ o: Int, _ rounding: Resize.Rounding) -> Int {
    let x = decisivePosition(o)
    let rounded =
      switch rounding {
      case .preferFloor: o2m_ceil(x - 0.5)
      case .preferCeil: o2m_floor(x + 0.5)
      case .floor: o2m_floor(x)
      case .ceil: o2m_ceil(x)
      }
    return max(0, min(input - 1, Int(rounded)))
  }
}

extension Resize {
  /// How each axis is mapped, for what is known of the inputs.
  func plan(_ inputs: [InputFact?]) throws(OpFault) -> [ResizeAxis] {
    let x = try inputs.shape(0)
    let axes = try axes.isEmpty ? Array(0..<x.rank) : resolved(x)
    var plan = x.dims.map { ResizeAxis($0, coordinates) }
    if coordinates == .cropAndResize {
      // The fractions are bounded so that positions stay finite.
      guard let roi = try inputs.knownFloats(1), roi.count == 2 * axes.count, roi.allSatisfy({ $0.magnitude <= 1024 }) else {
        throw .unsupported(.roi)
      }
      for (index, axis) in axes.enumerated() { plan[axis].crop = (Double(roi[index]), Double(roi[axes.count + index])) }
    }
    let scales = try inputs.knownFloats(2).flatMap { $0.isEmpty ? nil : $0 }
    let sizes = try inputs.optionalInts(3)
    guard (scales == nil) != (sizes == nil) else {
      throw .elementCount(expected: axes.count, found: (scales?.count ?? 0) + (sizes?.count ?? 0))
    }
    if let scales {
      guard scales.count == axes.count else { throw .elementCount(expected: axes.count, found: scales.count) }
      for (index, axis) in axes.enumerated() {
        guard scales[index] > 0 else { throw .index(input: 2, found: index, limit: 0) }
        // ONNX's shape rule multiplies in float32, which decides where a product is nearly whole.
        let extent = (Float(x[axis]) * Float(plan[axis].crop.end - plan[axis].crop.start) * scales[index]).rounded(.down)
        guard extent >= 0, extent < 0x1p31 else { throw .overflow }
        plan[axis].ratio = (Double(scales[index]), 1)
        plan[axis].output = Int(extent)
        plan[axis].length =
          keepsFraction ? Double(x[axis]) * (plan[axis].crop.end - plan[axis].crop.start) * plan[axis].scale : Double(extent)
      }
    }
    if let sizes {
      guard sizes.count == axes.count else { throw .elementCount(expected: axes.count, found: sizes.count) }
      for (index, axis) in axes.enumerated() {
        guard sizes[index] >= 0, sizes[index] <= Int(Int32.max) else { throw .overflow }
        plan[axis].output = sizes[index]
        plan[axis].length = Double(sizes[index])
        plan[axis].ratio = x[axis] > 0 ? (Double(sizes[index]), Double(x[axis])) : (1, 1)
      }
      if aspectRatio != .stretch {
        let ratios = axes.map { plan[$0].ratio }
        func isSmaller(_ a: (output: Double, input: Double), _ b: (output: Double, input: Double)) -> Bool {
          a.output * b.input < b.output * a.input
        }
        let ratio = (aspectRatio == .notLarger ? ratios.min(by: isSmaller) : ratios.max(by: isSmaller)) ?? (1, 1)
        for axis in axes {
          plan[axis].ratio = ratio
          let length = Double(x[axis]) * ratio.output / ratio.input
          guard length < 0x1p31 else { throw .overflow }
          plan[axis].output = Int(o2m_floor(length + 0.5))
          plan[axis].length = keepsFraction ? length : Double(plan[axis].output)
        }
      }
    }
    for step in plan where antialiases && Double(step.output) / step.scale >= 0x1p24 { throw .overflow }
    for (axis, step) in plan.enumerated() where step.input == 0 && step.output > 0 { throw .emptyOutput(axis: axis, extent: step.output) }
    return plan
  }

  private func resolved(_ x: Shape) throws(OpFault) -> [Int] {
    var resolved: [Int] = []
    for axis in axes {
      let front = try x.resolve(axis)
      guard !resolved.contains(front) else { throw .axis(axis, rank: x.rank) }
      resolved.append(front)
    }
    return resolved
  }
}
