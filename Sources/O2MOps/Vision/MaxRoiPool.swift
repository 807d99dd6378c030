import CO2MPlatform
import O2MTensor

/// Largest element of every bin of a region: `height` × `width` bins with edges rounded outwards, which may share elements.
///
/// - Spec: ONNX MaxRoiPool-22; R. Girshick, "Fast R-CNN", 2015, section 2.1.
/// - Shapes: `x` float `[N, C, H, W]`, `rois` `[R, 5]` of the same type as batch, x1, y1, x2, y2, both ends inside → `y`
///   `[R, C, height, width]`.
/// - Parity: exact. A bin outside the picture gives 0.
/// - Errors: `.index` where a region names no picture or is not finite.
public struct MaxRoiPool: OnnxOperator, Computation {
  public static let name: StaticString = "MaxRoiPool"
  public static let code = OpCode.maxRoiPool
  public static let versions = [1, 22]
  public static let elements = ElementClass.floats

  public var height: Int
  public var width: Int
  /// Elements per unit of a region.
  public var scale: Float

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...2)
    let pooled = try node.requireInts(.pooled_shape)
    guard pooled.count == 2 else { throw .attribute(.pooled_shape, .count(expected: 2, found: pooled.count)) }
    guard pooled.allSatisfy({ $0 >= 1 && $0 <= Window.limit }) else { throw .attribute(.pooled_shape, .outOfRange) }
    (height, width) = (pooled[0], pooled[1])
    scale = try node.float(.spatial_scale, default: 1)
    guard scale.isFinite else { throw .attribute(.spatial_scale, .outOfRange) }
  }

  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? {
    index == 1 ? inputs.indices(of: 0, axis: 0) : nil
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let element = try inputs.require(0, elements: Self.elements).type.element
    let x = try inputs.shape(0)
    return [TensorType(element, try checked([try regionCount(inputs, x, columns: 5), x[1], height, width]))]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let x = try inputs.tensor(0), rois = try inputs.tensor(1).doubles()
    let shape = try infer(inputs.facts)[0].knownShape()
    let values = x.doubles(), channels = shape[1]
    var y = [Double](repeating: 0, count: shape.count)
    for r in 0..<shape[0] {
      let region = rois[5 * r..<5 * r + 5].map { $0 }
      guard region.allSatisfy({ $0.magnitude < 0x1p31 }), region[0] >= 0, region[0] < Double(x.shape[0]) else {
        throw .index(input: 1, found: region[0].magnitude < 0x1p31 ? Int(region[0]) : .max, limit: x.shape[0])
      }
      let columns = bins(region[1], region[3], width, extent: x.shape[3])
      let rows = bins(region[2], region[4], height, extent: x.shape[2])
      for c in 0..<channels {
        let origin = (Int(region[0]) * channels + c) * x.shape[2] * x.shape[3]
        for bin in 0..<height * width {
          var largest: Double?
          for row in rows[bin / width] {
            for column in columns[bin % width] {
              let value = values[origin + row * x.shape[3] + column]
              largest = largest.map { Max.combine($0, value) } ?? value
            }
          }
          y[(r * channels + c) * height * width + bin] = largest ?? 0
        }
      }
    }
    return [Tensor(x.element, shape, rounding: y)]
  }

  /// The elements of each bin along one axis.
  private func bins(_ from: Double, _ to: Double, _ count: Int, extent: Int) -> [Range<Int>] {
    let first = rounded(from * Double(scale)), last = rounded(to * Double(scale))
    let size = max(last - first + 1, 1) / Double(count), end = Double(extent)
    return (0..<count).map { bin in
      let low = max(0, min(end, first + o2m_floor(Double(bin) * size))), high = max(0, min(end, first + o2m_ceil(Double(bin + 1) * size)))
      return Int(low)..<Int(max(low, high))
    }
  }

  /// To the nearest integer, halves away from zero.
  private func rounded(_ x: Double) -> Double { x < 0 ? o2m_ceil(x - 0.5) : o2m_floor(x + 0.5) }

  public func encode(to record: inout RecordWriter) {
    record.put(height)
    record.put(width)
    record.put(scale)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    height = try record.int(in: 1...Window.limit)
    width = try record.int(in: 1...Window.limit)
    scale = try record.float()
  }
}
