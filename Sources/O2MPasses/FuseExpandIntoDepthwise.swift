import O2MGraph
import O2MOps
import O2MTensor

/// Lets a depthwise Conv compute the 1×1 Conv in front of it panel by panel, where the tensor between them is large.
///
///     before   x ── Conv 1×1 (then act) ── e ── depthwise Conv ── y
///     after    x ── ExpandDepthwise ── y
///
///     It pays where e would fill much of a second-level cache, where x has so few channels that an element of e costs little
///     more to compute than to store, and where few lines are computed twice: the kernel works on bands of 256 KiB of x, and two bands
///     share K − stride lines of e.
///
/// - Spec: MobileNetV2 (arXiv 1801.04381), section 3.2: expansion and depthwise layer of an inverted residual.
/// - Parity: exact; the kernel may order the sums of e in another way.
/// - After: every pass that changes one of the two layers.
struct FuseExpandIntoDepthwise: Rewrite {
  static let name: StaticString = "fuse-expand-into-depthwise"

  func rewrite(_ depthwise: NodeOf<Conv>, in graph: Graph) -> Verdict {
    guard let input = depthwise.input(0), let v = depthwise.input(1), let weights = graph.shape(v) else { return .notApplicable }
    guard depthwise.op.group > 1, weights.rank == 4, weights[0] == depthwise.op.group, weights[1] == 1 else { return .notApplicable }
    guard let expand = graph.producer(of: input, as: Conv.self), let x = expand.input(0), isPointwise(expand, in: graph) else {
      return .skip("not fed by a 1×1 Conv")
    }
    guard graph.readers(of: input) == 1 else { return .skip("the expanded tensor is read elsewhere") }
    guard expand.input(3) == nil, depthwise.input(3) == nil else { return .skip("a residual is added") }
    guard let from = graph.shape(x), let between = graph.shape(input), from.count > 0, graph[input].type.element == .float32 else {
      return .skip("not float32 of a fixed shape")
    }
    guard let window = try? depthwise.op.window.resolved(kernel: Array(weights.dims[2...]), input: Array(between.dims[2...])),
      ExpandDepthwise.hasKernel(window)
    else { return .skip("the kernel does not have this window") }
    let bytes = 4 * between.count / from[0], bands = 4 * from.count / from[0] / (256 << 10) + 1
    let shared = (bands - 1) * (window.kernel[0] - window.strides[0])
    guard bytes >= 256 << 10, from[1] <= 48, shared * 16 <= between[2] else { return .skip("it would not pay") }
    var patch = Patch(Self.name, in: graph)
    let op = ExpandDepthwise(window: depthwise.op.window, expansion: expand.op.activation, activation: depthwise.op.activation)
    let inputs = [x, expand.input(1), expand.input(2), v] + (depthwise.input(2).map { [$0] } ?? [])
    patch.replace(depthwise.output, with: patch.node(.expandDepthwise(op), inputs, named: depthwise.name))
    return .apply(patch)
  }

  /// Whether a Conv is a matrix product over the pixels of a picture.
  private func isPointwise(_ conv: NodeOf<Conv>, in graph: Graph) -> Bool {
    guard conv.op.group == 1, let w = conv.input(1), let shape = graph.shape(w), shape.dims.dropFirst(2) == [1, 1] else { return false }
    guard let window = try? conv.op.window.resolved(kernel: [1, 1], input: [1, 1]) else { return false }
    return window.strides == [1, 1] && window.pads == [0, 0, 0, 0]
  }
}
