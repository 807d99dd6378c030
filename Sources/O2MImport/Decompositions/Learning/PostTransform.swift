import O2MOps
import O2MTensor

/// What becomes of the scores of a learned model.
///
/// - Spec: ONNX ai.onnx.ml, `post_transform`.
enum PostTransform: Int {
  case none, softmax, logistic, softmaxZero, probit

  init(spelledOn node: some NodeSource) throws(OpFault) {
    switch try node.string(.post_transform) {
    case nil, "NONE": self = .none
    case "SOFTMAX": self = .softmax
    case "LOGISTIC": self = .logistic
    case "SOFTMAX_ZERO": self = .softmaxZero
    case "PROBIT": throw .unsupported(.probit)
    default: throw .attribute(.post_transform, .unknownValue)
    }
  }

  /// Of scores `[N, E]`.
  func apply(_ scores: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    switch self {
    case .none, .probit: return scores
    case .logistic: return try composer.emit("Sigmoid", [scores])
    case .softmax: return try composer.emit("Softmax", [scores], [.axis: .int(-1)])
    case .softmaxZero:
      // Zeros stay as they are.
      let element = composer.element(scores), zero = composer.scalar(0, element), axes = composer.ints([-1])
      let isZero = try composer.emit("Equal", [scores, zero])
      let distance = try composer.emit("Sub", [scores, try composer.emit("ReduceMax", [scores, axes])])
      let powers = try composer.emit("Where", [isZero, zero, try composer.emit("Exp", [distance])])
      let sum = try composer.emit("ReduceSum", [powers, axes])
      let divisor = try composer.emit("Where", [try composer.emit("Equal", [sum, zero]), composer.scalar(1, element), sum])
      return try composer.emit("Div", [powers, divisor])
    }
  }
}

/// The classes of a classifier.
struct ClassLabels {
  /// nil where they are strings, which no tensor of a bundle holds.
  let numbers: [Int]?
  let count: Int

  init(_ node: some NodeSource, numbers name: AttributeName) throws(OpFault) {
    let numbers = try node.ints(name), strings = try node.strings(.classlabels_strings)
    if let strings, !strings.isEmpty {
      self.numbers = nil
      count = strings.count
    } else if let numbers, !numbers.isEmpty {
      self.numbers = numbers
      count = numbers.count
    } else {
      throw .attribute(name, .missing)
    }
  }

  /// The labels at `places` `[N]`; nil where they are strings.
  func compose(_ places: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    guard let numbers else { return nil }
    return try composer.emit("Gather", [composer.ints(numbers), places], [.axis: .int(0)])
  }

  /// The labels of the largest of `scores` `[N, E]`.
  func compose(largestOf scores: ComposedValue, _ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    try compose(try composer.emit("ArgMax", [scores], [.axis: .int(1), .keepdims: .int(0)]), &composer)
  }

  /// The second of two labels where the only score `[N, 1]` is above `limit`.
  func compose(_ score: ComposedValue, above limit: Double, _ composer: inout Composer) throws(OpFault) -> ComposedValue? {
    let isAbove = try composer.emit("Greater", [score, composer.scalar(limit, composer.element(score))])
    return try compose(try composer.cast(try composer.emit("Squeeze", [isAbove, composer.ints([1])]), to: .int64), &composer)
  }
}

extension Composer {
  /// Two columns of the only score `[N, 1]`: the first is its complement to 1 or its negative, with the logistic function that of both.
  mutating func bothClasses(
    _ score: ComposedValue, complements: Bool, _ transform: PostTransform
  ) throws(OpFault) -> ComposedValue {
    let negative = try emit("Neg", [score])
    if transform == .logistic {
      return try emit("Sigmoid", [try emit("Concat", [negative, score], [.axis: .int(1)])])
    }
    let other = complements ? try emit("Sub", [scalar(1, element(score)), score]) : negative
    return try emit("Concat", [other, score], [.axis: .int(1)])
  }

  /// `x` as a float: integers as float32.
  mutating func asFloat(_ x: ComposedValue) throws(OpFault) -> ComposedValue { element(x).isFloat ? x : try cast(x, to: .float32) }
}
