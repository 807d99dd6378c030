import O2MImport
import O2MParity

/// How one case ended.
public enum SuiteVerdict: Sendable {
  /// Every output holds. `pinned` inputs were made constants, because a shape or a branch depends on them.
  case passed(pinned: [String])
  /// It ran, and an output does not hold.
  case failed(SuiteFailure)
  /// The model or a value of it uses what is not supported.
  case unsupported(ConversionError)
  /// All of the model's inputs were made constants, so that a bundle would hold the outputs and compute nothing.
  case constant(pinned: [String])
}

/// Why a case does not hold.
public enum SuiteFailure: Sendable {
  /// There is no `test_data_set_K`.
  case noData
  case inputCount(expected: Int, found: Int)
  case outputCount(expected: Int, found: Int)
  /// A list where a tensor is stored, or the other way, or lists of two lengths.
  case kind(name: String)
  /// An output differs from the stored one by more than the tolerance.
  case output(Comparison)
  /// Strings are compared exactly.
  case strings(name: String, found: StringTensor, expected: StringTensor)
  case stopped(ConversionError)
}
