import O2MOps
import O2MTensor

/// The plans of the bodies in a graph: node by node, each body's own before those of the bodies inside of it.
///
/// - Spec: Schemas/bundle.md, "Section bodies".
public struct BodyPlans: BundleSection, Sendable {
  public static let type = SectionType.bodies

  public var plans: [Plan]

  public init(_ plans: [Plan]) { self.plans = plans }

  public func encoded() -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(plans.count))
    for plan in plans {
      let bytes = plan.encoded()
      record.put(bytes.count)
      record.put(raw: bytes)
    }
    return record.bytes
  }
}

/// The bodies of one node, each as a model of its own.
struct NodeBodies: Sendable {
  let node: Int
  let bodies: [SizedModel]

  /// Reads the plans of all bodies in `graph` and checks each against its body.
  ///
  /// - Parameter weights: those of the bundle, in which the constants of bodies lie.
  static func read(
    _ graph: FlatGraph, from record: inout RecordReader, weights: UnsafeRawBufferPointer, limits: Limits
  ) throws(FormatFault) -> [NodeBodies] {
    let start = record.offset, count = try record.count(of: 8)
    var used = 0
    let found = try read(graph, from: &record, weights, limits, count: count, used: &used, start: start)
    guard used == count, record.isAtEnd else { throw .value(offset: start, found: count, limit: used) }
    return found
  }

  private static func read(
    _ graph: FlatGraph, from record: inout RecordReader, _ weights: UnsafeRawBufferPointer, _ limits: Limits, count: Int, used: inout Int,
    start: Int
  ) throws(FormatFault) -> [NodeBodies] {
    var nodes: [NodeBodies] = []
    for (number, node) in graph.nodes.enumerated() {
      var bodies: [SizedModel] = []
      for body in node.op.bodies {
        guard used < count else { throw .value(offset: start, found: count, limit: used + 1) }
        used += 1
        let length = try record.length(), place = record.offset
        _ = try record.raw(length)
        var inner = record.inside(place, length)
        for (value, type) in body.graph.values.enumerated() {
          let limit = body.graph.isConstant(value) ? limits.constantBytes : limits.arenaBytes
          let bytes = type.shape.dims.reduce(type.element.size) { $0.clampedTimes(max(1, $1)) }
          guard bytes <= limit else { throw .value(offset: node.offset, found: bytes, limit: limit) }
        }
        let plan = try Plan(from: &inner, graph: body.graph)
        guard plan.arenaBytes <= limits.arenaBytes else { throw .value(offset: place, found: plan.arenaBytes, limit: limits.arenaBytes) }
        let inside = try read(body.graph, from: &record, weights, limits, count: count, used: &used, start: start)
        bodies.append(try SizedModel(body.graph, plan, derived: [], weights: weights, bodies: inside))
      }
      if !bodies.isEmpty { nodes.append(NodeBodies(node: number, bodies: bodies)) }
    }
    return nodes
  }
}
