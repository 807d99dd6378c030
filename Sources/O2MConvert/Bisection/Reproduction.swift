import O2MGraph
import O2MImport
import O2MTensor

/// The smallest model found that shows a fault of a conversion, with weights and inputs that are drawn: nothing in it is the user's.
public struct Reproduction: Sendable {
  /// A file of ONNX.
  public let model: [UInt8]
  public let inputs: [TensorFile]
  /// What the references make of them.
  public let outputs: [TensorFile]
  /// The operators in their order.
  public let operators: [String]
  /// Of the weights and inputs.
  public let seed: UInt64
  /// How many single floats of the model it keeps, since the fault shows with these alone.
  public let keptNumbers: Int
  /// What the fault is in it.
  public let fault: ConversionFault

  /// Why there is none.
  public enum Obstacle: Error, Equatable, Sendable {
    /// The part holds bodies, texts or trained numbers among its attributes, or functions of the model.
    case unpublishable
    /// No part of the model shows it by itself.
    case onlyWhole
    /// With drawn weights it does not show.
    case onlyTrained
  }
}

/// Looks for the smallest part of a model that shows a fault.
struct Reproducer {
  let outline: ModelOutline
  let imported: Graph
  let check: ConversionCheck
  private let ids: [String: ValueID]
  private let trace: Evaluator.Trace
  private let makers: [String: Int]
  private let readers: [String: [Int]]

  /// - Parameter inputs: on which the fault shows.
  init(_ outline: ModelOutline, _ imported: Graph, _ inputs: [Tensor], _ check: ConversionCheck) throws(EvaluationError) {
    self.outline = outline
    self.imported = imported
    self.check = check
    ids = imported.valuesByName
    trace = try Evaluator(imported).trace(inputs)
    var makers: [String: Int] = [:], readers: [String: [Int]] = [:]
    for (index, node) in outline.nodes.enumerated() {
      for name in node.outputs where !name.isEmpty { makers[name] = index }
      for name in Set(node.inputs) where !name.isEmpty { readers[name, default: []].append(index) }
    }
    (self.makers, self.readers) = (makers, readers)
  }

  /// By how many nodes the part that is wrong is widened, before it and behind it: what a rewrite asks for may lie around it.
  private static let margins = [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (2, 2), (4, 2), (8, 4)]
  private static let mostSteps = 60
  /// How many smaller pieces are looked at.
  private static let attempts = 400
  private static let seeds: ClosedRange<UInt64> = 1...4

  func reproduction(of fault: ConversionFault) throws(Reproduction.Obstacle) -> Reproduction {
    var obstacle = Reproduction.Obstacle.onlyWhole, seen: Set<[Int]> = []
    for (before, behind) in Self.margins {
      let members = try members(fault, before, behind)
      guard seen.insert(members).inserted, let piece = piece(members), shows(piece, fault) != nil else { continue }
      if let found = synthetic(piece, fault, isSmallest: false) { return found }
      obstacle = .onlyTrained
      let smallest = reduction(fault).smallest(piece, fault).0
      if let found = synthetic(smallest, fault, isSmallest: true) { return found }
    }
    throw obstacle
  }

  /// The piece with drawn numbers, cut down; nil where the fault does not show with them.
  private func synthetic(_ piece: ModelPiece, _ fault: ConversionFault, isSmallest: Bool) -> Reproduction? {
    for keepsSingles in [false, true] {
      for seed in Self.seeds {
        var weights = SyntheticWeights(seed: seed, keepsSingles: keepsSingles)
        let drawn = weights.replaced(piece)
        guard let reason = shows(drawn, fault) else { continue }
        let smallest = isSmallest ? drawn : reduction(fault).smallest(drawn, reason).0, written = smallest.renamed
        guard let shown = shows(written, fault), let graph = written.imported,
          let outputs = try? Evaluator(graph).run(written.inputTensors)
        else { continue }
        return Reproduction(
          model: written.bytes, inputs: written.inputs.map { TensorFile(name: $0.name, tensor: $0.tensor) },
          outputs: zip(written.outputs, outputs).map { TensorFile(name: $0, tensor: $1) }, operators: written.steps.map(\.type), seed: seed,
          keptNumbers: weights.keptCount, fault: shown)
      }
    }
    return nil
  }

  private func reduction(_ fault: ConversionFault) -> GraphReduction<ModelPiece, ConversionFault> {
    GraphReduction(attempts: Self.attempts, values: \.values) { shows($0, fault) }
  }

  private func shows(_ piece: ModelPiece, _ fault: ConversionFault) -> ConversionFault? {
    check.fault(piece).flatMap { $0.isLike(fault) ? $0 : nil }
  }

  /// The nodes of the file that compute what is wrong, from what it is computed from, and some around them.
  private func members(_ fault: ConversionFault, _ before: Int, _ behind: Int) throws(Reproduction.Obstacle) -> [Int] {
    let stops = Set(fault.reads)
    var members: Set<Int> = [], open = fault.makes.compactMap { makers[$0] }.map { (node: $0, beyond: 0) }
    guard open.isEmpty || open.contains(where: { outline.nodes[$0.node].attributes != nil }) else { throw .unpublishable }
    var next = 0, met: Set<String> = [], isBeside = false
    while members.count < Self.mostSteps {
      guard next < open.count else {
        if isBeside { break }
        isBeside = true
        open += fault.beside.filter { !met.contains($0) }.compactMap { makers[$0] }.map { (node: $0, beyond: 1) }
        continue
      }
      let (node, beyond) = open[next]
      next += 1
      guard outline.nodes[node].attributes != nil, members.insert(node).inserted else { continue }
      met.formUnion(outline.nodes[node].inputs)
      for name in outline.nodes[node].inputs {
        guard let maker = makers[name], ids[name].map({ imported[$0].constant == nil }) ?? true else { continue }
        let further = beyond > 0 || stops.contains(name) ? beyond + 1 : 0
        if further <= before { open.append((maker, further)) }
      }
    }
    for _ in 0..<behind {
      for name in members.sorted().flatMap({ outline.nodes[$0].outputs }) {
        for reader in (readers[name] ?? []).prefix(4) where outline.nodes[reader].attributes != nil { members.insert(reader) }
      }
    }
    return members.sorted()
  }

  /// These nodes with what they read; nil where that is no tensor.
  private func piece(_ members: [Int]) -> ModelPiece? {
    var piece = ModelPiece(of: outline)
    let nodes = members.map { outline.nodes[$0] }, made = Set(nodes.flatMap(\.outputs)), read = Set(nodes.flatMap(\.inputs))
    var known: Set<String> = [""]
    for node in nodes {
      for name in node.inputs where !made.contains(name) && known.insert(name).inserted {
        guard let id = ids[name] else { return nil }
        if let constant = imported[id].fact.value {
          piece.constants.append(NamedTensor(name: name, tensor: constant))
        } else if let tensor = trace[id] {
          piece.inputs.append(NamedTensor(name: name, tensor: tensor))
        } else {
          return nil
        }
      }
      piece.steps.append(
        .init(type: node.type, domain: node.domain, attributes: node.attributes ?? [], operands: node.inputs, results: node.outputs))
    }
    for name in nodes.flatMap(\.outputs) where !name.isEmpty {
      guard let id = ids[name] else { continue }
      piece.types[name] = imported[id].type
      if !read.contains(name) { piece.outputs.append(name) }
    }
    return piece.outputs.isEmpty ? nil : piece
  }
}
