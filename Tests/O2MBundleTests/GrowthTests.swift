import CO2MAllocations
import O2MBundle
import O2MGraph
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// Models of any size that are hard on one part of a conversion each.
private enum GrowingModel: CaseIterable {
  /// One value that `n` different nodes read, one that `n` equal ones read, and the sum of what they give.
  case fan, equalFan, sum
  /// `n` outputs, `n` inputs, `n` parts of one value.
  case outputs, inputs, parts
  /// `n` values, and `n` copies, that are joined; along channels too.
  case joined, joinedCopies, joinedChannels
  /// `n` nodes one after the other: of every kind, copies, constants, products, transposes, reshapes, shuffles of channels.
  case chain, copies, constants, products, transposes, reshapes, shuffles
  /// One constant that `n` layers read.
  case shared

  func graph(_ n: Int) throws -> Graph {
    var g = GraphBuilder()
    let x = g.input("x", self == .parts ? [n, 4] : rank4 ? [1, 4, 2, 2] : [1, 4])
    func constant(_ name: String, _ value: Float) -> ValueID { g.constant(name, Tensor([4], [value, 2, 3, 4])) }
    switch self {
    case .fan: for k in 0..<n { g.output(try g.node(Add.self, [x, constant("c\(k)", Float(k))], "v\(k)")) }
    case .equalFan: for k in 0..<n { g.output(try g.node(Abs.self, [try g.node(Neg.self, [x], "v\(k)")], "a\(k)")) }
    case .sum: g.output(try g.node(Sum.self, (0..<n).map { try g.node(Add.self, [x, constant("c\($0)", Float($0))], "v\($0)") }, "y"))
    case .outputs: for k in 0..<n { g.output(try g.node(Neg.self, [x], "v\(k)")) }
    case .inputs: g.output(try g.node(Concat.self, (0..<n).map { g.input("i\($0)", [1, 4]) }, "y", [.axis: .int(0)]))
    case .parts: for part in try g.node(Split.self, [x], "s", outputs: (0..<n).map { "v\($0)" }, [.axis: .int(0)]) { g.output(part) }
    case .joined, .joinedChannels:
      let parts = try (0..<n).map { k in
        rank4
          ? try g.node(LeakyRelu.self, [x], "v\(k)", [.alpha: .float(Float(k))])
          : try g.node(Add.self, [x, constant("c\(k)", Float(k))], "v\(k)")
      }
      g.output(try g.node(Concat.self, parts, "y", [.axis: .int(1)]))
    case .joinedCopies: g.output(try g.node(Concat.self, (0..<n).map { try g.node(Identity.self, [x], "v\($0)") }, "y", [.axis: .int(0)]))
    case .constants:
      let c = constant("c", 1)
      g.output(try g.node(Add.self, [x, try (0..<n).reduce(c) { try g.node(Add.self, [$0, c], "v\($1)") }], "y"))
    case .shared:
      let w = g.weight("w", [4, 4, 1, 1])
      for k in 0..<n {
        g.output(try g.node(Conv.self, [try g.node(LeakyRelu.self, [x], "v\(k)", [.alpha: .float(Float(k))]), w], "y\(k)"))
      }
    case .chain, .copies, .products, .transposes, .reshapes, .shuffles:
      g.output(try g.node(Neg.self, [try (0..<n).reduce(x) { try link(&g, $0, $1) }], "y"))
    }
    return g.graph
  }

  private var rank4: Bool { [.joinedChannels, .shuffles, .shared].contains(self) }

  /// Node `k` of a chain.
  private func link(_ g: inout GraphBuilder, _ x: ValueID, _ k: Int) throws -> ValueID {
    switch self {
    case .copies: return try g.node(Identity.self, [x], "v\(k)")
    case .products: return try g.node(Mul.self, [x, g.constant("c\(k)", Tensor([], [Float(1)]))], "v\(k)")
    case .transposes: return try g.node(Transpose.self, [x], "v\(k)", [.perm: .ints([1, 0])])
    case .reshapes: return try g.node(Reshape.self, [x, g.constant("s\(k)", .indices(k % 2 == 0 ? [2, 2] : [1, 4]))], "v\(k)")
    case .shuffles: return try g.node(.channelShuffle(ChannelShuffle(groups: 2)), [x], "v\(k)")
    default:
      switch k % 3 {
      case 0: return try g.node(Neg.self, [x], "v\(k)")
      case 1: return try g.node(Sigmoid.self, [x], "v\(k)")
      default: return try g.node(Add.self, [x, x], "v\(k)")
      }
    }
  }
}

/// Twice the nodes ask for no more than twice the memory, all of it counted that is asked for on the way, by the passes, the plan and the
/// reading of the bundle. What looks at all nodes for each node makes copies of them and asks for four times as much. The sizes are those
/// from which on the arena is laid out in one go.
@Test(
  .enabled(if: o2m_allocations_are_counted() != 0, "this C library does not let its malloc be replaced"), arguments: GrowingModel.allCases)
private func workGrowsWithTheGraph(model: GrowingModel) throws {
  func bytes(_ n: Int) throws -> Double {
    var graph = try model.graph(n)
    o2m_allocations_begin()
    _ = try Driver(Pipeline.passes).run(&graph)
    _ = try Emitted(try FlatModel(graph), BundleOptions())
    _ = o2m_allocations_end()
    return Double(o2m_allocated_bytes())
  }
  _ = try bytes(8)
  let small = try bytes(2100), large = try bytes(4200)
  #expect(large <= 2.3 * small, "\(Int(small)) bytes for 2100, \(Int(large)) for 4200")
}
