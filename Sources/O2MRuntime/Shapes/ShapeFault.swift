import O2MOps

/// Why a session cannot take input shapes: numbers without names, as in every `…Fault`. The session keeps the shapes that it had.
public enum ShapeFault: Error, Equatable, Sendable {
  /// So many shapes were given.
  case inputCount(found: Int, expected: Int)
  case rank(input: Int, found: Int, expected: Int)
  /// An extent that is not `minimum`, or a number of `step`s above it, up to `maximum`; all three are one number where the extent is fixed.
  case extent(input: Int, axis: Int, found: Int, minimum: Int, maximum: Int, step: Int)
  /// An extent that is another than one before, which has the same symbol.
  case unequal(input: Int, axis: Int, found: Int, symbol: Int, before: Int)
  /// The operator of this node refuses operands of the extents that follow.
  case node(Int, OpFault)
  /// The same for a node of those that shapes are computed with.
  case derivation(Int, OpFault)
  /// A value, or the arena, takes more than the limits allow.
  case bytes(Int, limit: Int)
  /// The plan does not serve these shapes.
  case plan(FormatFault)
  /// This input takes an output that has other extents than it.
  case state(input: Int, output: Int)
}
