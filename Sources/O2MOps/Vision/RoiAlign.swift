import CO2MPlatform
import O2MTensor

/// Pooling of regions without rounding their edges: each is cut into `height` × `width` bins, and a bin is the mean or the largest of the
/// samples on a grid inside it, each interpolated between four elements.
///
/// - Spec: ONNX RoiAlign-22. -10 has no `half_pixel`, which moves a region by half an element. The largest is that of the four weighted
///   elements of every sample, as the specification's reference has it.
/// - Shapes: `x` float `[N, C, H, W]`, `rois` float `[R, 4]` as x1, y1, x2, y2, `batch` integer `[R]` → `y` `[R, C, height, width]`.
/// - Parity: means in float64, rounded once. A sample more than one element outside is 0.
/// - Errors: `.index` where `batch` names no picture, or a region is not finite or needs more than 2^16 samples per bin and axis.
public struct RoiAlign: OnnxOperator, Computation {
  public static let name: StaticString = "RoiAlign"
  public static let code = OpCode.roiAlign
  public static let versions = [10, 16, 22]
  public static let elements = ElementClass.floats

  public var height: Int
  public var width: Int
  /// Samples per bin along each axis; 0 for one per element.
  public var samples: Int
  /// Elements per unit of a region.
  public var scale: Float
  public var takesLargest: Bool
  public var halfPixel: Bool

  static let mostSamples = 1 << 16
  /// What `samples` may be: a bin takes their square.
  private static let mostGiven = 1 << 10

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(3...3)
    height = try node.int(.output_height, default: 1)
    width = try node.int(.output_width, default: 1)
    samples = try node.int(.sampling_ratio, default: 0)
    scale = try node.float(.spatial_scale, default: 1)
    switch try node.string(.mode) {
    case nil, "avg": takesLargest = false
    case "max": takesLargest = true
    default: throw .attribute(.mode, .unknownValue)
    }
    switch try node.string(.coordinate_transformation_mode) {
    case nil: halfPixel = node.opset >= 16
    case "half_pixel": halfPixel = true
    case "output_half_pixel": halfPixel = false
    default: throw .attribute(.coordinate_transformation_mode, .unknownValue)
    }
    guard height >= 1, height <= Window.limit else { throw .attribute(.output_height, .outOfRange) }
    guard width >= 1, width <= Window.limit else { throw .attribute(.output_width, .outOfRange) }
    guard samples >= 0, samples <= Self.mostGiven else { throw .attribute(.sampling_ratio, .outOfRange) }
    guard scale.isFinite else { throw .attribute(.spatial_scale, .outOfRange) }
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 2 ? inputs.indices(of: 0, axis: 0) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let x = try inputs.shape(0), batch = try inputs.shape(2, elements: .integers)
    let regions = try regionCount(inputs, x, columns: 4)
    guard batch.dims == [regions] else { throw .extent(input: 2, axis: 0, expected: regions, found: batch.dims.first ?? 1) }
    return [TensorType(element, try checked([regions, x[1], height, width]))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), rois = try inputs.tensor(1).doubles(), batch = try inputs.tensor(2).ints()
    let shape = try infer(inputs.facts)[0].knownShape()
    let values = x.doubles(), channels = shape[1], plane = x.shape[2] * x.shape[3]
    var y = [Double](repeating: 0, count: shape.count)
    for (r, n) in batch.enumerated() {
      guard n >= 0, n < x.shape[0] else { throw .index(input: 2, found: n, limit: x.shape[0]) }
      let columns = try BinSamples(rois[4 * r], rois[4 * r + 2], bins: width, extent: x.shape[3], self)
      let rows = try BinSamples(rois[4 * r + 1], rois[4 * r + 3], bins: height, extent: x.shape[2], self)
      for bin in 0..<height * width {
        let across = columns.samples(bin % width), down = rows.samples(bin / width)
        for c in 0..<channels {
          y[(r * channels + c) * height * width + bin] = value(values, (n * channels + c) * plane, down, across, width: x.shape[3])
        }
      }
    }
    return [Tensor(x.element, shape, rounding: y)]
  }

  /// The mean or the largest over the samples of a bin in the plane at `origin`.
  private func value(_ x: [Double], _ origin: Int, _ down: BinSamples.Bin, _ across: BinSamples.Bin, width: Int) -> Double {
    var sum = 0.0, largest: Double?
    for (low, high, t) in down.inside {
      let top = origin + low * width, bottom = origin + high * width
      for (left, right, s) in across.inside {
        let a = (1 - t) * (1 - s) * x[top + left], b = (1 - t) * s * x[top + right]
        let c = t * (1 - s) * x[bottom + left], d = t * s * x[bottom + right]
        sum += a + b + c + d
        let best = Swift.max(Swift.max(a, b), Swift.max(c, d))
        largest = largest.map { Swift.max($0, best) } ?? best
      }
    }
    guard takesLargest else { return sum / Double(Swift.max(1, down.count * across.count)) }
    // Samples outside are zeros.
    if down.inside.count < down.count || across.inside.count < across.count { largest = largest.map { Swift.max($0, 0) } }
    return largest ?? 0
  }

  public func encode(to record: inout RecordWriter) {
    record.put(height)
    record.put(width)
    record.put(samples)
    record.put(scale)
    record.put(takesLargest)
    record.put(halfPixel)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    height = try record.int(in: 1...Window.limit)
    width = try record.int(in: 1...Window.limit)
    samples = try record.int(in: 0...Self.mostGiven)
    scale = try record.float()
    takesLargest = try record.flag()
    halfPixel = try record.flag()
  }
}

/// Where the samples of a region's bins lie along one axis.
private struct BinSamples {
  struct Bin {
    /// The samples, those outside included.
    var count: Int
    /// The elements before and after every sample inside, and how far it lies past the first.
    var inside: [(low: Int, high: Int, t: Double)] = []
  }

  private let start, size: Double
  private let count, extent: Int

  init(_ from: Double, _ to: Double, bins: Int, extent: Int, _ op: RoiAlign) throws(OpFault) {
    let shift = op.halfPixel ? 0.5 : 0
    start = from * Double(op.scale) - shift
    var length = to * Double(op.scale) - shift - start
    // A malformed region counts as one element.
    if !op.halfPixel { length = max(length, 1) }
    size = length / Double(bins)
    guard start.isFinite, size.isFinite, size <= Double(RoiAlign.mostSamples) else {
      throw .index(input: 1, found: .max, limit: RoiAlign.mostSamples)
    }
    count = op.samples > 0 ? op.samples : Int(max(0, o2m_ceil(size)))
    self.extent = extent
  }

  func samples(_ bin: Int) -> Bin {
    var result = Bin(count: count)
    for sample in 0..<count {
      let position = start + (Double(bin) + (Double(sample) + 0.5) / Double(count)) * size
      guard position >= -1, position <= Double(extent), extent > 0 else { continue }
      let low = min(Int(max(position, 0)), extent - 1), high = min(low + 1, extent - 1)
      result.inside.append((low: low, high: high, t: high > low ? max(position, 0) - Double(low) : 0))
    }
    return result
  }
}

extension Operator {
  /// The number of regions that input 1 lists, `columns` numbers each, over pictures `x`.
  func regionCount(_ inputs: [InputFact?], _ x: Shape, columns: Int) throws(OpFault) -> Int {
    let element = try inputs.require(0).type.element, found = try inputs.require(1).type.element
    guard found == element else { throw .elementTypes(input: 1, found: found, expected: element) }
    let rois = try inputs.shape(1)
    guard x.rank == 4 else { throw .rank(input: 0, expected: 4...4, found: x.rank) }
    guard rois.rank == 2 else { throw .rank(input: 1, expected: 2...2, found: rois.rank) }
    guard rois[1] == columns else { throw .extent(input: 1, axis: 1, expected: columns, found: rois[1]) }
    return rois[0]
  }
}
