import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import Testing

/// An index that lies outside its axis only when the model runs is a fault of that run, from a kernel (int64) and from a reference
/// (uint8) alike; the session goes on.
@Test(arguments: [ElementType.int64, .uint8])
func anIndexOutsideItsAxisIsAFault(element: ElementType) throws {
  var graph = Graph(name: "pick")
  let x = graph.addInput("x", TensorType(.float32, [3, 2]))
  let indices = graph.addInput("indices", TensorType(element, [2]))
  graph.addOutput(try graph.addNode(.gather(Gather(axis: 0)), [x, indices], name: "pick", outputs: ["y"])[0])
  let session = try Session(Emitted(FlatModel(graph)).model)
  let rows = Tensor([3, 2], [1, 2, 3, 4, 5, 6] as [Float])
  func picked(_ indices: [Int]) throws -> [Double] { try session.run([rows, Tensor(element, [2], wrapping: indices)])[0].doubles() }

  #expect(try picked([2, 0]) == [5, 6, 1, 2])
  #expect(throws: RunFault.run(node: 0, .index(input: 1, found: 3, limit: 3))) { try picked([0, 3]) }
  #expect(try picked([1, 1]) == [3, 4, 3, 4])
}
