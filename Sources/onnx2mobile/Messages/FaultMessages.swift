import O2MGraph
import O2MOps
import O2MTensor

/// The wording of what operators find wrong with their operands.
package enum FaultMessages {
  /// `node 'pick' (Gather)`; in a bundle, which has no names of nodes, `node 3 (Gather, which gives 'y')`.
  package static func text(_ node: NodePlace) -> String {
    if let name = node.name { return "node '\(name)' (\(node.op.name))" }
    return "node \(node.number) (\(node.op.name)" + (node.output.map { ", which gives \(text($0))" } ?? "") + ")"
  }

  private static func text(_ tensor: NodePlace.Tensor) -> String { tensor.name.map { "'\($0)'" } ?? "value \(tensor.number)" }

  /// `float32 [1, 3, ?, ?]`.
  static func text(_ type: TensorType) -> String {
    "\(type.element.name) [\(type.dims.map { $0.value.map(String.init) ?? "?" }.joined(separator: ", "))]"
  }

  /// - Parameter node: where the fault is, so that its inputs have names.
  package static func text(_ fault: OpFault, at node: NodePlace? = nil) -> String {
    func input(_ index: Int) -> String {
      guard let inputs = node?.inputs, inputs.indices.contains(index), let tensor = inputs[index] else { return "input \(index)" }
      return "input \(index), \(text(tensor)),"
    }
    return text(fault, input)
  }

  private static func text(_ fault: OpFault, _ input: (Int) -> String) -> String {
    switch fault {
    case .attribute(let name, let what): "attribute '\(name.rawValue)' \(text(what))"
    case .inputCount(let expected, let found): "it has \(count(found, "input")), the operator takes \(text(expected))"
    case .outputCount(let expected, let found): "it has \(count(found, "output")), the operator gives \(text(expected))"
    case .missingInput(let index): "input \(index) is missing"
    case .elementType(let index, let found): "\(input(index)) is \(found.name), which the operator does not take"
    case .elementTypes(let index, let found, let expected): "\(input(index)) is \(found.name), input 0 is \(expected.name)"
    case .rank(let index, let expected, let found):
      "\(input(index)) has \(count(found, "axis", "axes")), the operator takes \(text(expected))"
    case .extent(let index, let axis, let expected, let found):
      "\(input(index)) has \(found) elements along axis \(axis), the other operands need \(expected)"
    case .broadcast(let axis, let left, let right): "\(left) and \(right) along axis \(axis) do not broadcast"
    case .axis(let axis, let rank): "axis \(axis) does not exist in a tensor of \(count(rank, "axis", "axes"))"
    case .index(let index, .max, let limit): "\(input(index)) holds a number that is not finite, or not below \(limit)"
    case .index(let index, let found, let limit): "\(input(index)) holds index \(found), indices end before \(limit)"
    case .elementCount(let expected, let found): "\(count(found, "element")) where \(expected) are needed"
    case .emptyOutput(let axis, let extent): "the window does not fit: axis \(axis) would have \(extent) elements"
    case .overflow: "the shape has more elements than can be counted"
    case .dataDependent(let index): "the output's shape or form depends on what input \(index) holds at run time"
    case .text(let index): "\(input(index)) holds a string that is no number"
    case .unsupported(let limit): text(limit)
    case .limit(let limit, let found, let allowed): LimitMessages.text(limit, found, allowed)
    }
  }

  /// Whether it is about what an input holds; types and shapes were inferred before the model runs.
  static func isOfValues(_ fault: OpFault) -> Bool {
    switch fault {
    case .axis, .index, .elementCount, .emptyOutput, .overflow, .dataDependent, .text: true
    case .attribute, .inputCount, .outputCount, .missingInput, .elementType, .elementTypes, .rank, .extent, .broadcast, .unsupported,
      .limit:
      false
    }
  }

  private static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? one : many ?? one + "s")"
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    return range.upperBound == .max ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }

  private static func text(_ fault: AttributeFault) -> String {
    switch fault {
    case .missing: "is missing"
    case .wrongType: "has another type than the operator's specification says"
    case .outOfRange: "is out of range"
    case .tooLarge(let found, let limit): "is \(found), at most \(limit) is taken"
    case .unknownValue: "has a value that the specification does not list"
    case .unsupported: "has a value that is not supported"
    case .count(let expected, let found): "has \(found == 1 ? "1 value" : "\(found) values"), \(expected) needed"
    }
  }

  private static func text(_ limit: Limit) -> String {
    switch limit {
    case .trainingMode: "training_mode is on, only inference is supported"
    case .spatialRank: "this number of spatial axes is not supported"
    case .resizeMode: "this mode of resizing is not supported"
    case .roi: "a region of interest is not supported here"
    case .dilatedColumns: "this dilation is not supported"
    case .castTarget: "a cast to this type is not supported"
    case .bodies: "this form of a body is not supported"
    case .sequence: "a list or an optional value where a tensor is needed"
    case .unknownOperator: "the operator is not supported"
    case .random: "it gives random numbers, which cannot be compared"
    case .gradient: "a gradient through this operator is not supported"
    case .probit: "the probit transform is not supported"
    case .groupIndices: "rows of weights in an order of their own (g_idx) are not supported"
    case .peepholes: "peepholes beside quantized weights are not supported"
    case .locale: "the letters of this locale are not supported"
    case .elementType: "this element type is not supported"
    case .leftOut: "this build of the runtime was made without it"
    }
  }
}
