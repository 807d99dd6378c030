import Foundation
import O2MImport
import O2MOps
import O2MTensor

/// The wording of what is wrong with a model file.
enum ImportMessages {
  static func failure(_ error: ImportError, file: String) -> Failure {
    let (message, help) = parts(error, file)
    let code = code(error)
    var lines = [message]
    if case .refused = error { lines = message.components(separatedBy: "\n  ") }
    guard code == .damaged, !file.hasSuffix(".pb"), let kind = FileKind(path: file), let way = kind.wayToModel(file) else {
      return Failure(code, "\(file): \(lines[0])", reasons: Array(lines.dropFirst()), help: help)
    }
    return Failure(code, "\(file): this is \(kind.name), not an ONNX model", help: way)
  }

  private static func code(_ error: ImportError) -> Failure.Code {
    switch error {
    // A file of a version that we do not know cannot be told from a damaged one.
    case .irVersion, .opset: return .damaged
    default: break
    }
    switch error.kind {
    case .cannotOpen: return .cannotOpen
    case .invalid: return .damaged
    case .unsupported: return .unsupported
    case .usage: return .usage
    }
  }

  private static func parts(_ error: ImportError, _ file: String) -> (String, String?) {
    switch error {
    case .cannotOpen(let code): return ("cannot be opened: \(reason(code))", nil)
    case .cannotRead(let code):
      return (code == 0 ? "became shorter while it was read" : "cannot be read: \(reason(code))", "export the model again")
    case .notRegularFile: return ("is not a regular file", "give the path of an .onnx file")
    case .empty: return ("is empty", "export the model again")
    case .tooLarge(let bytes, let limit):
      return ("has \(bytes) bytes, the limit is \(limit)", "keep the weights in external data beside the model")
    case .notProtobuf: return ("byte 0: this is not an ONNX model", "give the path of a file that an ONNX exporter wrote")
    case .wire(let fault, let offset): return ("byte \(offset): \(text(fault))", "the file is damaged; export the model again")
    case .undecodable: return ("the protobuf message cannot be decoded", "the file is damaged; export the model again")
    case .irVersion(let found):
      let range = ModelFile.irVersions
      return (
        "IR version \(found) is not one of \(range.lowerBound) to \(range.upperBound)", "export the model with a released version of onnx"
      )
    case .noOpset: return ("it names no opset of ONNX's own operators", "export the model again")
    case .opset(let found):
      let range = ModelFile.opsets
      return (
        "opset \(found) is not one of \(range.lowerBound) to \(range.upperBound)",
        "convert it with onnx.version_converter, or export with opset_version=\(min(18, range.upperBound))"
      )
    case .noGraph: return ("it holds no graph", "export the model again")
    case .sequenceOrOptional: return ("it holds a sequence or an optional value, not a tensor", "only tensors are supported")
    case .tensor(let name, let fault):
      let (message, help) = text(fault)
      return ("tensor '\(name)': \(message)", help)
    case .value(let fault): return text(fault)
    case .unknownInput(let name, let inputs):
      return ("there is no input '\(name)'", "the inputs are \(inputs.map { "'\($0)'" }.joined(separator: ", "))")
    case .unknownRank(let input): return ("input '\(input)' has no shape", "give one: --input-shape \(input):1,3,224,224")
    case .unknownElementType(let input): return ("input '\(input)' has no element type", "export the model again")
    case .pinnedRank(let input, let pinned, let rank):
      return ("--input-shape gives \(pinned) extents to '\(input)', which has \(rank)", "give \(rank) numbers")
    case .pinnedExtent(let input, let axis, let pinned, let extent):
      return ("--input-shape gives '\(input)' \(pinned) along axis \(axis), the model fixes \(extent)", "give \(extent)")
    case .pinnedSymbol(let symbol, let input, let axis, let pinned, let before):
      return ("'\(symbol)' is \(before) elsewhere and \(pinned) along axis \(axis) of '\(input)'", "give it one size everywhere")
    case .openDims(let dims): return openDims(dims)
    case .graph(let faults): return (faults.map(text).joined(separator: "; "), "the file contradicts itself; export the model again")
    case .unsupported(let operators): return unsupported(operators)
    case .givenType(let input, let given, let expected):
      return ("input '\(input)' is \(describe(expected, nil)), the data is \(describe(given, nil))", "give data of this type and shape")
    case .refused(let refusal): return text(refusal)
    case .node(let node, let fault):
      return (
        text(RefusedNode(node: node, fault: fault)),
        FaultMessages.isUnsupported(fault)
          ? "`onnx2mobile dump --operators` lists what is supported" : "the file contradicts itself; export the model again"
      )
    }
  }

  private static func text(_ fault: RefusedNode) -> String {
    let node = fault.node
    let type = node.domain.isEmpty ? node.type : "\(node.domain).\(node.type)"
    return "node '\(node.name)' (\(type), opset \(node.opset)): \(FaultMessages.text(fault.fault))"
  }

  private static func text(_ fault: UnsupportedValue) -> (String, String) {
    switch fault {
    case .type(let name, let kind):
      let kinds = [4: "a sequence", 5: "a map", 7: "opaque", 8: "a sparse tensor", 9: "optional"]
      return (
        "'\(name)' is \(kinds[kind] ?? "of kind \(kind)"), only tensors are supported",
        "cut the graph so that it begins and ends with tensors"
      )
    case .stringInput(let name):
      return ("input '\(name)' holds strings, whose value must be known before the model runs", "cut the graph behind what reads them")
    case .stringOutput(let name):
      return ("output '\(name)' holds strings, which bundles cannot hold", "cut the graph in front of what gives them")
    }
  }

  /// Everything that stands in the way, a line each after the first.
  private static func text(_ refusal: Refusal) -> (String, String) {
    var reasons = refusal.values.map { text($0).0 } + refusal.nodes.map(text) + refusal.graph.map(text)
    if !refusal.unsupported.isEmpty { reasons.insert(unsupported(refusal.unsupported).0, at: 0) }
    reasons = reasons.map(\.onOneLine)
    return (
      "\(reasons.count) reasons:\n  " + reasons.joined(separator: "\n  "),
      refusal.isContradiction
        ? "the file contradicts itself; export the model again"
        : "`onnx2mobile dump --operators` lists what is supported; what depends on data is best cut off before the export"
    )
  }

  private static func openDims(_ dims: [OpenDim]) -> (String, String) {
    let list = dims.map { "axis \($0.axis) of '\($0.input)'" + ($0.symbol.isEmpty ? "" : " ('\($0.symbol)')") }
    let first = dims[0].input
    return (
      "\(dims.count) extents are open: \(list.joined(separator: ", "))",
      "give the whole shape of each input, as in --input-shape \(first):1,3,224,224"
    )
  }

  /// One line for all of them: type, how often, where first, and why.
  private static func unsupported(_ operators: [UnsupportedOperator]) -> (String, String) {
    let list = operators.map { entry in
      let name = entry.domain.isEmpty ? entry.type : "\(entry.domain).\(entry.type)"
      let count =
        entry.count > 1
        ? " ×\(entry.count) (opset \(entry.opset), first at '\(entry.firstNode)'" : " (opset \(entry.opset), at '\(entry.firstNode)'"
      switch entry.reason {
      case .unknown: return name + count + ")"
      case .random: return name + count + ", random)"
      case .notBefore(let opset): return name + count + ", not in ONNX before opset \(opset))"
      }
    }
    let what = operators.count == 1 ? "1 operator is not supported" : "\(operators.count) operators are not supported"
    let total = operators.reduce(0) { $0 + $1.count }
    return (
      "\(what): \(list.joined(separator: ", "))",
      "`onnx2mobile dump --operators` lists what is; replacing or cutting off "
        + "\(total == 1 ? "this node" : "these \(total) nodes") leaves the rest"
    )
  }

  private static func text(_ fault: GraphViolation) -> String {
    switch fault {
    case .duplicateValue(let name, nil): "two values are named '\(name)'"
    case .duplicateValue(let name, let node?): "node '\(node)' gives '\(name)', which exists already"
    case .danglingInput(let node, let value): "node '\(node)' reads '\(value)', which nothing computes"
    case .danglingOutput(let name): "the output '\(name)' is computed by nothing"
    case .noOutputs: "the graph has no outputs"
    case .noOperator(let first, 1): "node '\(first)' names no operator"
    case .noOperator(let first, let count): "\(count) nodes name no operator, the first is '\(first)'"
    case .cycle(let nodes) where nodes.count == 1: "node '\(nodes[0])' reads its own output: a cycle"
    case .cycle(let nodes): "nodes \(nodes.map { "'\($0)'" }.joined(separator: " → ")) form a cycle"
    case .contradiction(let value, let noted, let element, let inferred):
      "'\(value)' is noted as \(describe(noted, element)), its inputs make it \(describe(inferred, nil))"
    }
  }

  private static func describe(_ type: TensorType?, _ element: ElementType?) -> String {
    type.map(FaultMessages.text) ?? element.map { "\($0.name)" } ?? "unknown"
  }

  private static func text(_ fault: WireFault) -> String {
    switch fault {
    case .truncated(let missing): "the file ends \(missing) bytes too early"
    case .pastParent(let excess): "a field is \(excess) bytes longer than the message around it"
    case .varintTooLong: "a number does not end"
    case .fieldNumber(let number): "field number \(number) does not exist"
    case .group: "a group, which ONNX does not use"
    case .wireType(let type): "wire type \(type) does not exist"
    case .wrongWireType(let field, let found): "field \(field) has wire type \(found)"
    case .repeatedField(let field): "field \(field) occurs twice"
    case .tooDeep(let limit): "messages are nested deeper than \(limit)"
    case .tooManyFields(let limit): "there are more than \(limit) fields"
    case .tooManyMessages(let limit): "there are more than \(limit) messages"
    }
  }

  private static func text(_ fault: TensorFault) -> (String, String?) {
    let again = "the file is damaged; export the model again"
    switch fault {
    case .elementTypeNumber(let number): return ("element type \(number) does not exist", again)
    case .unsupportedType(let type): return ("\(type.name) elements are not supported", "export the model with float32 weights")
    case .negativeDim(let axis, let value): return ("its extent along axis \(axis) is \(value)", again)
    case .overflow(let dims): return ("the product of its extents \(dims) overflows", again)
    case .tooManyBytes(let bytes, let limit): return ("it takes \(bytes) bytes, the limit is \(limit)", again)
    case .size(let field, let found, let needed):
      return ("\(field.rawValue) has \(found) \(field == .raw_data ? "bytes" : "entries"), type and shape need \(needed)", again)
    case .outOfRange(let field, let index, let value):
      return ("entry \(index) of \(field.rawValue) is \(value), which its type cannot hold", again)
    case .twoFields(let a, let b): return ("it has both \(a.rawValue) and \(b.rawValue)", again)
    case .segmented: return ("it is stored in segments, which is not supported", "export the model again, tensors in one piece")
    case .external(let fault): return text(fault)
    case .sparse(let fault): return (text(fault), again)
    }
  }

  private static func text(_ fault: SparseFault) -> String {
    switch fault {
    case .incomplete: "it is sparse, and its values or its indices are missing"
    case .shapes(let values, let indices): "it is sparse, and its values \(values) and indices \(indices) do not fit together"
    case .indexType(let type): "it is sparse, and its indices are \(type.name), not int64"
    case .outOfRange(let entry, nil, let index, let limit): "it is sparse, and index \(entry) is \(index), the tensor has \(limit) elements"
    case .outOfRange(let entry, let axis?, let index, let limit):
      "it is sparse, and index \(entry) is \(index) along axis \(axis), which has \(limit) elements"
    case .unordered(let entry): "it is sparse, and index \(entry) does not come after the one before it"
    }
  }

  private static func text(_ fault: ExternalFault) -> (String, String?) {
    let again = "the file contradicts itself; export the model again"
    let inside = "keep the data file in the model's own folder, as a regular file"
    switch fault {
    case .noLocation: return ("its external data has no location", again)
    case .badNumber(let key, let value): return ("the \(key) of its external data is '\(value)', which is no count of bytes", again)
    case .absolutePath(let path): return ("its external data '\(path)' is an absolute path", inside)
    case .leavesFolder(let path): return ("its external data '\(path)' leaves the model's folder", inside)
    case .symbolicLink(let component): return ("its external data goes through the symbolic link '\(component)'", inside)
    case .hardLink(let component, let links): return ("its external data '\(component)' has \(links) hard links", inside)
    case .notRegularFile(let component): return ("its external data '\(component)' is not a regular file", inside)
    case .cannotOpen(let component, let code): return ("its external data '\(component)' cannot be opened: \(reason(code))", inside)
    case .cannotRead(let code): return ("its external data cannot be read: \(reason(code))", inside)
    case .wrongLength(let found, let needed): return ("its external data has \(found) bytes, type and shape need \(needed)", again)
    case .pastEnd(let offset, let length, let size):
      return (
        "its external data takes \(length) bytes from byte \(offset), the file has \(size)",
        "the data file is cut short, or not the one of this model"
      )
    }
  }

  /// What the system says of an errno value.
  static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }

  static func text(_ note: ImportNote) -> String {
    switch note {
    case .assumedBatch(let dim):
      "the batch of '\(dim.input)'\(dim.symbol.isEmpty ? "" : " ('\(dim.symbol)')") is taken as 1; --input-shape gives another"
    case .ignoredAttribute(let node, let attribute):
      "node '\(node.name)' (\(node.type)): attribute '\(attribute)' has no meaning and is ignored"
    case .ignoredTraining: "training information is ignored"
    case .ignoredQuantizationNotes(let count): "\(count) quantization annotations are ignored"
    }
  }
}
