/// What a library can be without, beside operators and kernels.
public enum LibraryPart: String, CaseIterable, Sendable {
  /// Inputs of other extents than the manifest's.
  case shapes
  /// Extents that a run decides.
  case counted
  /// Branches and loops that a run decides.
  case bodies
  /// What one run leaves to the next.
  case state
  /// The self-test.
  case certificate
  /// Pictures as inputs, and the classes that are seen.
  case pictures
  case boxes, classMap
}
