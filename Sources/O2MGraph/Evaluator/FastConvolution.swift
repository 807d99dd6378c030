import O2MOps
import O2MTensor

extension Conv: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let shape = try infer(inputs.facts)[0].knownShape()
    guard let operands = try ConvolutionOperands(inputs) else { return nil }
    let x = operands.x, w = operands.w, spatial = x.shape.dims.dropFirst(2), output = Window.threeAxes(shape.dims.dropFirst(2), filling: 1)
    let window = try window.resolved(kernel: Array(w.shape.dims.dropFirst(2)), input: Array(spatial))
    let kernel = Window.threeAxes(window.kernel, filling: 1), strides = Window.threeAxes(window.strides, filling: 1)
    let dilations = Window.threeAxes(window.dilations, filling: 1), pads = Window.threeAxes(window.pads.prefix(spatial.count), filling: 0)
    let planes = PaddedPlanes(
      x.shape[0] * x.shape[1], input: Window.threeAxes(spatial, filling: 1), pads: pads, strides: strides,
      needed: (0..<3).map { (output[$0] - 1) * strides[$0] + (kernel[$0] - 1) * dilations[$0] + 1 }, limit: operands.limit(shape))
    guard let planes else { return nil }
    let arranged = planes.arranged(x)

    let inner = w.shape[1], rows = shape[1] / group, plane = output.reduce(1, *), taps = Window.taps(kernel)
    let offsets = taps.map { tap in planes.offset((0..<3).map { tap[$0] * dilations[$0] }) }
    let depth = inner * taps.count
    var product = FastProduct(
      rows: rows, wOffsets: Array(0..<depth), wRow: depth, xOffsets: (0..<inner).flatMap { c in offsets.map { c * planes.count + $0 } },
      activation: activation)
    product.form.bias_row = 1
    product.form.y_row = plane
    // Without taps and padding a plane is one line.
    let isLine = taps.count == 1 && planes.count == plane
    product.setPositions(isLine ? [1, 1, plane] : output, pitch: planes.pitch)
    product.form.y_steps = (output[1] * output[2], output[2], 1)
    product.blocks = (0..<shape[0] * group).map { block in
      FastProduct.Block(
        w: block % group * rows * depth, x: block * inner * planes.count, bias: block % group * rows, y: block * rows * plane)
    }
    return [operands.result(shape) { product.run(w: w, x: arranged, bias: operands.bias, residual: operands.residual, y: $0, loops) }]
  }
}

extension ConvTranspose: FastOperator {
  /// Outputs that lie a stride apart make an ordinary convolution, of the taps that meet them.
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let shape = try infer(inputs.facts)[0].knownShape()
    guard let operands = try ConvolutionOperands(inputs) else { return nil }
    let x = operands.x, w = operands.w, spatial = x.shape.dims.dropFirst(2), output = Window.threeAxes(shape.dims.dropFirst(2), filling: 1)
    let window = try placement(x.shape, w.shape).window
    let axes = (0..<3).map { axis in TransposedAxis(window, axis - (3 - spatial.count), output: output[axis]) }
    let input = Window.threeAxes(spatial, filling: 1)
    let planes = PaddedPlanes(
      x.shape[0] * x.shape[1], input: input, pads: axes.map(\.before), strides: [1, 1, 1],
      needed: (0..<3).map { max(axes[$0].before + input[$0], axes[$0].needed) }, limit: operands.limit(shape))
    guard let planes, axes.reduce(1, { $0 * $1.phases.count }) <= Self.mostPhases else { return nil }
    let arranged = planes.arranged(x)

    let inner = x.shape[1] / group, rows = w.shape[1], plane = output.reduce(1, *)
    let taps = axes.reduce(1) { $0 * $1.taps }
    var products: [FastProduct] = []
    for z in axes[0].phases {
      for y in axes[1].phases {
        for x in axes[2].phases {
          let met = z.taps.flatMap { z in
            y.taps.flatMap { y in
              x.taps.map { x in
                ((z.tap * axes[1].taps + y.tap) * axes[2].taps + x.tap, planes.offset([z.position, y.position, x.position]))
              }
            }
          }
          var product = FastProduct(
            rows: rows, wOffsets: (0..<inner).flatMap { c in met.map { c * rows * taps + $0.0 } }, wRow: taps,
            xOffsets: (0..<inner).flatMap { c in met.map { c * planes.count + $0.1 } }, activation: activation)
          product.setPositions([z.outputs, y.outputs, x.outputs], pitch: planes.pitch)
          product.form.bias_row = 1
          product.form.y_row = plane
          product.form.y_steps = (axes[0].stride * output[1] * output[2], axes[1].stride * output[2], axes[2].stride)
          let start = (z.first * output[1] + y.first) * output[2] + x.first
          product.blocks = (0..<shape[0] * group).map { block in
            FastProduct.Block(
              w: block % group * inner * rows * taps, x: block * inner * planes.count, bias: block % group * rows,
              y: block * rows * plane + start)
          }
          products.append(product)
        }
      }
    }
    return [
      operands.result(shape) { y in
        for product in products { product.run(w: w, x: arranged, bias: operands.bias, residual: operands.residual, y: y, loops) }
      }
    ]
  }

  private static let mostPhases = 4096
}

/// What the outputs along one axis of a transposed convolution read, by their remainder modulo the stride.
private struct TransposedAxis {
  struct Phase {
    /// The first output, and how many there are, `stride` apart.
    var first: Int
    var outputs: Int
    /// The taps that meet them, and where the padded input's element is that the first output takes from each.
    var taps: [(tap: Int, position: Int)]
  }

  let stride: Int
  let taps: Int
  /// Zeros in front of the input.
  let before: Int
  private(set) var phases: [Phase] = []
  /// The extent of the padded input that is met.
  private(set) var needed = 1

  /// The window's axis, below 0 for one that is only there to make three.
  init(_ window: Window, _ axis: Int, output: Int) {
    stride = axis < 0 ? 1 : window.strides[axis]
    taps = axis < 0 ? 1 : window.kernel[axis]
    let pad = axis < 0 ? 0 : window.pads[axis], dilation = axis < 0 ? 1 : window.dilations[axis]
    // The last tap lies furthest in front.
    before = max(0, ((taps - 1) * dilation - pad + stride - 1) / stride)
    for first in 0..<min(stride, output) {
      let outputs = (output - first + stride - 1) / stride
      let met = (0..<taps).compactMap { tap -> (tap: Int, position: Int)? in
        let distance = first + pad - tap * dilation
        return distance % stride == 0 ? (tap, distance / stride + before) : nil
      }
      for (_, position) in met { needed = max(needed, position + outputs) }
      phases.append(Phase(first: first, outputs: outputs, taps: met))
    }
  }
}

extension ExpandDepthwise: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    _ = try infer(inputs.facts)
    guard let expanded = try first.outputs(Array(inputs.prefix(3)), loops) else { return nil }
    return try second(inputs.facts).outputs([expanded[0]] + inputs.dropFirst(3), loops)
  }
}

/// The operands as float32 or float64; what is a part of neither, and weights that are not finite, have none.
private struct ConvolutionOperands {
  let x: Tensor
  let w: Tensor
  let bias: Tensor?
  let residual: Tensor?
  private let element: ElementType

  init?(_ inputs: [Tensor?]) throws(OpFault) {
    element = try inputs.tensor(0).element
    guard let x = try inputs.tensor(0).asFactor, let w = try inputs.tensor(1).asFactor, x.element == w.element, w.isFinite else {
      return nil
    }
    self.x = x
    self.w = w
    bias = inputs.optional(2)?.asFactor
    residual = inputs.optional(3)?.asFactor
  }

  /// How many elements padded planes may have before the plain reference is the better choice.
  func limit(_ output: Shape) -> Int { 8 * (x.count + output.count) + 1 << 16 }

  func result(_ shape: Shape, _ fill: (Tensor) -> Void) -> Tensor { Tensor(element, shape, sums: fill) }
}

extension Tensor {
  /// A tensor whose elements `fill` writes as float32 where that is their type, otherwise as float64 that are then rounded.
  init(_ element: ElementType, _ shape: Shape, sums fill: (Tensor) -> Void) {
    let wide: ElementType = element == .float32 ? .float32 : .float64
    let sums = Tensor(wide, shape, storage: TensorStorage(unfilled: shape.count * wide.size))
    fill(sums)
    self = wide == element ? sums : Tensor(element, shape, rounding: sums.doubles())
  }
}
