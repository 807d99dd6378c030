import O2MOps
import O2MTensor

/// A form that operators had in older opsets, and the newer one that it becomes.
///
/// An attribute that later became an input becomes a constant input, and broadcasting by `axis` becomes a reshape, so that operators
/// know one form of their operands. A rewritten node carries the opset of the form it has now. Where only the meaning changed
/// (Softmax, BatchNormalization), the operator itself asks for the opset.
///
/// A new one is a line in the list of its family, which has the name of the operator's folder.
struct OlderForm: Sendable {
  typealias Change = @Sendable (_ node: inout SourceNode, _ importer: inout Importer) throws(OpFault) -> Void
  typealias Rewrite = @Sendable (_ node: SourceNode, _ importer: inout Importer) throws(OpFault) -> [SourceNode]

  let types: [String]
  /// The first opset whose form is newer; `.max` where every opset is rewritten.
  let end: Int
  /// Where the operator is gone: its versions, and the one that took its place.
  let replaced: (versions: [Int], by: String)?
  let rewrite: Rewrite

  /// A form that becomes several nodes.
  init(_ types: String..., before end: Int, nodes rewrite: @escaping Rewrite) {
    self.types = types
    self.end = end
    replaced = nil
    self.rewrite = rewrite
  }

  /// A form that becomes one node.
  init(_ types: String..., before end: Int, _ change: @escaping Change) {
    self.types = types
    self.end = end
    replaced = nil
    rewrite = Self.single(change)
  }

  /// An operator that another one took the place of.
  init(_ type: String, versions: [Int], by newer: String, _ change: @escaping Change) {
    types = [type]
    end = .max
    replaced = (versions, newer)
    rewrite = Self.single(change)
  }

  private static func single(_ change: @escaping Change) -> Rewrite {
    { node, importer throws(OpFault) in
      var node = node
      try change(&node, &importer)
      return [node]
    }
  }

  /// Every older form; those of one operator from old to new.
  static let all = elementwise + indexing + matrixProducts + normalization + pooling + recurrent + reduction + shape + vision

  private static let byType: [String: [OlderForm]] = {
    var forms: [String: [OlderForm]] = [:]
    for form in all { for type in form.types { forms[type, default: []].append(form) } }
    return forms
  }()

  /// The name that the operator `type` has now.
  static func newerName(_ type: String) -> String { byType[type]?.first?.replaced?.by ?? type }
}

extension Importer {
  /// The nodes that say the same as `source` in the newest form of the operators.
  ///
  /// - Errors: `.attribute` where a value has no newer form, `.dataDependent` where an operand that became an attribute is not known.
  mutating func inNewestForm(_ source: SourceNode) throws(OpFault) -> [SourceNode] {
    guard source.domain.isEmpty else { return [source] }
    var nodes = [source]
    // Which inputs might be overwritten; a memory plan of its time.
    if source.opset < 7 { _ = nodes[0].take("consumed_inputs") }
    for form in OlderForm.of(source.type) where source.opset < form.end { nodes = try form.rewrite(nodes[0], &self) }
    return nodes
  }
}

extension OlderForm {
  fileprivate static func of(_ type: String) -> [OlderForm] { byType[type] ?? [] }

  /// Attributes that are lists of integers become the inputs from `first` on.
  static func movingInts(_ names: String..., to first: Int, opset: Int) -> Change {
    { node, importer throws(OpFault) in node.moveInts(names, to: first, opset: opset, &importer) }
  }

  /// Attributes that mean nothing any more go.
  static func dropping(_ names: String...) -> Change {
    { node, _ throws(OpFault) in for name in names { _ = node.take(name) } }
  }

  /// Attributes that had another default.
  static func defaults(_ values: [(String, AttributeValue)]) -> Change {
    { node, _ throws(OpFault) in for (name, value) in values where node.attribute(name) == nil { node.set(name, value) } }
  }
}

extension SourceNode {
  mutating func moveInts(_ names: [String], to first: Int, opset: Int, _ importer: inout Importer) {
    for (offset, name) in names.enumerated() {
      guard let values = takeInts(name) else { continue }
      setInput(first + offset, importer.constant("\(self.name).\(name)", .indices(values)))
    }
    self.opset = opset
  }

  /// A Reshape to put before this node, whose input at `index` then reads it.
  mutating func reshapingInput(_ index: Int, to dims: [Int], _ importer: inout Importer) -> SourceNode {
    let output = importer.fresh("\(name).\(index).reshaped")
    let shape = importer.constant(output + ".shape", .indices(dims))
    let reshape = SourceNode.reshape(inputs[index], by: shape, to: output)
    inputs[index] = output
    return reshape
  }

  /// A Reshape that is named for its output; 0 is an extent.
  static func reshape(_ input: String, by shape: String, to output: String, named name: String? = nil) -> SourceNode {
    var reshape = SourceNode("Reshape", name: name ?? output, inputs: [input, shape], outputs: [output], opset: 14)
    reshape.set("allowzero", .int(1))
    return reshape
  }
}
