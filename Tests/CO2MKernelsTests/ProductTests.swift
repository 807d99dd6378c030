import CO2MProductChecks
import Testing

/// An instruction set of the matrix kernels, and what to take from the CPU so that dispatch chooses it.
struct ProductISA: CustomTestStringConvertible {
  var name: String
  var without: UInt32
  var runsHere: Bool
  var testDescription: String { name }

  static let all: [ProductISA] = {
    var all: [ProductISA] = []
    var needs: UInt32 = 0, above: UInt32 = 0, runsHere: Int32 = 0
    while let name = o2m_check_isa(all.count, &needs, &runsHere) {
      all.append(ProductISA(name: String(cString: name), without: above, runsHere: runsHere != 0))
      above |= needs
    }
    return all
  }()
}

enum ProductFamily: Int32, CaseIterable {
  case conv, depthwiseConv, convTranspose, gemm, matmul, winograd, planarConv, expandDepthwiseConv, attention
}

/// Each seed draws sizes around the tile, strides, pads, dilation, groups, pitches, weight type and activation; the check
/// compares with sums in double precision, looks for stray writes, and repeats with 2 and 3 threads.
@Test(arguments: ProductISA.all, ProductFamily.allCases)
func productsMatchDoublePrecision(isa: ProductISA, family: ProductFamily) throws {
  guard isa.runsHere else { try Test.cancel("this CPU lacks \(isa.name)") }
  for seed in UInt32(0)..<400 {
    let check = o2m_check_product(family.rawValue, seed, isa.without)
    #expect(
      check.share <= 1,
      "\(family) seed \(seed): element \(check.index) is \(check.got), not \(check.expected): \(check.share) of the bound")
    #expect(check.stray == 0, "\(family) seed \(seed): \(check.stray) elements written outside of the output")
    #expect(check.thread_dependent == 0, "\(family) seed \(seed): \(check.thread_dependent) elements depend on the threads")
  }
}

/// Floats of every magnitude, infinities and NaN; the bound follows from the exponential's argument.
@Test(arguments: ProductISA.all, UInt32(O2M_CHECK_ACTIVATION_FIRST)...UInt32(O2M_CHECK_ACTIVATION_LAST))
func activationsMatchDoublePrecision(isa: ProductISA, kind: UInt32) throws {
  guard isa.runsHere else { try Test.cancel("this CPU lacks \(isa.name)") }
  let check = o2m_check_activation(kind, isa.without)
  #expect(check.share <= 1, "element \(check.index) is \(check.got), not \(check.expected): \(check.share) of the bound")
  #expect(check.stray == 0)
}
