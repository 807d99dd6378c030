import O2MTensor

/// A dense row-major array of strings.
///
/// Strings exist at import only: no graph and no bundle holds them, so that what reads or gives them is evaluated there.
public struct StringTensor: Sendable {
  public let shape: Shape
  public let values: [String]

  public init(_ shape: Shape, _ values: [String]) {
    precondition(values.count == shape.count)
    self.shape = shape
    self.values = values
  }

  public init(_ value: String) { self.init([], [value]) }

  public var type: TensorType { TensorType(.string, shape) }
}

/// Byte for byte: Swift's own `==` takes two spellings of an accented letter for one string, ONNX does not.
extension StringTensor: Equatable {
  public static func == (a: StringTensor, b: StringTensor) -> Bool {
    a.shape == b.shape && zip(a.values, b.values).allSatisfy { $0.isSame(as: $1) }
  }
}

extension String {
  /// Whether both have the same bytes.
  func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
