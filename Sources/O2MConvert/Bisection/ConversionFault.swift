import O2MGraph

/// The first thing in a conversion that is not what it was before.
public struct ConversionFault: Sendable {
  public enum Stage: String, CaseIterable, Sendable {
    /// A rewrite of the graph.
    case passes
    /// The graph as the bundle lists it.
    case lowering
    /// The constants as the bundle stores them.
    case weights
    /// Where values lie while steps run.
    case planning
    /// What computes a step.
    case kernels
  }

  /// How far the numbers are apart.
  public struct Difference: Sendable {
    public var maxAbs: Double
    /// What rounding explains at the element that is furthest off.
    public var allowed: Double
  }

  public var stage: Stage
  /// The pass; nil behind the passes.
  public var pass: String?
  /// Which of all rewrites it is, from 1; nil behind the passes.
  public var number: Int?
  /// As the graph calls it at that stage.
  public var node: String
  public var op: String
  /// The first tensor of the model that is wrong, or of which a wrong constant is read.
  public var tensor: String
  /// nil but for kernels.
  public var kernel: String?
  /// nil where the stage refuses its own result.
  public var difference: Difference?
  /// The tensors of the model that the wrong part computes, and those that it computes them from.
  var makes: [String] = []
  var reads: [String] = []
  /// Those of what is read that must be computed too where nothing else leads to them, such as what takes the place of its twin.
  var beside: [String] = []
  /// On which of the cases it shows.
  var caseIndex = 0

  /// Whether both are likely to have one cause.
  func isLike(_ other: ConversionFault) -> Bool {
    stage == other.stage && pass == other.pass && (stage == .passes || op == other.op && kernel == other.kernel)
      && (difference == nil) == (other.difference == nil)
  }

  /// The tensors of the model that these values equal; of those that equal none, the ones that `next` leads to.
  static func originals<Value: Hashable>(
    of values: [Value], _ origins: (Value) -> [String], _ next: (Value) -> [Value]
  ) -> [String] {
    var names: [String] = [], open = values, seen = Set(values)
    while let value = open.popLast() {
      let found = origins(value)
      names += found
      if found.isEmpty { open += next(value).filter { seen.insert($0).inserted } }
    }
    return names
  }
}
