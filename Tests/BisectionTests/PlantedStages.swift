import O2MBundle
import O2MOps
import O2MRuntime
import O2MTensor

/// What is wrong with a list of nodes.
enum NodeDamage {
  case activationLost
  case operandsSwapped
  case axisMoved
  case scaled
  case constantNegated

  /// The operators that it suits.
  var codes: [OpCode] {
    switch self {
    case .activationLost: [.conv, .gemm, .matMul]
    case .operandsSwapped: [.sub, .div]
    case .axisMoved: [.softmax]
    case .scaled: [.leakyRelu]
    case .constantNegated: [.conv, .gemm, .matMul]
    }
  }

  func done(to model: FlatModel) -> FlatModel {
    var model = model
    for (index, node) in model.graph.nodes.enumerated() where codes.contains(node.code) {
      if self == .constantNegated {
        guard let input = node.inputs[1], let weights = model.constant(input) else { continue }
        let negated = Tensor(weights.element, weights.shape, rounding: weights.doubles().map { -$0 })
        model.constants[input - model.graph.inputCount] = negated
        return model
      }
      guard let damaged = damaged(node, model.graph) else { continue }
      model.graph.nodes[index] = damaged
      return model
    }
    return model
  }

  private func damaged(_ node: FlatGraph.Node, _ graph: FlatGraph) -> FlatGraph.Node? {
    var inputs = node.inputs, op = node.op
    switch self {
    case .activationLost: op = op.otherActivation
    case .operandsSwapped:
      guard let a = inputs[0], let b = inputs[1], graph.values[a] == graph.values[b] else { return nil }
      inputs.swapAt(0, 1)
    case .axisMoved:
      guard case .softmax(var softmax) = op, let x = inputs[0], graph.values[x].shape.rank > 1 else { return nil }
      softmax.axis = softmax.axis == 0 ? 1 : 0
      op = .softmax(softmax)
    case .scaled:
      guard case .leakyRelu(var rectifier) = op else { return nil }
      rectifier.alpha += 0.25
      op = .leakyRelu(rectifier)
    case .constantNegated: return nil
    }
    return FlatGraph.Node(op, inputs: inputs, outputs: node.outputs)
  }
}

/// What is wrong with stored weights, at the first packed constant.
enum WeightDamage: CaseIterable {
  /// The first byte of int8 weights is far from what it was.
  case code
  /// The first scale of int8 weights is half as large again.
  case scale
  /// The first element of weights in float32 is twice as large.
  case element

  var isOfCodes: Bool { self != .element }

  func done(to planned: Planned) -> Planned {
    var planned = planned
    for slot in planned.plan.slots where slot.packing.isWeights {
      guard case .weights(let offset, let count, let scales) = slot.place, count >= 4 else { continue }
      switch self {
      case .code where slot.precision == .int8:
        // A panel begins with an element; padding stands behind the last channel.
        planned.weights[offset] ^= 0x40
      case .scale where slot.precision == .int8:
        guard let scales else { continue }
        planned.multiply(at: scales, by: 1.5)
      case .element where slot.precision == .float32: planned.multiply(at: offset, by: 2)
      default: continue
      }
      return planned
    }
    return planned
  }
}

extension Planned {
  fileprivate mutating func multiply(at offset: Int, by factor: Float) {
    let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(weights[offset + $1]) << (8 * UInt32($1)) }
    let product = (Float(bitPattern: bits) * factor).bitPattern
    for byte in 0..<4 { weights[offset + byte] = UInt8(truncatingIfNeeded: product >> (8 * UInt32(byte))) }
  }
}
