import COnnxProto
import O2MOps

/// An operator that the importer itself deals with.
protocol ImportedOperator: SendableMetatype {
  /// The ONNX name.
  static var name: String { get }
  /// "" for ONNX's own operators.
  static var domain: String { get }
  /// The versions of the operator that differ, ascending.
  static var versions: [Int] { get }
}

extension ImportedOperator {
  static var domain: String { "" }
}

/// What a node's type leads to.
enum Entry {
  case controlFlow(ControlFlow)
  case localFunction(LocalFunction)
  case decomposition(any Decomposition.Type)
  case constantEvaluation(any ConstantEvaluation.Type)
  case string(any StringOperator.Type)
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

  private static let decomposed = Dictionary(uniqueKeysWithValues: decompositions.map { (LocalFunction.key($0.domain, $0.name), $0) })
  private static let evaluated = Dictionary(uniqueKeysWithValues: constantEvaluations.map { (LocalFunction.key($0.domain, $0.name), $0) })
  private static let overStrings = Dictionary(uniqueKeysWithValues: stringOperators.map { (LocalFunction.key($0.domain, $0.name), $0) })

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
    if let type = Self.decomposed[key] { return .decomposition(type) }
    if let type = Self.evaluated[key] { return .constantEvaluation(type) }
    if let type = ControlFlow(rawValue: node.type), type.domain == node.domain { return .controlFlow(type) }
    if node.domain.isEmpty, let code = Self.codes[OlderForm.newerName(node.type)] { return .op(code) }
    return Self.overStrings[key].map { .string($0) }
  }

  /// Whether `node` is of an operator, no function that the model defines.
  func isOperator(_ node: SourceNode) -> Bool { localFunctions[LocalFunction.key(node.domain, node.type)] == nil }

  /// The form over strings that the operator of `node` has at the node's opset.
  func stringForm(of node: SourceNode) -> (any StringOperator.Type)? {
    guard let type = Self.overStrings[LocalFunction.key(node.domain, node.type)], let first = type.versions.first else { return nil }
    return node.opset >= first ? type : nil
  }

  /// Every operator in `subgraph` that an output needs and that cannot be imported, with the first node of each.
  func unsupported(in subgraph: Subgraph) -> [UnsupportedOperator] {
    var known: [String: UnsupportedCounts] = [:]
    return collect(subgraph, &known).list
  }

  /// - Parameter known: the functions that were searched: each is once, however often it is called.
  private func collect(_ subgraph: Subgraph, _ known: inout [String: UnsupportedCounts]) -> UnsupportedCounts {
    var found = UnsupportedCounts()
    for (node, isLive) in zip(subgraph.nodes, subgraph.isLive) where isLive {
      for subgraph in node.subgraphs { found.add(collect(subgraph, &known)) }
      let key = LocalFunction.key(node.domain, node.type)
      if case .localFunction(let function)? = self[node] {
        if known[key] == nil {
          // A function that calls itself is found when it is written out.
          known[key] = UnsupportedCounts()
          known[key] = collect(function.subgraph, &known)
        }
        if let inside = known[key] { found.add(inside) }
        continue
      }
      guard let reason = refusal(node) else { continue }
      found.add(
        UnsupportedOperator(domain: node.domain, type: node.type, opset: node.opset, count: 1, firstNode: node.name, reason: reason))
    }
    return found
  }

  private static let random: Set = ["Bernoulli", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike"]

  /// Why `node` cannot be imported; nil where it can.
  func refusal(_ node: SourceNode) -> UnsupportedOperator.Reason? {
    guard let entry = self[node] else { return node.domain.isEmpty && Self.random.contains(node.type) ? .random : .unknown }
    guard let first = entry.firstVersion(of: node), first > node.opset else { return nil }
    return .notBefore(opset: first)
  }
}

/// Operators with how often they occur, in the order in which they were met.
private struct UnsupportedCounts {
  private(set) var list: [UnsupportedOperator] = []
  private var places: [String: Int] = [:]

  mutating func add(_ other: UnsupportedCounts) { for operation in other.list { add(operation) } }

  mutating func add(_ operation: UnsupportedOperator) {
    let key = LocalFunction.key(operation.domain, operation.type)
    if let place = places[key] {
      // Functions that call each other can stand for more nodes than a number holds.
      let (sum, isTooLarge) = list[place].count.addingReportingOverflow(operation.count)
      list[place].count = isTooLarge ? .max : sum
    } else {
      places[key] = list.count
      list.append(operation)
    }
  }
}

extension Entry {
  /// The opset that introduced the operator; nil where the node has an old name that the importer rewrites, or where every opset knows it.
  fileprivate func firstVersion(of node: SourceNode) -> Int? {
    switch self {
    case .controlFlow(let type): type.firstVersion
    case .localFunction: nil
    case .decomposition(let type): type.versions.first
    case .constantEvaluation(let type): type.versions.first
    case .string(let type): type.versions.first
    case .op(let code): node.type == code.name.description ? code.versions?.first : nil
    }
  }
}
