import O2MGraph
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

private typealias Sparse = ModelWriter.Sparse

/// y = x + w with a sparse w.
private func model(_ sparse: Sparse) -> [UInt8] {
  var model = ModelWriter()
  model.input("x", .float32, [2, 3])
  model.initializer("w", sparse)
  model.node("Add", ["x", "w"], ["y"])
  model.output("y")
  return model.bytes
}

private let values = Tensor([2], [5, 7] as [Float])

private func fault(_ sparse: Sparse) throws -> TensorFault? {
  guard case .tensor("w", let fault)? = try imported(model(sparse)).failure else { return nil }
  return fault
}

@Test(arguments: [Tensor.indices([1, 5]), Tensor([2, 2], [0, 1, 1, 2] as [Int64])])
func sparseInitializersBecomeDense(indices: Tensor) throws {
  let graph = try imported(model(Sparse(values, at: indices, dims: [2, 3]))).get().graph
  #expect(graph.constants.first?.constant?.doubles() == [0, 5, 0, 0, 0, 7])
}

@Test func sparseConstantsBecomeDense() throws {
  var model = ModelWriter()
  model.node("Constant", [], ["y"], [("sparse_value", .sparse(Sparse(Tensor(.int8, [1], wrapping: [-3]), at: .indices([2]), dims: [4])))])
  model.output("y", .int8)
  #expect(try imported(model.bytes).get().known?.first?.ints() == [0, 0, -3, 0])
}

@Test func sparseIndicesStayInside() throws {
  #expect(try fault(Sparse(values, at: .indices([1, 6]), dims: [2, 3])) == .sparse(.outOfRange(entry: 1, axis: nil, index: 6, limit: 6)))
  #expect(
    try fault(Sparse(values, at: .indices([-1, 2]), dims: [2, 3])) == .sparse(.outOfRange(entry: 0, axis: nil, index: -1, limit: 6)))
  let beyond = Tensor([2, 2], [0, 1, 0, 3] as [Int64])
  #expect(try fault(Sparse(values, at: beyond, dims: [2, 3])) == .sparse(.outOfRange(entry: 1, axis: 1, index: 3, limit: 3)))
  #expect(try fault(Sparse(values, at: .indices([2, 2]), dims: [2, 3])) == .sparse(.unordered(entry: 1)))
}

@Test func sparsePartsFitTogether() throws {
  #expect(try fault(Sparse(values, at: .indices([1]), dims: [2, 3])) == .sparse(.shapes(values: [2], indices: [1])))
  #expect(try fault(Sparse(values, at: Tensor([2], [0, 1] as [Int32]), dims: [2, 3])) == .sparse(.indexType(.int32)))
  #expect(try fault(Sparse(values, at: .indices([0, 1]), dims: [2, -3])) == .negativeDim(axis: 1, -3))
}

/// A few bytes can ask for any amount of memory.
@Test func denseFormsHaveALimit() throws {
  guard case .limit(.foldedBytes, 1 << 30, let limit)? = try fault(Sparse(values, at: .indices([0, 1]), dims: [1 << 14, 1 << 14])) else {
    Issue.record("a gigabyte was given")
    return
  }
  #expect(limit < 1 << 26)
  #expect(try fault(Sparse(values, at: .indices([0, 1]), dims: [1 << 40, 1 << 40])) == .overflow(dims: [1 << 40, 1 << 40]))
}
