import O2MGraph
import O2MOps
import O2MTensor

/// Folds the sum of branches that read one value into one Conv, as networks have it that were trained with more branches than they need.
///
///     before   x ── Conv(W, b) ── c        x ── Conv(V, a) ── d        Add(c, d) ── y
///     after    x ── Conv(W + V, b + a) ── y          V's taps where they meet the same elements of x
///
/// The second branch has W's groups or one channel each; it may be a BatchNormalization, and x itself where W has one channel each.
///
/// - Spec: ONNX Conv-22, BatchNormalization-15 in its inference form.
/// - Parity: 1e-6 of the largest term: weights are summed in float64 and rounded once.
/// - After: fold-batchnorm, which frees the branches; it takes what follows the sum in the next round. Before fuse-residual-add.
struct FoldParallelConv: Rewrite {
  static let name: StaticString = "fold-parallel-conv"

  func rewrite(_ node: NodeOf<Add>, in graph: Graph) -> Verdict {
    guard let left = node.input(0), let right = node.input(1), left != right, graph[left].type == graph[right].type else {
      return .notApplicable
    }
    var verdict = Verdict.notApplicable
    for (main, other) in [(left, right), (right, left)] {
      guard let conv = graph.producer(of: main, as: Conv.self), let x = conv.input(0) else { continue }
      guard other == x || graph.producer(of: other)?.inputs.first == x else { continue }
      verdict = .skip("the branches are no convolutions of one window")
      guard let wide = Branch(main, of: x, in: graph), let narrow = Branch(other, of: x, beside: wide, in: graph) else { continue }
      guard let sum = wide.adding(narrow) else { continue }
      var patch = Patch(Self.name, in: graph)
      let w = patch.constant(sum.weights, named: conv.name + ".w.sum")
      let b = patch.constant(Tensor(.float32, [sum.bias.count], rounding: sum.bias), named: conv.name + ".b.sum")
      patch.replace(node.output, with: patch.node(.conv(Conv(window: wide.window, group: wide.group)), [x, w, b], named: conv.name))
      return .apply(patch)
    }
    return verdict
  }

  /// A convolution of x, nothing after it.
  private struct Branch {
    let window: Window
    let group: Int
    /// `[M, C/G, K…]`
    let shape: Shape
    let weights: [Double]
    let bias: [Double]

    /// nil where `value` is no convolution of x that only the sum reads. `beside`: the branch that this one is to be folded into.
    init?(_ value: ValueID, of x: ValueID, beside main: Branch? = nil, in graph: Graph) {
      guard let input = graph.shape(x), input.rank >= 3, graph[x].type.element == .float32 else { return nil }
      if value != x, let conv = graph.producer(of: value, as: Conv.self) {
        guard conv.input(0) == x, case .success(let layer) = graph.openLayer(producing: value), layer.residual == nil else { return nil }
        shape = layer.weights.shape
        guard let found = try? conv.op.window.resolved(kernel: Array(shape.dims.dropFirst(2)), input: Array(input.dims.dropFirst(2))) else {
          return nil
        }
        (window, group, weights) = (found, conv.op.group, layer.weights.doubles())
        bias = layer.bias ?? [Double](repeating: 0, count: shape[0])
        return
      }
      let ones = [Int](repeating: 1, count: input.rank - 2)
      (window, group, shape) = (Window(kernel: ones), input[1], Shape([input[1], 1] + ones))
      if value == x {
        guard let main, main.shape[0] == input[1], main.group == input[1] else { return nil }
        weights = [Double](repeating: 1, count: input[1])
        bias = [Double](repeating: 0, count: input[1])
      } else {
        guard let norm = graph.producer(of: value, as: BatchNormalization.self), norm.input(0) == x, graph.readers(of: value) == 1,
          let affine = ChannelAffine(norm, in: graph)
        else { return nil }
        (weights, bias) = (affine.scale, affine.shift)
      }
    }

    /// The weights and biases of both; nil where the taps of `other` lie outside the window or between its taps.
    func adding(_ other: Branch) -> (weights: Tensor, bias: [Double])? {
      let outputs = shape[0], inputs = shape[1]
      guard other.shape[0] == outputs, other.window.strides == window.strides else { return nil }
      guard other.group == group || other.group == outputs && other.shape[1] == 1 && inputs * group == outputs else { return nil }
      var offsets: [Int] = []
      for axis in window.kernel.indices {
        let dilation = window.dilations[axis], distance = window.pads[axis] - other.window.pads[axis]
        guard other.window.kernel[axis] == 1 || other.window.dilations[axis] == dilation else { return nil }
        guard distance >= 0, distance % dilation == 0, distance / dilation + other.window.kernel[axis] <= window.kernel[axis] else {
          return nil
        }
        offsets.append(distance / dilation)
      }
      var result = weights
      let taps = Shape(window.kernel), otherTaps = Shape(other.window.kernel)
      for (index, weight) in other.weights.enumerated() {
        let tap = index % otherTaps.count, channel = index / otherTaps.count
        let output = channel / other.shape[1]
        // Among the inputs of this branch's group.
        let input = other.group == group ? channel % other.shape[1] : output % inputs
        var place = 0
        for axis in offsets.indices { place += (tap / otherTaps.strides[axis] % otherTaps[axis] + offsets[axis]) * taps.strides[axis] }
        result[(output * inputs + input) * taps.count + place] += weight
      }
      return (Tensor(.float32, shape, rounding: result), zip(bias, other.bias).map { $0 + $1 })
    }
  }
}
