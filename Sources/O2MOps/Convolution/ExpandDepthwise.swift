import O2MTensor

/// A 1×1 convolution and the depthwise convolution that alone reads it, in one step, so that the tensor between them is never stored.
///
///     e[n, m, h, w] = expansion(Σ_c x[n, c, h, w] · w[m, c] + b[m])
///     y[n, m, o…]   = act(Σ_k e[n, m, o·stride + k − pad] · v[m, k] + c[m])            outside of e: 0
///
/// - Spec: the composition of two ONNX Conv-22. Passes make it.
/// - Shapes: `x` float `[N, C, H, W]`, `w` `[M, C, 1, 1]`, `b` `[M]` optional, `v` `[M, 1, K, K]`, `c` `[M]` optional →
///   `y` `[N, M, O, P]`.
/// - Parity: a sum of C terms, rounded, then one of K² terms.
/// - Errors: those of the two convolutions; `v` and `c` count as inputs 1 and 2 of the second.
public struct ExpandDepthwise: InternalOperator, ProductOperator {
  public static let name: StaticString = "ExpandDepthwise"
  public static let code = OpCode.expandDepthwise
  public static let elements = ElementClass.floats

  /// Of the depthwise convolution.
  public var window: Window
  /// Between the two.
  public var expansion: Activation
  public var activation: Activation

  public init(window: Window, expansion: Activation = .none, activation: Activation = .none) {
    self.window = window
    self.expansion = expansion
    self.activation = activation
  }

  package var first: Conv { Conv(window: Window(kernel: [1, 1]), activation: expansion) }

  package func second(_ inputs: [InputFact?]) throws(OpFault) -> Conv {
    Conv(window: window, group: max(1, try inputs.shape(3).dims.first ?? 1), activation: activation)
  }

  public func macs(_ inputs: [Shape?], output: Shape) -> Int {
    guard inputs.count > 3, let x = inputs[0], let w = inputs[1], let v = inputs[3] else { return 0 }
    return x.count.clampedTimes(w[0]).clampedPlus(output.count.clampedTimes(v.dims.dropFirst().reduce(1, *)))
  }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let expanded = try first.infer(Array(inputs.prefix(3)))[0]
    return try second(inputs).infer([InputFact(expanded)] + inputs.dropFirst(3))
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let expanded = try first.reference(Array(inputs.prefix(3)))
    return try second(inputs.facts).reference([expanded[0]] + inputs.dropFirst(3))
  }

  public func encode(to record: inout RecordWriter) {
    window.encode(to: &record)
    expansion.encode(to: &record)
    activation.encode(to: &record)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    window = try Window(from: &record)
    expansion = try Activation(from: &record)
    activation = try Activation(from: &record)
  }
}
