import O2MGraph
import O2MOps
import O2MTensor

/// Lets a Conv, or an AveragePool that counts its padding, pad its own input.
///
///     before   x ── Pad(p, constant 0) ── Conv(pads q) ── y
///     after    x ── Conv(pads p + q) ── y
///
/// - Spec: ONNX Pad-21 in constant mode with value 0; padding of spatial axes only.
/// - Parity: exact.
struct FusePadIntoConv: Pass {
  static let name: StaticString = "fuse-pad-into-conv"

  func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard let form = node.op.role([]).window else { return .notApplicable }
    var window = form.window
    guard let middle = node.inputs[0], let pad = graph.producer(of: middle, as: Pad.self) else { return .notApplicable }
    guard let input = pad.input(0), let shape = graph.shape(input), let padded = graph.shape(middle) else { return .notApplicable }
    guard pad.op.mode == .constant else { return .skip("the padding is not constant") }
    if let value = pad.input(2) {
      guard let zero = (graph[value].constant ?? graph[value].known)?.doubles().first, zero == 0 else {
        return .skip("the padding is not zero")
      }
    }
    guard window.autoPad == .explicit || window.autoPad == .valid else { return .skip("the window pads by itself") }
    guard let (before, after) = try? pad.op.pads(graph.facts(pad.node.inputs), rank: shape.rank) else { return .notApplicable }
    guard (before + after).allSatisfy({ $0 >= 0 }) else { return .skip("the padding crops") }
    guard (before.prefix(2) + after.prefix(2)).allSatisfy({ $0 == 0 }) else { return .skip("the padding widens batch or channels") }
    let spatial = shape.rank - 2
    guard let kernel = window.kernel.isEmpty ? graph.shape(node.inputs[1] ?? input).map({ Array($0.dims.dropFirst(2)) }) : window.kernel,
      let resolved = try? window.resolved(kernel: kernel, input: Array(padded.dims.dropFirst(2)))
    else { return .notApplicable }
    window = resolved
    for axis in 0..<spatial {
      window.pads[axis] += before[2 + axis]
      window.pads[spatial + axis] += after[2 + axis]
    }
    var patch = Patch(Self.name, in: graph)
    patch.replace(node.output, with: patch.node(form.with(window), [input] + node.inputs.dropFirst(), named: node.name))
    return .apply(patch)
  }
}
