import O2MTensor

/// Why an operator cannot be what the model says, or refuses what its inputs hold.
///
/// A `…Fault` is a fact about a file or a caller's value, as numbers and without names; an `…Error` is what an operation of the host
/// throws, and holds the fault with its place. The wording of both is the command line's.
public enum OpFault: Error, Equatable, Sendable {
  case attribute(AttributeName, AttributeFault)
  case inputCount(expected: ClosedRange<Int>, found: Int)
  case outputCount(expected: ClosedRange<Int>, found: Int)
  case missingInput(Int)
  case elementType(input: Int, found: ElementType)
  /// Two operands that must have one element type.
  case elementTypes(input: Int, found: ElementType, expected: ElementType)
  case rank(input: Int, expected: ClosedRange<Int>, found: Int)
  /// The extent of `input` along `axis` contradicts another operand.
  case extent(input: Int, axis: Int, expected: Int, found: Int)
  case broadcast(axis: Int, left: Int, right: Int)
  case axis(Int, rank: Int)
  case index(input: Int, found: Int, limit: Int)
  /// A reshape, split or tile whose element counts disagree.
  case elementCount(expected: Int, found: Int)
  /// The window is larger than the padded input.
  case emptyOutput(axis: Int, extent: Int)
  /// The product of the extents does not fit, or is more than a value may have.
  case overflow
  /// An output extent depends on what `input` holds when the model runs.
  case dataDependent(input: Int)
  /// A string that is no number.
  case text(input: Int)
  case unsupported(Limit)
  /// The model asks for more than it is given.
  case limit(ResourceLimit, found: Int, limit: Int)
}

extension OpFault {
  /// Whether the model is sound but asks for what is not built.
  public var isUnsupported: Bool {
    switch self {
    case .unsupported, .dataDependent, .attribute(_, .unsupported), .limit: true
    default: false
    }
  }
}

/// What an attribute does wrong.
public enum AttributeFault: Equatable, Sendable {
  case missing, wrongType, outOfRange, unknownValue
  /// A value that the specification allows and that is not built.
  case unsupported
  case count(expected: Int, found: Int)
  /// A number whose size nothing can have.
  case tooLarge(found: Int, limit: Int)
}

/// Forms of known operators that are refused by name.
public enum Limit: Equatable, Sendable {
  case trainingMode, spatialRank, resizeMode, roi, dilatedColumns, castTarget, bodies, elementType
  case sequence, unknownOperator
  /// What this build of the runtime was made without.
  case leftOut
  case random, gradient, locale, probit, groupIndices, peepholes
}
