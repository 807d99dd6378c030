import O2MOps
import O2MTensor

/// How many elements a constant takes in the form in which a kernel wants it.
///
/// - Spec: Schemas/bundle.md, "Packing". `groups` is that of the convolution, 1 elsewhere.
public struct PackedSize: Equatable, Sendable {
  /// Elements of the blob, padding included.
  public var elements: Int
  /// Output channels with their padding: as many scales belong to int8 weights. 0 where there are none.
  public var channels: Int

  /// Columns of a panel.
  public static let panel = 16

  /// Nil where the shape or the element type does not suit the packing.
  public init?(_ packing: Packing, _ shape: Shape, groups: Int) {
    if packing != .plain && shape.count == 0 { return nil }
    switch packing {
    case .plain:
      self.init(elements: shape.count, channels: 0)
    case .convPanels:
      guard shape.rank >= 3, shape[0] % groups == 0 else { return nil }
      let channels = groups * Self.padded(shape[0] / groups)
      self.init(elements: channels * (shape.count / shape[0]), channels: channels)
    case .winogradPanels:
      guard shape.rank == 4, shape[2] == 3, shape[3] == 3 else { return nil }
      self.init(elements: Self.padded(shape[0]) * (shape.count / shape[0]), channels: Self.padded(shape[0]))
    case .depthwise:
      guard shape.rank >= 3, shape[1] == 1 else { return nil }
      let channels = Self.padded(shape[0])
      self.init(elements: channels * (shape.count / shape[0]), channels: channels)
    case .matrixPanels:
      guard shape.rank == 2 else { return nil }
      self.init(elements: Self.padded(shape[1]) * shape[0], channels: Self.padded(shape[1]))
    case .transposedPanels:
      guard shape.rank >= 2 else { return nil }
      let channels = shape.count / shape[shape.rank - 1] / shape[shape.rank - 2] * Self.padded(shape[shape.rank - 2])
      self.init(elements: channels * shape[shape.rank - 1], channels: channels)
    case .bias:
      guard shape.count % groups == 0 else { return nil }
      self.init(elements: groups * Self.padded(shape.count / groups), channels: 0)
    case .transposedConvPanels:
      guard shape.rank >= 3, shape[0] % groups == 0 else { return nil }
      let channels = Self.padded(shape[1])
      self.init(elements: channels * (shape.count / shape[1]), channels: groups * channels)
    }
  }

  private init(elements: Int, channels: Int) {
    self.elements = elements
    self.channels = channels
  }

  /// `count` rounded up to whole panels.
  public static func padded(_ count: Int) -> Int { (count + panel - 1) / panel * panel }
}

extension WeightPrecision {
  /// Bytes of one element of a constant of type `element`: `float32` means the constant's own type.
  public func size(of element: ElementType) -> Int {
    switch self {
    case .float32: element.size
    case .float16: 2
    case .int8: 1
    }
  }
}

extension Packing {
  /// Whether constants of this form may be stored as float16 or int8.
  public var isWeights: Bool { self != .plain && self != .bias }
}

extension Plan {
  /// How many groups the weights of a node are packed in, from the extents of its operands; 1 where they are not grouped.
  ///
  /// The operator's own `group` was compared with these extents by `infer`.
  public static func groups(_ packing: Packing, weights: Shape, input: Shape, output: Shape) -> Int {
    guard weights.rank >= 3, weights[1] > 0 else { return 1 }
    switch packing {
    case .convPanels: return input.rank >= 2 ? max(1, input[1] / weights[1]) : 1
    case .transposedConvPanels: return output.rank >= 2 ? max(1, output[1] / weights[1]) : 1
    default: return 1
    }
  }
}
