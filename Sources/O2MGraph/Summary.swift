import O2MOps
import O2MTensor

/// Words for dumps: what an operator is set to, and the types of values.
extension Op {
  /// The attributes that are not at rest, as `kernel 3x3 strides 2x2 activation relu`.
  public var summary: String {
    var visitor = Summarize()
    return accept(&visitor)
  }
}

private struct Summarize: OpVisitor {
  func visit<O: BackedOperator>(_ op: O) throws(Never) -> String {
    if let einsum = op as? Einsum { return einsum.equation }
    return Mirror(reflecting: op).children.compactMap { child in child.label.flatMap { describe($0, child.value) } }
      .filter { !Self.atRest.contains($0) }.joined(separator: " ")
  }

  /// What most models have, and says nothing.
  private static let atRest: Set<String> = [
    "group 1", "momentum 0.9", "saturates", "statistics 0", "statisticsType float32", "summands 0", "keepsAxes", "keepsAxis",
  ]

  /// Flags that are on in most models, and what to say where they are off.
  private static let offWords = ["saturates": "saturate 0", "keepsAxes": "keepdims 0", "keepsAxis": "keepdims 0"]

  /// Flags in ONNX's words, where ours would not be understood alone.
  private static let onWords = ["noAxesMeansNone": "noop_with_empty_axes", "selectsLast": "select_last_index"]

  /// nil where the value is what an absent attribute would mean.
  private func describe(_ label: String, _ value: Any) -> String? {
    switch value {
    case let window as Window: return window.summary
    case let recurrence as Recurrence: return recurrence.summary
    case let body as Body: return "\(label): \(body.summary)"
    case Activation.none: return nil
    case let activation as Activation: return "then \(activation.summary)"
    case let flag as Bool: return flag ? Self.onWords[label] ?? label : Self.offWords[label]
    case let rounding as SmallFloat.PowerRounding: return rounding == .up ? nil : "round_mode \(word(rounding))"
    case let values as [Int]: return values.isEmpty ? nil : "\(label) \(values.map(String.init).joined(separator: ","))"
    case let value as Int: return "\(label) \(value)"
    case let value as Float: return "\(label) \(value)"
    case let element as ElementType: return "\(label) \(element.name)"
    default:
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .optional {
        guard let wrapped = mirror.children.first?.value else { return nil }
        return describe(label, wrapped)
      }
      return describe(label, value, mirror)
    }
  }
}

extension Summarize {
  /// What has parts, part by part; nil where all of them are at rest.
  private func describe(_ label: String, _ value: Any, _ mirror: Mirror) -> String? {
    switch mirror.displayStyle {
    case .struct:
      let parts = mirror.children.compactMap { child in child.label.flatMap { describe($0, child.value) } }.filter {
        !Self.atRest.contains($0)
      }
      return parts.isEmpty ? nil : parts.joined(separator: " ")
    case .enum:
      guard let payload = mirror.children.first else { return "\(label) \(word(value))" }
      let own = Mirror(reflecting: payload.value), values = own.displayStyle == .tuple ? own.children.map(\.value) : [payload.value]
      return "\(label) \(word(payload.label ?? "")) \(values.map { "\($0)" }.joined(separator: ","))"
    case .collection: return mirror.children.isEmpty ? nil : "\(label) \(mirror.children.map { "\($0.value)" }.joined(separator: ","))"
    default: return "\(label) \(value)"
    }
  }
}

/// A case without values as ONNX spells it: `half_pixel`.
private func word(_ value: Any) -> String { "\(value)".map { $0.isUppercase ? "_" + $0.lowercased() : "\($0)" }.joined() }

extension Window {
  /// `3x3 /2 pad 1`, with what is at rest left out.
  var summary: String? {
    var words: [String] = []
    func uniform(_ values: [Int]) -> String {
      guard let first = values.first, values.contains(where: { $0 != first }) else { return values.first.map { "\($0)" } ?? "" }
      return values.map(String.init).joined(separator: ",")
    }
    if !kernel.isEmpty { words.append(kernel.map(String.init).joined(separator: "x")) }
    if strides.contains(where: { $0 != 1 }) { words.append("/\(uniform(strides))") }
    if dilations.contains(where: { $0 != 1 }) { words.append("dilated \(uniform(dilations))") }
    if pads.contains(where: { $0 != 0 }) { words.append("pad \(uniform(pads))") }
    if autoPad != .explicit { words.append(word(autoPad)) }
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}

extension Body {
  /// `{MatMul, Add, Tanh}`, nodes in their order.
  fileprivate var summary: String {
    "{"
      + graph.nodes.map { node in
        let inner = node.op.bodies.map(\.summary).joined(separator: " ")
        return "\(node.op.name)" + (inner.isEmpty ? "" : " " + inner)
      }.joined(separator: ", ") + "}"
  }
}

extension Recurrence {
  /// `bidirectional batch first clip 3.0 sigmoid,tanh`, with what is at rest left out.
  var summary: String? {
    var words: [String] = []
    if direction != .forward { words.append(word(direction)) }
    if isBatchFirst { words.append("batch first") }
    if clip.isFinite { words.append("clip \(clip)") }
    words.append(functions.map { word($0.kind) }.joined(separator: ","))
    return words.joined(separator: " ")
  }
}

extension Einsum {
  /// `ij,jk->ik`, always with a result.
  var equation: String {
    func text(_ labels: [Int]) -> String {
      labels.map { $0 == Self.ellipsis ? "..." : String(Character(UnicodeScalar(UInt8($0)))) }.joined()
    }
    return "\(terms.map(text).joined(separator: ","))->\(text(result))"
  }
}

extension Activation {
  public var summary: String {
    switch self {
    case .none: "none"
    case .relu: "relu"
    case .clip(let low, let high): "clip(\(low), \(high))"
    case .leakyRelu(let alpha): "leaky-relu(\(alpha))"
    case .hardSigmoid(let alpha, let beta): "hard-sigmoid(\(alpha), \(beta))"
    case .hardSwish(let alpha, let beta): "hard-swish(\(alpha), \(beta))"
    case .sigmoid: "sigmoid"
    case .silu: "silu"
    case .tanh: "tanh"
    case .gelu: "gelu"
    case .geluTanh: "gelu-tanh"
    }
  }
}

extension Graph {
  /// `float32 [N, 3, 224, ?]`.
  public func describe(_ type: TensorType) -> String {
    let dims = type.dims.map { dim in
      switch dim {
      case .fixed(let value): "\(value)"
      case .symbol(let index): index < symbols.count ? symbols[index] : "s\(index)"
      case .unknown: "?"
      }
    }
    return "\(type.element.name) [\(dims.joined(separator: ", "))]"
  }

  /// The graph as text, one line for each input, constant, node and output, in order.
  ///
  ///     input  x: float32 [1, 3, 8, 8]
  ///     const  w: float32 [4, 3, 3, 3]
  ///     y = Conv(x, w) 3x3 pad 1 then relu: float32 [1, 4, 8, 8]
  ///     output y
  public var listing: String {
    var lines: [String] = []
    for id in inputs { lines.append("input  \(self[id].name): \(describe(self[id].type))") }
    for value in constants { lines.append("const  \(value.name): \(describe(value.type))") }
    for node in nodes {
      let operands = node.inputs.map { $0.map { self[$0].name } ?? "-" }.joined(separator: ", ")
      let results = node.outputs.map { self[$0].name }.joined(separator: ", ")
      let types = node.outputs.map { describe(self[$0].type) }.joined(separator: ", ")
      let summary = node.op.summary
      lines.append("\(results) = \(node.op.name)(\(operands))\(summary.isEmpty ? "" : " " + summary): \(types)")
    }
    for id in outputs { lines.append("output \(self[id].name)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
