import CO2MPlatform
import O2MTensor

/// How Resize maps the positions of one axis.
struct ResizeAxis: Equatable, Sendable {
  var input: Int
  var output: Int
  /// Output positions per input position.
  var scale: Double
  var coordinates: Resize.Coordinates
  /// The output's extent before it was rounded down.
  var length: Double
  /// Where the crop begins and ends, as fractions of the axis.
  var crop = (start: 0.0, end: 1.0)

  init(input: Int, output: Int, scale: Double, coordinates: Resize.Coordinates) {
    self.input = input
    self.output = output
    self.scale = scale
    self.coordinates = coordinates
    length = Double(output)
  }

  static func == (a: ResizeAxis, b: ResizeAxis) -> Bool {
    a.input == b.input && a.output == b.output && a.scale == b.scale && a.coordinates == b.coordinates
      && a.length == b.length && a.crop == b.crop
  }

  /// Whether every output position is the input position of the same number.
  var isIdentity: Bool { input == output && scale == 1 && crop == (0, 1) && coordinates != .halfPixelForNearest }

  /// Output position `o` in input positions.
  ///
  /// - Spec: ONNX Resize-19, `coordinate_transformation_mode`.
  func position(_ o: Int) -> Double {
    let o = Double(o), d = Double(input)
    switch coordinates {
    case .halfPixel: return (o + 0.5) / scale - 0.5
    case .halfPixelSymmetric: return d / 2 * (1 - Double(output) / (scale * d)) + (o + 0.5) / scale - 0.5
    case .pytorchHalfPixel: return output > 1 ? (o + 0.5) / scale - 0.5 : 0
    case .alignCorners: return output > 1 ? o * (d - 1) / (length - 1) : 0
    case .asymmetric: return o / scale
    case .halfPixelForNearest: return (o + 0.5) / scale
    case .cropAndResize:
      return output > 1
        ? crop.start * (d - 1) + o * (crop.end - crop.start) * (d - 1) / (length - 1) : 0.5 * (crop.start + crop.end) * (d - 1)
    }
  }

  /// Whether the extrapolation value stands at output position `o`.
  func isOutside(_ o: Int) -> Bool {
    let x = position(o)
    return x < 0 || x > Double(input - 1)
  }

  /// The input position nearest to output position `o`.
  func nearest(_ o: Int, _ rounding: Resize.Rounding) -> Int {
    let x = position(o)
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
    var plan = x.dims.map { ResizeAxis(input: $0, output: $0, scale: 1, coordinates: coordinates) }
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
        plan[axis].scale = Double(scales[index])
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
        plan[axis].scale = x[axis] > 0 ? Double(sizes[index]) / Double(x[axis]) : 1
      }
      if aspectRatio != .stretch {
        let ratios = axes.map { plan[$0].scale }
        let scale = (aspectRatio == .notLarger ? ratios.min() : ratios.max()) ?? 1
        for axis in axes {
          plan[axis].scale = scale
          let length = scale * Double(x[axis])
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
