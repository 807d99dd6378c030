import O2MGraph
import O2MParity
import O2MRuntime
import O2MTensor

/// The state of a model beside the bundle: what its inputs are before the first chunk, and what they are after another.
public struct CarriedState: Sendable {
  public let links: StateLinks
  /// Before the first run, by input.
  private let initial: [Int: Tensor]

  /// - Parameter graph: the model at the extents that the chunks have.
  public init(_ links: StateLinks, of graph: Graph) {
    self.links = links
    var initial: [Int: Tensor] = [:]
    for link in links.links {
      let type = graph[graph.inputs[link.input]].type, shape = type.shape ?? []
      let bytes = link.initial ?? [UInt8](repeating: 0, count: shape.count * type.element.size)
      initial[link.input] = Tensor(type.element, shape, bytes: bytes)
    }
    self.initial = initial
  }

  public var isEmpty: Bool { links.links.isEmpty }

  func isState(_ input: Int) -> Bool { initial[input] != nil }

  /// What stands in an input before the first run; nil where it is no state.
  func initial(_ input: Int) -> Tensor? { initial[input] }

  /// `inputs` with the state of a first chunk, as far as `stored` does not say another.
  func beginning(_ inputs: [Tensor], stored: [Int: Tensor] = [:]) -> [Tensor] {
    inputs.enumerated().map { index, tensor in stored[index] ?? initial[index] ?? tensor }
  }

  /// `inputs` with the state that a run left which gave `outputs`.
  func carried(_ inputs: [Tensor], from outputs: [Tensor]) -> [Tensor] {
    var inputs = inputs
    for link in links.links { inputs[link.input] = outputs[link.output] }
    return inputs
  }

  /// What `run` gives for each case, in their order: one that goes on has what `run` itself gave before it.
  func outputs<Failure: Error>(of cases: [ReferenceCase], _ run: ([Tensor]) throws(Failure) -> [Tensor]) throws(Failure) -> [[Tensor]] {
    var all: [[Tensor]] = []
    for item in cases {
      let inputs = if item.goesOn, let last = all.last { carried(item.inputs, from: last) } else { item.inputs }
      all.append(try run(inputs))
    }
    return all
  }

  /// A chunk of the user's behind `last`.
  ///
  /// A chunk that stores its state goes on where that is what the chunk before left, and else begins anew: sets of their own in one folder
  /// are no sequence.
  func reference(
    _ item: GivenCase, after last: ReferenceCase?, _ run: ([Tensor]) throws(EvaluationError) -> [Tensor]
  ) throws(EvaluationError) -> ReferenceCase {
    var chunk = ReferenceCase(inputs: beginning(item.inputs, stored: item.state), outputs: [])
    if item.follows, !isEmpty, let last, goesOn(item.state, from: last.outputs) {
      chunk.inputs = carried(item.inputs, from: last.outputs)
      chunk.goesOn = true
    }
    chunk.outputs = if let stored = item.outputs { stored } else { try run(chunk.inputs) }
    return chunk
  }

  private func goesOn(_ stored: [Int: Tensor], from outputs: [Tensor]) -> Bool {
    links.links.allSatisfy { link in
      guard let state = stored[link.input] else { return true }
      let left = outputs[link.output]
      guard state.type == left.type else { return false }
      guard state.bytes != left.bytes else { return true }
      return state.element.isFloat && SignalToNoise(state, reference: left).sqnr >= Self.sameDecibels
    }
  }

  /// Recorded by another runtime, state is nearer than this; another stream's is not.
  private static let sameDecibels = 40.0
}

extension SampleInputs {
  /// A sequence of `count` drawn chunks, and what the model gives for them. Where the reference refuses numbers, simpler ones are drawn.
  mutating func sequence(
    of evaluator: Evaluator, _ traits: [InputTraits], _ count: Int, _ state: CarriedState
  ) throws(EvaluationError) -> [ReferenceCase] {
    var cases: [ReferenceCase] = []
    while cases.count < count {
      var first: EvaluationError?, found: ReferenceCase?
      for narrowing in Narrowing.allCases where found == nil {
        let drawn = GivenCase(inputs: tensors(for: evaluator.graph, traits, narrowing), follows: true)
        do throws(EvaluationError) {
          found = try state.reference(drawn, after: cases.last) { (inputs) throws(EvaluationError) in try evaluator.run(inputs) }
        } catch {
          first = first ?? error
        }
      }
      guard let found else {
        if let first { throw first }
        return cases
      }
      cases.append(found)
    }
    return cases
  }
}
