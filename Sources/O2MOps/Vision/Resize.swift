import O2MTensor

/// Resampling: every output position reads a few input positions along each axis, weighted.
///
///     y[o…] = Σ_{taps} x[i…] · ∏ w        one tap for nearest, two for linear, four for cubic, on each axis by itself
///
/// `ResizeAxis` has the positions, `ResizeTaps` the weights; with antialiasing an axis that shrinks has 1 / scale times as many taps.
///
/// - Spec: ONNX Resize-19, with -11's `tf_half_pixel_for_nn`. Resize-10 and Upsample are rewritten by the importer. Where a scale gives a
///   length with a fraction, `align_corners` and cropping use the whole output, as PyTorch and ONNX Runtime do; ONNX's Python reference
///   for -19 keeps the fraction.
/// - Shapes: `x` number `[D…]`; `roi` float `[2·A]`, `scales` float `[A]`, `sizes` integer `[A]`, known at conversion, empty or absent
///   where not used; A is the number of `axes`, or the rank → `y` `[⌊D · scale⌋…]` or `sizes`.
/// - Parity: nearest is exact; linear and cubic are sums of at most 4 terms per axis, or of 4 / scale with antialiasing.
/// - Errors: `.elementCount` unless exactly one of scales and sizes suits the axes; `.unsupported(.roi)` where `tf_crop_and_resize` has
///   none; `.index` for a scale that is not positive; `.overflow` where antialiasing needs more than 2^26 taps.
public struct Resize: OnnxOperator, Computation {
  public static let name: StaticString = "Resize"
  public static let code = OpCode.resize
  public static let versions = [10, 11, 13, 18, 19]
  public static let elements = ElementClass.numbers

  public enum Mode: UInt8, CaseIterable, Sendable { case nearest, linear, cubic }
  public enum Coordinates: UInt8, CaseIterable, Sendable {
    case halfPixel, halfPixelSymmetric, pytorchHalfPixel, alignCorners, asymmetric, cropAndResize, halfPixelForNearest
  }
  public enum Rounding: UInt8, CaseIterable, Sendable { case preferFloor, preferCeil, floor, ceil }
  /// What `sizes` means: the extents themselves, or a box that the result keeps inside or covers with its aspect ratio.
  public enum AspectRatio: UInt8, CaseIterable, Sendable { case stretch, notLarger, notSmaller }

  public var mode: Mode
  public var coordinates: Coordinates
  public var rounding: Rounding
  public var aspectRatio: AspectRatio
  public var cubicCoefficient: Float
  public var excludesOutside: Bool
  /// Whether linear and cubic filters widen where an axis shrinks. Nearest has no filter.
  public var antialiases: Bool
  /// Whether an output length that comes from a scale keeps its fraction. Only bundles of format 1.2 and before ask for it.
  public var keepsFraction: Bool
  public var extrapolation: Float
  /// Empty stands for all axes.
  public var axes: [Int]

  public init(mode: Mode = .nearest, coordinates: Coordinates = .halfPixel, rounding: Rounding = .preferFloor) {
    self.mode = mode
    self.coordinates = coordinates
    self.rounding = rounding
    aspectRatio = .stretch
    cubicCoefficient = -0.75
    excludesOutside = false
    antialiases = false
    keepsFraction = false
    extrapolation = 0
    axes = []
  }

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...4)
    self.init()
    switch try node.string(.mode) {
    case nil, "nearest": mode = .nearest
    case "linear": mode = .linear
    case "cubic": mode = .cubic
    default: throw .attribute(.mode, .unknownValue)
    }
    switch try node.string(.coordinate_transformation_mode) {
    case nil, "half_pixel": coordinates = .halfPixel
    case "half_pixel_symmetric": coordinates = .halfPixelSymmetric
    case "pytorch_half_pixel": coordinates = .pytorchHalfPixel
    case "align_corners": coordinates = .alignCorners
    case "asymmetric": coordinates = .asymmetric
    case "tf_crop_and_resize": coordinates = .cropAndResize
    case "tf_half_pixel_for_nn": coordinates = .halfPixelForNearest
    default: throw .attribute(.coordinate_transformation_mode, .unknownValue)
    }
    switch try node.string(.nearest_mode) {
    case nil, "round_prefer_floor": rounding = .preferFloor
    case "round_prefer_ceil": rounding = .preferCeil
    case "floor": rounding = .floor
    case "ceil": rounding = .ceil
    default: throw .attribute(.nearest_mode, .unknownValue)
    }
    switch try node.string(.keep_aspect_ratio_policy) {
    case nil, "stretch": aspectRatio = .stretch
    case "not_larger": aspectRatio = .notLarger
    case "not_smaller": aspectRatio = .notSmaller
    default: throw .attribute(.keep_aspect_ratio_policy, .unknownValue)
    }
    cubicCoefficient = try node.float(.cubic_coeff_a, default: -0.75)
    excludesOutside = try node.flag(.exclude_outside, default: false)
    extrapolation = try node.float(.extrapolation_value, default: 0)
    axes = try node.ints(.axes) ?? []
    antialiases = try node.flag(.antialias, default: false)
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0, elements: Self.elements).type
    let plan = try plan(inputs)
    return [TensorType(x.element, try checked(plan.map { $0.output }))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0)
    let plan = try plan(inputs.facts)
    let shape = Shape(plan.map { $0.output })
    if mode == .nearest, coordinates != .cropAndResize { return [nearest(x, plan, to: shape)] }
    var values = x.doubles()
    var extents = x.shape.dims
    for (axis, step) in plan.enumerated() where !step.isIdentity {
      values = resample(values, extents, axis: axis, taps: taps(step))
      extents[axis] = step.output
    }
    for (axis, step) in plan.enumerated() where coordinates == .cropAndResize {
      let inner = shape.dims[(axis + 1)...].reduce(1, *)
      let outside = (0..<step.output).map { step.isOutside($0) }
      for index in values.indices where outside[index / inner % step.output] { values[index] = Double(extrapolation) }
    }
    return [Tensor(x.element, shape, rounding: values)]
  }

  /// Picks bytes, so that every element type keeps its value.
  private func nearest(_ x: Tensor, _ plan: [ResizeAxis], to shape: Shape) -> Tensor {
    let strides = x.shape.strides
    var source = [0]
    for (axis, step) in plan.enumerated() {
      let offsets = (0..<step.output).map { step.nearest($0, rounding) * strides[axis] }
      source = source.flatMap { base in offsets.map { base + $0 } }
    }
    return x.gathered(shape, source: source)
  }

  /// One axis replaced by weighted sums along it.
  private func resample(_ x: [Double], _ extents: [Int], axis: Int, taps: ResizeTaps) -> [Double] {
    let inner = extents[(axis + 1)...].reduce(1, *), outer = extents[..<axis].reduce(1, *)
    var y = [Double](repeating: 0, count: outer * taps.output * inner)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        for line in 0..<outer * taps.output {
          let before = line / taps.output, position = line % taps.output
          for tap in position * taps.width..<(position + 1) * taps.width {
            let weight = taps.weights[tap], from = (before * extents[axis] + taps.indices[tap]) * inner
            for after in 0..<inner { y[line * inner + after] += weight * x[from + after] }
          }
        }
      }
    }
    return y
  }

  public func encode(to record: inout RecordWriter) {
    record.put(mode.rawValue)
    record.put(coordinates.rawValue)
    record.put(rounding.rawValue)
    record.put(aspectRatio.rawValue)
    record.put(cubicCoefficient)
    // One byte, which was `excludesOutside` alone in format 1.0 and 1.1.
    record.put(UInt8((excludesOutside ? 1 : 0) + (antialiases ? 2 : 0) + (keepsFraction ? 4 : 0)))
    record.put(extrapolation)
    record.put(axes)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    mode = Mode.allCases[try record.choice(Mode.allCases.count)]
    coordinates = Coordinates.allCases[try record.choice(Coordinates.allCases.count)]
    rounding = Rounding.allCases[try record.choice(Rounding.allCases.count)]
    aspectRatio = AspectRatio.allCases[try record.choice(AspectRatio.allCases.count)]
    cubicCoefficient = try record.float()
    let flags = try record.choice(8)
    excludesOutside = flags & 1 != 0
    antialiases = flags & 2 != 0
    keepsFraction = flags & 4 != 0
    extrapolation = try record.float()
    axes = try record.ints()
  }
}
