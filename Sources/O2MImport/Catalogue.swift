import COnnxProto
import O2MOps

/// What a node's type leads to.
enum Entry {
  case structure(Structure)
  case localFunction(LocalFunction)
  case function(any ImportFunction.Type)
  case known(any KnownOperator.Type)
  case text(any TextOperator.Type)
  case op(OpCode)
}

/// Every operator that can be imported: ONNX's own, and the functions of one model.
struct Catalogue {
  private let localFunctions: [String: LocalFunction]
  /// A function that could not be read.
  let fault: ImportError?

  private static let codes: [String: OpCode] = {
    var codes: [String: OpCode] = [:]
    for code in OpCode.allCases where code.versions != nil { codes[code.name.description] = code }
    return codes
  }()

  private static let functions: [String: any ImportFunction.Type] = {
    var functions: [String: any ImportFunction.Type] = [:]
    for function in importFunctions { functions[LocalFunction.key(function.domain, function.name)] = function }
    return functions
  }()

  private static let known: [String: any KnownOperator.Type] = {
    var known: [String: any KnownOperator.Type] = [:]
    for type in knownOperators { known[LocalFunction.key(type.domain, type.name)] = type }
    return known
  }()

  static let texts: [String: any TextOperator.Type] = {
    var texts: [String: any TextOperator.Type] = [:]
    for type in textOperators { texts[LocalFunction.key(type.domain, type.name)] = type }
    return texts
  }()

  init(_ file: ModelFile) {
    var functions: [String: LocalFunction] = [:]
    var fault: ImportError?
    for proto in CArray(file.message.pointee.functions, file.message.pointee.n_functions) {
      do throws(ImportError) {
        functions[LocalFunction.key(proto.pointee)] = try LocalFunction(proto.pointee, in: file)
      } catch { fault = fault ?? error }
    }
    localFunctions = functions
    self.fault = fault
  }

  /// What `node` leads to; nil where nothing here imports it.
  subscript(node: SourceNode) -> Entry? {
    let key = LocalFunction.key(node.domain, node.type)
    if let function = localFunctions[key] { return .localFunction(function) }
    if let function = Self.functions[key] { return .function(function) }
    if let known = Self.known[key] { return .known(known) }
    if let structure = Structure(rawValue: node.type), structure.domain == node.domain { return .structure(structure) }
    if node.domain.isEmpty, let code = Self.codes[SourceNode.modernName(node.type)] { return .op(code) }
    return Self.texts[key].map { .text($0) }
  }

  /// Every operator in `body` that cannot be imported, with the first node of each.
  func unsupported(in body: Body) -> [UnsupportedOperator] {
    var found: [UnsupportedOperator] = []
    collect(body.nodes, into: &found, inside: [])
    return found
  }

  private func collect(_ nodes: [SourceNode], into found: inout [UnsupportedOperator], inside functions: Set<String>) {
    for node in nodes {
      for body in node.bodies { collect(body.nodes, into: &found, inside: functions) }
      let key = LocalFunction.key(node.domain, node.type)
      if case .localFunction(let function)? = self[node] {
        // A function that calls itself is found when it is written out.
        if !functions.contains(key) { collect(function.body.nodes, into: &found, inside: functions.union([key])) }
        continue
      }
      guard let reason = refusal(node) else { continue }
      if let index = found.firstIndex(where: { $0.domain == node.domain && $0.type == node.type }) {
        found[index].count += 1
      } else {
        found.append(
          UnsupportedOperator(
            domain: node.domain, type: node.type, opset: node.opset, count: 1, firstNode: node.name, reason: reason))
      }
    }
  }

  private static let random: Set = ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"]

  /// Why `node` cannot be imported; nil where it can.
  func refusal(_ node: SourceNode) -> UnsupportedOperator.Reason? {
    guard let entry = self[node] else { return node.domain.isEmpty && Self.random.contains(node.type) ? .random : .unknown }
    guard let first = entry.firstVersion(of: node), first > node.opset else { return nil }
    return .notBefore(opset: first)
  }
}

extension Entry {
  /// The opset that introduced the operator; nil where the node has an old name that the importer rewrites, or where every opset knows it.
  fileprivate func firstVersion(of node: SourceNode) -> Int? {
    switch self {
    case .structure(let structure): structure.firstVersion
    case .localFunction: nil
    case .function(let type): type.versions.first
    case .known(let type): type.versions.first
    case .text(let type): type.versions.first
    case .op(let code): node.type == code.name.description ? code.versions?.first : nil
    }
  }
}
