import CO2MKernelChecks
import CO2MKernels
import Testing

/// One instruction set of the kernels' build.
struct InstructionSet: CustomTestStringConvertible, Sendable {
  var index: Int

  static let all = (0..<o2m_simd_count()).map { InstructionSet(index: $0) }

  var name: String { String(cString: o2m_simd_name(index)) }
  var runsHere: Bool { o2m_simd_needs(index) & ~o2m_cpu_features() == 0 }
  var testDescription: String { name }
}

/// One function of Tests/CO2MKernelChecks.
struct KernelCheck: CustomTestStringConvertible, Sendable {
  var index: Int

  static let all = (0..<o2m_check_count()).map { KernelCheck(index: $0) }

  var testDescription: String { String(cString: o2m_check_name(index)) }
}

/// The kernels against plain loops in double precision, on every instruction set.
@Suite struct KernelChecks {
  @Test(arguments: InstructionSet.all, KernelCheck.all)
  func holds(set: InstructionSet, check: KernelCheck) throws {
    guard set.runsHere else { try Test.cancel("this CPU lacks \(set.name)") }
    var report = o2m_check_report()
    o2m_check_run(check.index, set.index, 400, &report)
    let first = withUnsafeBytes(of: report.first) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    #expect(report.cases > 0)
    #expect(report.failures == 0, "\(set.name) \(check.testDescription): \(report.failures) of \(report.cases): \(first)")
  }

  @Test func saysWhatRanHere() {
    let ran = InstructionSet.all.filter(\.runsHere).map(\.name)
    print("kernel sets on this machine: \(ran.joined(separator: ", "))")
    #expect(ran.last == "scalar")
  }
}
