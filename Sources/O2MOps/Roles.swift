import O2MTensor

// What operators tell those who import, rewrite and count. `Operator` asks for all of it without a default; one protocol for each kind
// of operator answers for its members, and an operator with more to say says it itself.

/// What an operator does with the elements of its inputs.
public enum Dataflow: Equatable, Sendable {
  /// It forms values from several elements.
  case computes
  /// It forms each element of the output from those at its own place.
  case elementwise
  /// It puts elements of these inputs elsewhere, without looking at them.
  case moves([Int])
  /// The same with all inputs.
  case movesAll
  /// It tells the extents of its input.
  case measures

  /// Whether the output consists of elements of input `index`, among others.
  public func moves(_ index: Int) -> Bool {
    switch self {
    case .movesAll: true
    case .moves(let inputs): inputs.contains(index)
    case .computes, .elementwise, .measures: false
    }
  }
}

/// Where the elements of the outputs lie in the inputs. Axes may be negative, as attributes have them.
public enum ElementView: Equatable, Sendable {
  /// The first output is the first input.
  case identity
  /// The first input's elements in their order under another shape.
  case reshaped
  /// The first input's elements repeated along some axes.
  case repeated
  /// Axis `k` of the output is axis `order[k]` of the input.
  case permuted([Int])
  /// Parts of some axes of the input; nil where they are not known.
  case cut([AxisCut]?)
  /// The input with elements before and after each axis; nil where it is not known how many.
  case padded(before: [Int], after: [Int])
  /// The outputs are the first input's elements along an axis, one output after the other; nil lengths are not known.
  case split(axis: Int, lengths: [Int]?)
  /// The output is the inputs along an axis, one after the other.
  case joined(axis: Int)
  /// One index of an axis, which stays with extent 1 or goes.
  case picked(axis: Int, index: Int, keepsAxis: Bool)
  /// The channels of some groups dealt out in turn.
  case shuffled(groups: Int)
  /// In some other way.
  case other
}

/// Every `step`-th element of `axis` from `from` on, `count` of them.
public struct AxisCut: Equatable, Sendable {
  public var axis: Int
  public var from: Int
  public var count: Int
  public var step: Int
}

/// What a rewrite can make of an operator.
public enum Role {
  case other
  /// What layers can apply to their sums.
  case activation(Activation)
  /// An activation with numbers that layers do not take, and why.
  case unfusable(StaticString)
  case arithmetic(Arithmetic)
  /// The same values in another element type.
  case conversion
  case linear(LinearForm)
  case pooling(PaddedWindow)
}

/// Arithmetic of two numbers.
public enum Arithmetic: Sendable { case add, subtract, multiply, divide, power }

/// An operator as `y[m] = act(alpha · Σ x·W[m] + beta · b[m] + r[m])` over output channels m; x, W, b and r are its inputs in this order.
public struct LinearForm {
  /// nil where the weights are not one matrix of known extents.
  public var channels: Int?
  /// The axis of the output along which the channels lie.
  public var channelAxis: Int
  /// The order of the weights.
  public var order: ChannelOrder
  public var activation: Activation
  public var alpha = 1.0
  public var beta = 1.0
  /// The window, where its padding may grow.
  public var window: PaddedWindow?
  /// The operator with another activation.
  public var with: (Activation) -> Op
  /// The operator with an alpha and beta of 1.
  public var unscaled: Op
}

/// Where the weights of each output channel lie: `run` of them together, those of all channels of a group again and again over `span`.
public struct ChannelOrder {
  public var run: Int
  public var perGroup: Int
  public var span: Int

  /// The channel that the weight at a flat index belongs to.
  public func channel(of index: Int) -> Int { index / span * perGroup + index / run % perGroup }
}

/// A window that reads zeros outside of its input.
public struct PaddedWindow {
  public var window: Window
  /// The operator with another window.
  public var with: (Window) -> Op
}

extension Role {
  /// The window whose padding may grow.
  public var window: PaddedWindow? {
    switch self {
    case .linear(let form): form.window
    case .pooling(let window): window
    case .other, .activation, .unfusable, .arithmetic, .conversion: nil
    }
  }
}

/// An operator that forms values without products of weights or matrices.
public protocol ValueOperator: Operator {}

extension ValueOperator {
  public func view(_ inputs: [InputFact?]) -> ElementView? { nil }
  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? { nil }
  public func role(_ inputs: [InputFact?]) -> Role { .other }
  public func macs(_ inputs: [Shape?], output: Shape) -> Int { 0 }
}

/// An operator that forms values from several elements.
public protocol Computation: ValueOperator {}

extension Computation {
  public static var dataflow: Dataflow { .computes }
}

/// An operator that forms each element from those at its own place.
public protocol ElementwiseOperator: ValueOperator {}

extension ElementwiseOperator {
  public static var dataflow: Dataflow { .elementwise }
}

/// An operator that tells the extents of its input.
public protocol ExtentQuery: ValueOperator {}

extension ExtentQuery {
  public static var dataflow: Dataflow { .measures }
}

/// An operator that only puts elements elsewhere; it says where they come from.
public protocol ElementMovement: Operator {}

extension ElementMovement {
  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? { nil }
  public func role(_ inputs: [InputFact?]) -> Role { .other }
  public func macs(_ inputs: [Shape?], output: Shape) -> Int { 0 }
}

/// An operator that puts elements where the values of other inputs say; it tells which values it accepts there.
public protocol IndexedMovement: Operator {}

extension IndexedMovement {
  public func role(_ inputs: [InputFact?]) -> Role { .other }
  public func macs(_ inputs: [Shape?], output: Shape) -> Int { 0 }
  public func view(_ inputs: [InputFact?]) -> ElementView? { .other }
}

/// An operator that multiplies by weights or matrices; it says how often.
public protocol ProductOperator: Operator {}

extension ProductOperator {
  public static var dataflow: Dataflow { .computes }
  public func accepted(_ index: Int, _ inputs: [InputFact?]) -> ClosedRange<Int>? { nil }
  public func view(_ inputs: [InputFact?]) -> ElementView? { nil }
  public func role(_ inputs: [InputFact?]) -> Role { .other }
}

/// A product operator that can take what follows it into its weights, bias, activation and residual.
public protocol LinearOperator: ProductOperator {
  /// Its form for weights of this shape.
  func linear(_ weights: Shape?) -> LinearForm
}

extension LinearOperator {
  public func role(_ inputs: [InputFact?]) -> Role { .linear(linear(inputs.count > 1 ? inputs[1]?.type.shape : nil)) }
}

extension [Shape?] {
  /// The weights of the convolution weights at `index` that go into one element of the output.
  func weightsPerOutput(_ index: Int) -> Int { index < count ? self[index]?.dims.dropFirst().reduce(1, *) ?? 0 : 0 }
}

extension Op {
  /// How an operator puts runs of channels side by side, or takes them apart; nil for other operators, other axes and ranks below 3.
  ///
  /// The device asks for this alone of what `view` tells, so it does not carry the views of all operators; a test holds it to them.
  public func channelConcat(rank: Int) -> ChannelConcat? {
    guard rank >= 3 else { return nil }
    switch self {
    case .concat(let op): return op.axis == 1 || op.axis == 1 - rank ? .concat : nil
    case .split(let op): return op.axis == 1 || op.axis == 1 - rank ? .split : nil
    default: return nil
    }
  }
}

/// Where the runs lie channels last in the buffer of the whole, nothing is left to do.
public enum ChannelConcat: Sendable {
  /// The output is the inputs' channels, one input after the other.
  case concat
  /// Input 0 is the outputs' channels, one output after the other.
  case split
}
