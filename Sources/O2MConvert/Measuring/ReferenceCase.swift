import O2MGraph
import O2MTensor

/// Inputs, and what the model gives for them.
public struct ReferenceCase: Sendable {
  /// State among them is the model's own.
  public var inputs: [Tensor]
  public var outputs: [Tensor]
  /// Whether its state is what the case before left.
  public var goesOn = false

  public init(inputs: [Tensor], outputs: [Tensor]) {
    self.inputs = inputs
    self.outputs = outputs
  }
}

extension SampleInputs {
  /// Inputs that the reference takes, with its outputs.
  public mutating func reference(of evaluator: Evaluator, _ traits: [InputTraits]) throws(EvaluationError) -> ReferenceCase {
    try references(of: evaluator, traits, [tensors(for: evaluator.graph, traits)])[0]
  }

  /// The reference's outputs for `inputs`, side by side on all cores. Where it refuses numbers, simpler ones are drawn in their place.
  ///
  /// - Errors: that of the first draw, where it refuses the simplest numbers too.
  mutating func references(
    of evaluator: Evaluator, _ traits: [InputTraits], _ inputs: [[Tensor]]
  ) throws(EvaluationError) -> [ReferenceCase] {
    let results = concurrentMap(inputs.count) { index in Result { () throws(EvaluationError) in try evaluator.run(inputs[index]) } }
    var cases: [ReferenceCase] = []
    for (inputs, result) in zip(inputs, results) {
      switch result {
      case .success(let outputs): cases.append(ReferenceCase(inputs: inputs, outputs: outputs))
      case .failure(let error): cases.append(try simpler(evaluator, traits, instead: error))
      }
    }
    return cases
  }

  private mutating func simpler(
    _ evaluator: Evaluator, _ traits: [InputTraits], instead error: EvaluationError
  ) throws(EvaluationError) -> ReferenceCase {
    for narrowing in Narrowing.allCases {
      let inputs = tensors(for: evaluator.graph, traits, narrowing)
      if let outputs = try? evaluator.run(inputs) { return ReferenceCase(inputs: inputs, outputs: outputs) }
    }
    throw error
  }
}
