import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// What becomes of a graph on its way to a bundle, and what stops it.
struct LoweringTests {
  /// What is known already needs no node, and neither does what it was found from.
  @Test func knownValuesNeedNoNodes() throws {
    var m = ModelBuilder()
    let x = m.input(32), target = m.node(.shape(ShapeOf()), m.conv(m.input(1, 3, 4, 4, named: "picture"), 2, 3))
    m.graph.addOutput(m.node(.reshape(Reshape()), x, target))
    let flat = try FlatModel(m.graph)
    #expect(flat.graph.nodes.map(\.code) == [.reshape] && flat.constants.map { $0.ints() } == [[1, 2, 4, 4]])
  }

  /// A name may have as many bytes as a bundle reads.
  @Test(arguments: [4096, 4097]) func namesHaveALimit(bytes: Int) throws {
    let name = String(repeating: "é", count: 2048) + (bytes > 4096 ? "x" : "")
    var graph = Graph(name: "names")
    let x = graph.addInput("x", TensorType(.float32, [4]))
    graph.addOutput(try graph.addNode(.relu(Relu()), [x], name: "relu", outputs: [name])[0])
    #expect(fault(graph) == (bytes > 4096 ? .name(name, bytes: bytes, limit: 4096) : nil))
  }

  @Test(arguments: [8, 9]) func ranksHaveALimit(rank: Int) throws {
    var graph = Graph(name: "ranks")
    let x = graph.addInput("x", TensorType(.float32, Shape([Int](repeating: 1, count: rank))))
    graph.addOutput(try graph.addNode(.relu(Relu()), [x], name: "relu", outputs: ["y"])[0])
    #expect(fault(graph) == (rank > BundleFormat.maximumRank ? .rank(value: "x", limit: BundleFormat.maximumRank) : nil))
  }

  /// Each value fits, all that live at once do not.
  @Test(arguments: [1, 3]) func arenasHaveALimit(living: Int) throws {
    var graph = Graph(name: "large")
    var values = [graph.addInput("x", TensorType(.float32, [300 << 20]))]
    for index in 0..<living { values.append(try graph.addNode(.neg(Neg()), [values[0]], name: "n\(index)", outputs: ["v\(index)"])[0]) }
    var sum = values[1]
    for (index, value) in values.dropFirst(2).enumerated() {
      sum = try graph.addNode(.add(Add()), [sum, value], name: "s\(index)", outputs: ["t\(index)"])[0]
    }
    graph.addOutput(sum)
    let found = fault(graph)
    if living == 1 {
      #expect(found == nil)
    } else if case .arena(let bytes, let limit) = found {
      #expect(bytes > limit && limit == Limits().arenaBytes)
    } else {
      Issue.record("\(String(describing: found))")
    }
  }

  /// The manifest says how long the weights are before anything else is read.
  @Test(arguments: [Models.mobile, Models.mixed, Models.recurrent]) func manifestsHaveTheLengthOfTheWeights(graph: @Sendable () -> Graph)
    throws
  {
    let emitted = try Emitted(FlatModel(graph())), parts = try Parts(emitted.bytes)
    let stored = try #require(parts.sections.first { $0.type == .weights }).raw.count
    #expect(stored > 0 && emitted.manifest.weightBytes == stored && emitted.model.manifest.weightBytes == stored)
  }

  private func fault(_ graph: Graph) -> PlanError? {
    do throws(PlanError) {
      _ = try Emitted(FlatModel(graph))
      return nil
    } catch { return error }
  }
}
