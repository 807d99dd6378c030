import O2MGraph
import O2MOps
import O2MTensor
import O2MTestSupport

extension GraphBuilder {
  /// A 1×1 Conv to 6 channels and a depthwise Conv behind it. Over 112×112 pixels the tensor between them has 294 KiB.
  fileprivate mutating func pair(
    _ x: ValueID, kernel: [Int] = [3, 3], strides: [Int] = [1, 1], expanding: Window = Window(kernel: [1, 1]), residual: ValueID? = nil
  ) throws -> (expanded: ValueID, y: ValueID) {
    let w = weight("w", Shape([6, 2] + expanding.kernel)), v = weight("v", Shape([6, 1] + kernel))
    let e = try node(.conv(Conv(window: expanding, activation: .relu)), [x, w, weight("b", [6])], "e")
    let pads = (kernel + kernel).map { $0 / 2 }
    let conv = Conv(window: Window(kernel: kernel, strides: strides, pads: pads), group: 6, activation: .clip(low: 0, high: 6))
    return (e, try node(.conv(conv), [e, v, weight("c", [6])] + (residual.map { [$0] } ?? []), "y"))
  }
}

extension PassCase {
  static let depthwise: [PassCase] = [
    .applies("fuse-expand-into-depthwise") { g in g.output(try g.pair(g.input("x", [1, 2, 112, 112]), strides: [2, 2]).y) },
    .applies("fuse-expand-into-depthwise", "without-biases") { g in
      let x = g.input("x", [2, 2, 108, 108]), same = Window(kernel: [5, 5], autoPad: .sameUpper)
      let e = try g.node(.conv(Conv(window: Window(kernel: [1, 1]), activation: .silu)), [x, g.weight("w", [6, 2, 1, 1])], "e")
      g.output(try g.node(.conv(Conv(window: same, group: 6)), [e, g.weight("v", [6, 1, 5, 5])], "y"))
    },
    .skips("fuse-expand-into-depthwise", "fed-by-3x3", "not fed by a 1×1 Conv") { g in
      g.output(try g.pair(g.input("x", [1, 2, 112, 112]), expanding: Window(kernel: [3, 3])).y)
    },
    .skips("fuse-expand-into-depthwise", "fed-by-stride", "not fed by a 1×1 Conv") { g in
      g.output(try g.pair(g.input("x", [1, 2, 224, 224]), expanding: Window(kernel: [1, 1], strides: [2, 2])).y)
    },
    .skips("fuse-expand-into-depthwise", "read-elsewhere", "the expanded tensor is read elsewhere") { g in
      let (e, y) = try g.pair(g.input("x", [1, 2, 112, 112]))
      g.output(y)
      g.output(e)
    },
    .skips("fuse-expand-into-depthwise", "residual", "a residual is added") { g in
      g.output(try g.pair(g.input("x", [1, 2, 112, 112]), residual: g.input("r", [1, 6, 112, 112])).y)
    },
    .skips("fuse-expand-into-depthwise", "float64", "not float32 of a fixed shape") { g in
      let x = g.input("x", [1, 2, 112, 112], .float64), w = g.input("w", [6, 2, 1, 1], .float64), v = g.input("v", [6, 1, 3, 3], .float64)
      let e = try g.node(.conv(Conv(window: Window(kernel: [1, 1]))), [x, w], "e")
      g.output(try g.node(.conv(Conv(window: Window(kernel: [3, 3]), group: 6)), [e, v], "y"))
    },
    .skips("fuse-expand-into-depthwise", "wide-kernel", "the kernel does not have this window") { g in
      g.output(try g.pair(g.input("x", [1, 2, 112, 112]), kernel: [7, 7]).y)
    },
    .skips("fuse-expand-into-depthwise", "two-strides", "the kernel does not have this window") { g in
      g.output(try g.pair(g.input("x", [1, 2, 112, 112]), strides: [2, 1]).y)
    },
    .skips("fuse-expand-into-depthwise", "small", "it would not pay") { g in g.output(try g.pair(g.input("x", [1, 2, 104, 104])).y) },
    .skips("fuse-expand-into-depthwise", "many-channels", "it would not pay") { g in
      let e = try g.node(
        .conv(Conv(window: Window(kernel: [1, 1]))), [g.input("x", [1, 50, 112, 112]), g.weight("w", [6, 50, 1, 1])], "e")
      g.output(try g.node(.conv(Conv(window: Window(kernel: [3, 3]), group: 6)), [e, g.weight("v", [6, 1, 3, 3])], "y"))
    },
  ]
}
