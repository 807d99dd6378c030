import HostSystem
import O2MImport
import O2MOps
import O2MTensor

/// The wording of what is wrong with a model file.
enum ImportMessages {
  static func failure(_ error: ImportError, file: String) -> Failure {
    let (message, help) = parts(error, file)
    let code = code(error)
    var lines = [message]
    if case .refused = error { lines = message.split(separator: "\n  ", omittingEmptySubsequences: false).map(String.init) }
    guard code == .damaged, !file.hasSuffix(".pb"), let kind = FileKind(path: file), let way = kind.wayToModel(file) else {
      return Failure(code, "\(file): \(lines[0])", reasons: Array(lines.dropFirst()), help: help)
    }
    return Failure(code, "\(file): this is \(kind.name), not an ONNX model", help: way)
  }

  /// What helps where the bytes are wrong: not everybody can export.
  fileprivate static let again = "copy, download or export the model again"
  /// What helps where every reader would find the same.
  fileprivate static let contradiction =
    "the file contradicts itself, no runtime can run it; get another copy or version of the model from where it comes from"

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
      return (code == 0 ? "became shorter while it was read" : "cannot be read: \(reason(code))", "try again when nobody writes to it")
    case .notRegularFile: return ("is not a regular file", "give the path of an .onnx file")
    case .empty: return ("is empty", again)
    case .tooLarge(let bytes, let limit):
      return ("has \(bytes) bytes, the limit is \(limit)", "keep the weights in external data beside the model")
    case .limit(let limit, let input, let found, let allowed):
      let text = LimitMessages.text(limit, found, allowed)
      return (input.map { "input '\($0)': \(text)" } ?? text, LimitMessages.help(limit, found, allowed) ?? LimitMessages.tooMuch)
    case .notProtobuf: return ("byte 0: this is not an ONNX model", "give the path of a file that an ONNX exporter wrote")
    case .wire(let fault, let offset): return ("byte \(offset): \(text(fault))", "the file is damaged; \(again)")
    case .undecodable: return ("the protobuf message cannot be decoded", "the file is damaged; \(again)")
    case .irVersion(let found):
      let range = ModelFile.irVersions
      return (
        "IR version \(found) is not one of \(range.lowerBound) to \(range.upperBound)",
        "set ir_version to \(range.upperBound) with the onnx package and save it again, or update onnx2mobile"
      )
    case .noOpset: return ("it names no opset of ONNX's own operators", "the file is damaged; \(again)")
    case .opset(let found):
      let range = ModelFile.opsets
      return (
        "opset \(found) is not one of \(range.lowerBound) to \(range.upperBound)",
        "convert it with onnx.version_converter, or export with opset_version=\(min(18, range.upperBound))"
      )
    case .noGraph: return ("it holds no graph", "the file is damaged; \(again)")
    case .sequenceOrOptional: return ("it holds a sequence or an optional value, not a tensor", "only tensors are supported")
    case .tensor(let name, let fault):
      let (message, help) = text(fault)
      return ("tensor '\(name)': \(message)", help)
    case .value(let fault): return text(fault)
    case .unknownInput(let name, let inputs):
      return ("there is no input '\(name)'", "the inputs are \(inputs.map { "'\($0)'" }.joined(separator: ", "))")
    case .unknownRank(let input): return ("input '\(input)' has no shape", "give one, such as --input-shape \(input):1,3,224,224")
    case .unknownElementType(let input):
      return ("input '\(input)' has no element type", "a constant needs none: --input-value \(input)=FILE.npy; else \(again)")
    case .pinnedRank(let input, let pinned, let rank):
      return ("--input-shape gives \(pinned) extents to '\(input)', which has \(rank)", "give \(rank) numbers")
    case .changedExtents(let dims, let error):
      let list = dims.map { "'\($0.input)' \($0.given) along axis \($0.axis), where the model has \($0.noted)" }
      return (
        "--input-shape gives \(list.joined(separator: ", ")), and that breaks it: \(parts(error, file).0)",
        "give \(dims.map { "\($0.noted)" }.joined(separator: ", ")): the graph holds this size in other places too"
      )
    case .firstExtents(let dims, let error):
      let list = dims.map { "axis 0 of '\($0.input)'" + ($0.symbol.isEmpty ? "" : " ('\($0.symbol)')") }
      return (
        "\(list.joined(separator: ", ")) is open and no batch: 1 is too few, \(parts(error, file).0)",
        "give the size that the model is to run with: \(example(dims))"
      )
    case .inputValue(let input, let fault): return text(fault, input)
    case .pinnedSymbol(let symbol, let input, let axis, let pinned, let before):
      return ("'\(symbol)' is \(before) elsewhere and \(pinned) along axis \(axis) of '\(input)'", "give it one size everywhere")
    case .openDims(let dims): return openDims(dims)
    case .graph(let faults): return (faults.map(text).joined(separator: "; "), contradiction)
    case .unsupported(let operators): return unsupported(operators)
    case .givenType(let input, let given, let expected):
      return ("input '\(input)' is \(describe(expected, nil)), the data is \(describe(given, nil))", "give data of this type and shape")
    case .refused(let refusal): return text(refusal)
    case .node(let node, let fault):
      let text = text(RefusedNode(node: node, fault: fault))
      if case .limit(let limit, let found, let allowed) = fault {
        return (text, LimitMessages.help(limit, found, allowed) ?? LimitMessages.tooMuch)
      }
      return (text, fault.isUnsupported ? "`onnx2mobile dump --operators` lists what is supported" : contradiction)
    }
  }

  private static func text(_ fault: RefusedNode) -> String {
    let node = fault.node
    let reason =
      if let sides = fault.sides {
        "its branches give '\(sides.output)' as \(FaultMessages.text(sides.then)) and as \(FaultMessages.text(sides.otherwise)), and a run "
          + "decides which; a bundle takes one type on both sides"
      } else { FaultMessages.text(fault.fault) }
    let text = "node '\(node.name)' (\(type(node)), opset \(node.opset)): \(reason)"
    guard let decision = fault.decision else { return text }
    let names = decision.inputs.map { "'\($0.name)', \(FaultMessages.text($0.type))," }.joined(separator: " and ")
    guard decision.node != node else { return text + "; input \(names) decides" }
    let place = "node '\(decision.node.name)' (\(type(decision.node)))"
    guard decision.node.type == "If" else { return "input \(names) decides how often \(place) turns, and a turn cannot run: \(text)" }
    return "input \(names) decides which branch of \(place) runs, and one cannot: \(text)"
  }

  /// The operator's name, with its domain where that is not ONNX's own.
  static func type(_ node: NodeReference) -> String { node.domain.isEmpty ? node.type : "\(node.domain).\(node.type)" }

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
    case .emptyOutput(let name):
      return ("output '\(name)' is a sequence without elements, and no other output holds a tensor", "give the graph a tensor as output")
    }
  }

  /// Everything that stands in the way, a line each after the first.
  private static func text(_ refusal: Refusal) -> (String, String) {
    var reasons = refusal.values.map { text($0).0 } + refusal.nodes.map(text) + refusal.attributes.map(text) + refusal.graph.map(text)
    if !refusal.unsupported.isEmpty { reasons.insert(unsupported(refusal.unsupported).0, at: 0) }
    reasons = reasons.map(\.brief)
    return (
      reasons.count == 1 ? reasons[0] : "\(reasons.count) reasons:\n  " + reasons.joined(separator: "\n  "),
      settings(refusal) ?? attributes(refusal) ?? limits(refusal)
        ?? (refusal.isContradiction
          ? contradiction : "`onnx2mobile dump --operators` lists what is supported; what depends on data is best cut off from the graph")
    )
  }

  /// Where a node asks for more than it is given and nothing contradicts itself.
  private static func limits(_ refusal: Refusal) -> String? {
    guard !refusal.isContradiction else { return nil }
    for node in refusal.nodes {
      if case .limit(let limit, let found, let allowed) = node.fault { return LimitMessages.help(limit, found, allowed) }
    }
    return nil
  }

  private static func text(_ attribute: RefusedAttribute) -> String {
    let place = "node '\(attribute.node.name)' (\(type(attribute.node)), opset \(attribute.node.opset))"
    return switch attribute.refusal {
    case .notInVersion(nil): "\(place): the operator has no attribute '\(attribute.name)'"
    case .notInVersion(let first?): "\(place): the operator has no attribute '\(attribute.name)' before opset \(first)"
    case .notSupported: "\(place): attribute '\(attribute.name)' is not supported"
    }
  }

  /// Where nothing but attributes is in the way.
  private static func attributes(_ refusal: Refusal) -> String? {
    guard !refusal.attributes.isEmpty, refusal.unsupported.isEmpty, refusal.values.isEmpty, refusal.nodes.isEmpty, refusal.graph.isEmpty
    else { return nil }
    let firsts = refusal.attributes.compactMap { if case .notInVersion(let first?) = $0.refusal { first } else { nil } }
    if let first = firsts.max(), firsts.count == refusal.attributes.count { return "declare opset \(first) in the model, if that is meant" }
    return "remove what has no meaning with the onnx package; onnx2mobile does not guess what it was to say"
  }

  /// Where inputs decide the form of the graph: that they can be constants.
  private static func settings(_ refusal: Refusal) -> String? {
    var flags: [String] = []
    for input in refusal.nodes.compactMap(\.decision).flatMap(\.inputs) {
      let value = input.type.shape?.count == 1 ? input.example.map { "\($0)" } ?? "VALUE" : "FILE.npy"
      let flag = "--input-value \(input.name)=\(value)"
      if !flags.contains(flag) { flags.append(flag) }
    }
    guard !flags.isEmpty, refusal.unsupported.isEmpty, !refusal.isContradiction else { return nil }
    return "make \(flags.count == 1 ? "it a constant" : "them constants"): \(flags.joined(separator: " "))"
  }

  private static func text(_ fault: InputValueFault, _ input: String) -> (String, String) {
    switch fault {
    case .notOfType(let text, let element):
      ("--input-value gives '\(input)' \(text), which \(element.name) cannot hold", "give numbers of this type")
    case .cannotHold(let found, let needed):
      ("--input-value gives '\(input)' \(found.name), and \(needed.name) cannot hold these values", "store the file as \(needed.name)")
    case .elementCount(let found, let needed):
      (
        "--input-value gives '\(input)' \(found == 1 ? "1 number" : "\(found) numbers"), its shape is \(text(needed))",
        "give as many numbers, or a .npy file of this shape"
      )
    case .shape(let found, let needed):
      ("--input-value gives '\(input)' \(found), its shape is \(text(needed))", "store an array of this shape")
    case .sequence: ("input '\(input)' is a list of tensors, for which there is no --input-value", "cut the graph behind what reads it")
    }
  }

  /// `[1, 3, height, ?]`.
  private static func text(_ dims: [NotedDim]) -> String { "[\(dims.map(text).joined(separator: ", "))]" }

  private static func text(_ dim: NotedDim) -> String {
    switch dim {
    case .fixed(let size): "\(size)"
    case .symbol(let symbol): symbol
    case .open: "?"
    }
  }

  /// The flags that fix every extent of the inputs that `dims` belong to; what the user has to fill in stands in angle brackets.
  private static func example(_ dims: [OpenDim]) -> String {
    var flags: [String] = []
    for dim in dims where !flags.contains(where: { $0.hasPrefix("--input-shape '\(dim.input):") }) {
      let extents = dim.declared.enumerated().map { axis, extent in
        if case .fixed = extent { return text(extent) }
        let isFree = dims.contains { $0.input == dim.input && $0.axis == axis }
        return isFree ? "<\(extent == .open ? "N" : text(extent))>" : "1"
      }
      flags.append("--input-shape '\(dim.input):\(extents.joined(separator: ","))'")
    }
    return flags.joined(separator: " ")
  }

  /// `axis 3 of 'image' [1, 3, 64, width] is open`, for all of them.
  static func openExtents(_ dims: [OpenDim]) -> String { "\(openAxes(dims)) \(dims.count == 1 ? "is" : "are") open" }

  private static func openDims(_ dims: [OpenDim]) -> (String, String) {
    (
      "\(dims.count == 1 ? "1 extent is" : "\(dims.count) extents are") open: \(openAxes(dims))",
      "give the whole shape of each input, numbers in the place of the open extents: \(example(dims))"
    )
  }

  private static func openAxes(_ dims: [OpenDim]) -> String {
    var list: [String] = []
    for dim in dims where dims.first(where: { $0.input == dim.input }) == dim {
      let axes = dims.filter { $0.input == dim.input }.map { "\($0.axis)" }
      list.append("\(axes.count == 1 ? "axis" : "axes") \(axes.joined(separator: ", ")) of '\(dim.input)' \(text(dim.declared))")
    }
    return list.joined(separator: ", ")
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
    let again = "the file is damaged; \(ImportMessages.again)"
    switch fault {
    case .elementTypeNumber(let number): return ("element type \(number) does not exist", again)
    case .unsupportedType(let type): return ("\(type.name) elements are not supported", "convert its weights to float32 or float16 first")
    case .negativeDim(let axis, let value): return ("its extent along axis \(axis) is \(value)", again)
    case .overflow(let dims): return ("the product of its extents \(dims) overflows", again)
    case .limit(let limit, let found, let allowed):
      return (LimitMessages.text(limit, found, allowed), LimitMessages.help(limit, found, allowed) ?? LimitMessages.tooMuch)
    case .size(let field, let found, let needed):
      return ("\(field.rawValue) has \(found) \(field == .raw_data ? "bytes" : "entries"), type and shape need \(needed)", again)
    case .outOfRange(let field, let index, let value):
      return ("entry \(index) of \(field.rawValue) is \(value), which its type cannot hold", again)
    case .twoFields(let a, let b): return ("it has both \(a.rawValue) and \(b.rawValue)", again)
    case .segmented:
      return ("it is stored in segments, which is not supported", "save it with the onnx package: it stores tensors in one piece")
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
    let again = ImportMessages.contradiction
    let inside = "keep the data file in the model's own folder, as a regular file"
    switch fault {
    case .noLocation: return ("its external data has no location", again)
    case .badNumber(let key, let value): return ("the \(key) of its external data is '\(value)', which is no count of bytes", again)
    case .absolutePath(let path): return ("its external data '\(path)' is an absolute path", inside)
    case .leavesFolder(let path): return ("its external data '\(path)' leaves the model's folder", inside)
    case .symbolicLink(let component):
      return (
        "its external data goes through the symbolic link '\(component)', which leaves the model's folder and no snapshot of a cache",
        inside
      )
    case .hardLink(let component, let links): return ("its external data '\(component)' has \(links) hard links", inside)
    case .notRegularFile(let component): return ("its external data '\(component)' is not a regular file", inside)
    case .cannotOpen(let component, let code): return ("its external data '\(component)' cannot be opened: \(reason(code))", inside)
    case .cannotRead(let code): return ("its external data cannot be read: \(reason(code))", inside)
    case .wrongLength(let found, let needed): return ("its external data has \(found) bytes, type and shape need \(needed)", again)
    case .tooLarge(let found, let limit):
      return (
        LimitMessages.text(.fileBytes, found, limit), LimitMessages.help(.fileBytes, found, limit) ?? LimitMessages.tooMuch
      )
    case .pastEnd(let offset, let length, let size):
      return (
        "its external data takes \(length) bytes from byte \(offset), the file has \(size)",
        "the data file is cut short, or not the one of this model"
      )
    }
  }

  /// What the system says of an errno value.
  static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}
