import O2MTensor

/// What a file says that is not so, and that no execution needs.
public enum ImportWarning: Equatable, Sendable {
  /// The file notes another shape than the one that follows from the inputs. The latter is the one that counts.
  case shape(value: String, isOutput: Bool, noted: TensorType, inferred: TensorType)
  /// One name stands for two extents of an input, so that it names none.
  case symbol(String, input: String, axis: Int, given: Int, before: Int)
}
