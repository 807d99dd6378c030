import O2MOps
import O2MTensor

/// What a rewrite says about one node.
public enum Verdict: Sendable {
  case apply(Patch)
  /// The node looks like a case for this pass but is none, and why.
  case skip(StaticString)
  /// The pass does not apply to the node.
  case notApplicable
}

/// A rule over single nodes. It describes changes; the driver makes them.
///
/// The driver takes a fresh copy for each round, so one may keep what it saw earlier in the round.
public protocol Pass: Sendable {
  /// Verb first: `fold-`, `fuse-x-into-y`, `eliminate-`, `replace-`, `quantize-`.
  static var name: StaticString { get }
  var name: StaticString { get }
  mutating func verdict(on node: Node, in graph: Graph) -> Verdict
  /// Whether the verdict on a node with constant inputs follows from these alone.
  var isOfConstants: Bool { get }
}

extension Pass {
  public var isOfConstants: Bool { false }
  public var name: StaticString { Self.name }
}

/// A pass that starts from nodes of one operator.
public protocol Rewrite: Pass {
  associatedtype Target: Operator
  func rewrite(_ node: NodeOf<Target>, in graph: Graph) -> Verdict
}

extension Rewrite {
  public func verdict(on node: Node, in graph: Graph) -> Verdict {
    guard let target = node.as(Target.self) else { return .notApplicable }
    return rewrite(target, in: graph)
  }
}
