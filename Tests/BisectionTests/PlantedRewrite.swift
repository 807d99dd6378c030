import O2MBundle
import O2MConvert
import O2MGraph
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor
import O2MTestSupport

/// A part of a conversion that is wrong on purpose. It goes in through `ConversionStages`; no command can reach it.
struct PlantedRewrite: Sendable {
  enum Place: Sendable {
    /// In every patch of the pass.
    case pass(String, PatchDamage)
    /// In the list of nodes, at the first node that it suits.
    case lowering(NodeDamage)
    /// In what is stored.
    case weights(WeightDamage)
    case kernel(PlantedFault)
  }

  let place: Place

  init(_ pass: String, _ damage: PatchDamage) { place = .pass(pass, damage) }
  init(_ damage: NodeDamage) { place = .lowering(damage) }
  init(_ damage: WeightDamage) { place = .weights(damage) }
  init(_ fault: PlantedFault) { place = .kernel(fault) }

  var text: String {
    switch place {
    case .pass(let pass, let damage): "\(pass), \(damage)"
    case .lowering(let damage): "lowering, \(damage)"
    case .weights(let damage): "weights, \(damage)"
    case .kernel(let fault): "kernel of \(fault)"
    }
  }

  /// What a fault must be called that is this one.
  func isNamed(by fault: ConversionFault) -> Bool {
    switch place {
    case .pass(let pass, _): fault.stage == .passes && fault.pass == pass
    case .lowering(let damage): fault.stage == .lowering && damage.codes.contains { "\($0.name)" == fault.op }
    case .weights: fault.stage == .weights
    case .kernel(let planted): fault.stage == .kernels && fault.op == "\(planted.code.name)"
    }
  }

  var stages: ConversionStages {
    var stages = ConversionStages()
    switch place {
    case .pass(let name, let damage):
      stages.passes = stages.passes.map { "\($0.name)" == name ? PlantedPass(base: $0, damage: damage) : $0 }
    case .lowering(let damage): stages.lower = { graph throws(PlanError) in damage.done(to: try FlatModel(graph)) }
    case .weights(let damage): stages.plan = { damage.done(to: $0) }
    case .kernel(let fault): stages.kernel = { fault.spoil($0) }
    }
    return stages
  }
}

/// A pass whose patches are spoiled.
private struct PlantedPass: Pass {
  static let name: StaticString = "planted"
  var name: StaticString { base.name }
  var base: any Pass
  let damage: PatchDamage

  mutating func verdict(on node: Node, in graph: Graph) -> Verdict {
    let verdict = base.verdict(on: node, in: graph)
    guard case .apply(let patch) = verdict else { return verdict }
    return .apply(damage.done(to: patch, in: graph))
  }
}

/// What is wrong with a patch.
enum PatchDamage {
  /// The last constant that it makes is a quarter larger.
  case constant
  /// The first number of the last constant is negated.
  case element
  /// Its last node has another activation.
  case activation
  /// Its last node reads its first two operands the other way round.
  case swapped
  /// What takes the place of the value is negated first.
  case negated
  /// A hundredth is added first: a bias that is counted twice.
  case shifted
  /// Everything below zero is lost first.
  case clamped

  func done(to patch: Patch, in graph: Graph) -> Patch {
    var patch = patch
    switch self {
    case .constant, .element:
      let last = patch.additions.lastIndex { if case .constant(_, let tensor) = $0 { tensor.element.isFloat } else { false } }
      guard let last, case .constant(let name, let tensor) = patch.additions[last] else { return patch }
      var values = tensor.doubles()
      if self == .constant { values = values.map { 1.25 * $0 } } else if !values.isEmpty { values[0] = -values[0] }
      patch.additions[last] = .constant(name: name, Tensor(tensor.element, tensor.shape, rounding: values))
    case .activation, .swapped:
      let last = patch.additions.lastIndex { if case .node = $0 { true } else { false } }
      guard let last, case .node(var node) = patch.additions[last] else { return patch }
      if self == .swapped, node.inputs.count > 1 { node.inputs.swapAt(0, 1) }
      if self == .activation { node.op = node.op.otherActivation }
      patch.additions[last] = .node(node)
    case .negated, .shifted, .clamped:
      guard let (old, new) = patch.replacements.last, graph[old].type.element == .float32, !graph.isOutput(old) else { return patch }
      patch.replacements.removeLast()
      let name = graph[old].name + ".planted"
      let spoiled =
        switch self {
        case .negated: patch.node(.neg(Neg()), [new], named: name)
        case .clamped: patch.node(.relu(Relu()), [new], named: name)
        default:
          patch.node(.add(Add()), [new, patch.constant(Tensor([], of: Float.self) { $0[0] = 0.01 }, named: name)], named: name)
        }
      patch.replace(old, with: spoiled)
    }
    return patch
  }
}

extension Op {
  /// The operator as if another activation had been fused into it.
  var otherActivation: Op {
    switch self {
    case .conv(var op):
      op.activation = op.activation.other
      return .conv(op)
    case .convTranspose(var op):
      op.activation = op.activation.other
      return .convTranspose(op)
    case .gemm(var op):
      op.activation = op.activation.other
      return .gemm(op)
    case .matMul(var op):
      op.activation = op.activation.other
      return .matMul(op)
    default: return self
    }
  }
}

extension Activation {
  fileprivate var other: Activation { self == .relu ? .leakyRelu(alpha: 0.1) : .relu }
}
