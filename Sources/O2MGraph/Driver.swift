import O2MOps
import O2MTensor

/// What a pass did: how often it rewrote, and why it declined.
public struct PassReport: Equatable, Sendable {
  public struct Skip: Equatable, Sendable {
    public var node: String
    public var reason: String
  }

  public var name: String
  public var rewrites = 0
  /// The reasons of the last round, by node.
  public var skips: [Skip] = []
}

/// Which patch broke the graph, and how.
public enum PassError: Error, Equatable, Sendable {
  case patch(pass: String, node: String, number: Int, PatchError)
  case verify(pass: String, node: String, number: Int, VerifyError)
  /// `check` found other numbers after this patch: the graph output that differs most, and by how much.
  case numerics(pass: String, node: String, number: Int, output: String, difference: Double, allowed: Double)
  case evaluation(pass: String, number: Int, EvaluationError)
  case noFixpoint(rounds: Int)
}

/// Runs passes in order, over and over until none of them finds anything.
public struct Driver: Sendable {
  public var passes: [any Pass]
  /// Patches after which to stop; nil for all.
  public var stopAfter: Int?
  /// Called after every patch with its pass, node and number.
  public var check: (@Sendable (Graph, _ pass: String, _ node: String, _ number: Int) throws(PassError) -> Void)?
  static let maximumRounds = 64

  public init(_ passes: [any Pass], stopAfter: Int? = nil) {
    self.passes = passes
    self.stopAfter = stopAfter
  }

  public func run(_ graph: inout Graph) throws(PassError) -> [PassReport] { try run(&graph) { _, _ in true } }

  /// A patch that is about to be applied.
  package struct Rewriting {
    package var pass: String
    /// The node that the pass looked at.
    package var node: Node
    /// From 1 in the order of all patches.
    package var number: Int
    package var patch: Patch
  }

  /// - Parameter inspect: sees each patch with the graph that it is made for; where it says no, the run ends there.
  package func run(
    _ graph: inout Graph, inspecting inspect: (Rewriting, Graph) -> Bool
  ) throws(PassError) -> [PassReport] {
    var graphs = SizedGraphs(only: graph)
    defer { graph = graphs.typical }
    graph = Graph()
    return try run(&graphs, inspecting: inspect)
  }

  /// The same for a graph at several input shapes: only what holds at all of them is rewritten.
  package func run(_ graphs: inout SizedGraphs) throws(PassError) -> [PassReport] { try run(&graphs) { _, _ in true } }

  private func run(_ graphs: inout SizedGraphs, inspecting inspect: (Rewriting, Graph) -> Bool) throws(PassError) -> [PassReport] {
    var reports = passes.map { PassReport(name: "\($0.name)") }
    var patches = 0
    for _ in 0..<Self.maximumRounds {
      var changed = false
      for (index, pass) in passes.enumerated() {
        reports[index].skips = []
        var last: String?
        var pass = pass, others = [any Pass](repeating: pass, count: graphs.others.count)
        for id in Array(graphs.typical.order) {
          if let stopAfter, patches >= stopAfter { break }
          guard let node = graphs.typical.node(id) else { continue }
          do throws(OpFault) { try graphs.typical.limits.checkTime() } catch {
            throw .patch(pass: "\(pass.name)", node: node.name, number: patches, .operands(node: node.name, error))
          }
          let verdict = pass.verdict(on: node, in: graphs.typical)
          // What is computed from the same weights is computed once.
          let isShared = pass.isOfConstants && graphs.sharesConstants(node)
          let rest = others.indices.map {
            isShared ? verdict : others[$0].verdict(on: graphs.others[$0][id], in: graphs.others[$0])
          }
          switch verdict {
          case .notApplicable: break
          case .skip(let reason): reports[index].skips.append(.init(node: node.name, reason: "\(reason)"))
          case .apply(let wanted):
            guard let agreed = graphs.agreement(wanted, rest) else {
              reports[index].skips.append(.init(node: node.name, reason: "it does not hold at every input shape"))
              break
            }
            let patch = agreed[0]
            patches += 1
            changed = true
            last = node.name
            reports[index].rewrites += 1
            guard inspect(Rewriting(pass: "\(pass.name)", node: node, number: patches, patch: patch), graphs.typical) else {
              return reports
            }
            do throws(PatchError) { try graphs.apply(agreed) } catch {
              throw .patch(pass: "\(pass.name)", node: node.name, number: patches, error)
            }
            do throws(VerifyError) { try graphs.typical.verify(patch) } catch {
              throw .verify(pass: "\(pass.name)", node: node.name, number: patches, error)
            }
            try check?(graphs.typical, "\(pass.name)", node.name, patches)
          }
        }
        // The checks of single patches look only at what each can have broken; this one looks at everything.
        if let last {
          do throws(VerifyError) { try graphs.typical.verify() } catch {
            throw .verify(pass: "\(pass.name)", node: last, number: patches, error)
          }
        }
        if let stopAfter, patches >= stopAfter { return reports }
      }
      if !changed {
        // Patches are counted in the graph itself, so that one that is cut short has bodies as they came.
        if stopAfter == nil {
          for (index, count) in try rewriteBodies(&graphs).enumerated() { reports[index].rewrites += count }
        }
        return reports
      }
    }
    throw .noFixpoint(rounds: Self.maximumRounds)
  }
}
