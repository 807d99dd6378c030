import O2MImport
import O2MOps
import O2MTestSupport
import Testing

/// What the graphs would find: kernels that are wrong on purpose.
struct PlantedFaultTests {
  /// One in each of twenty operators.
  static let faults: [PlantedFault] = [
    .init(.conv, .lastElement), .init(.convTranspose, .shiftedTail), .init(.instanceNormalization, .lastChannel),
    .init(.matMul, .lastElement),
    .init(.gemm, .swapped), .init(.fusedAttention, .lastElement), .init(.maxPool, .losesNaN), .init(.averagePool, .lastElement),
    .init(.softmax, .swapped), .init(.layerNormalization, .lastElement), .init(.lstm, .lastElement), .init(.add, .shiftedTail),
    .init(.mul, .lastElement), .init(.relu, .losesNaN), .init(.concat, .swapped), .init(.transpose, .shiftedTail),
    .init(.argMax, .offByOne), .init(.quantizeLinear, .offByOne), .init(.resize, .leaks), .init(.reduceMean, .lastElement),
  ]

  @Test func twentyWrongKernelsAreFound() {
    var hidden = Self.faults
    for seed in 1...2000 as ClosedRange<UInt64> where !hidden.isEmpty {
      let recipe = GraphGenerator.graph(seed).recipe, codes = GraphCheck.codesOfBundle(recipe)
      hidden.removeAll { codes.contains($0.code) && GraphCheck(planted: $0).mismatch(recipe) != nil }
    }
    #expect(hidden.isEmpty, "not found: \(hidden)")
  }

  /// The graph that is left holds the operator, little else, and is wrong in the same way.
  @Test func aWrongKernelIsMinimized() throws {
    let fault = PlantedFault(.softmax, .swapped), check = GraphCheck(planted: fault)
    let seeds = 1...2000 as ClosedRange<UInt64>
    let (recipe, mismatch) = try #require(
      seeds.lazy.compactMap { seed -> (GraphRecipe, GraphMismatch)? in
        let recipe = GraphGenerator.graph(seed).recipe
        return check.mismatch(recipe).map { (recipe, $0) }
      }.first)
    let (smallest, reason) = GraphMinimizer(check).minimized(recipe, mismatch)
    #expect(smallest.steps.map(\.code) == [.softmax])
    #expect(reason.code == .softmax && check.mismatch(smallest) != nil && GraphCheck().mismatch(smallest) == nil)
    let scratch = try ScratchFolder()
    try GraphCase(smallest, reason).write(to: scratch.file("softmax"))
    let written = try #require(TestCase.all(in: scratch.path)?.first)
    #expect(try written.dataSets[0].inputs().count == smallest.inputs.count)
  }
}
