import O2MParity
import O2MTensor
import Testing

/// Drawn inputs that leave an output close to its bound are weak evidence; the user's are not.
@Test(arguments: [(23.0, true), (25.9, true), (26.1, false), (40, false)])
func closeBoundsAreWeakEvidence(sqnr: Double, isWeak: Bool) {
  let reference = Tensor([2], [1, -1] as [Double]), factor = 1 + Decibels.ratio(-sqnr).squareRoot()
  var report = ParityReport(outputs: ["y"], tolerance: Tolerance(minimumSQNR: 20))
  report.add([Tensor([2], [factor, -factor])], reference: [reference])
  #expect(report.verdict == .pass)
  #expect((Evidence(.seeded).heeding(report).kind == .weak) == isWeak)
  #expect(Evidence(.data).heeding(report) == Evidence(.data))
}
