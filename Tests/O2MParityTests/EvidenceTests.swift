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

/// Small numbers have digits of their own; what a sigmoid leaves of large ones has not.
@Test(arguments: [([1e-6, 2e-6, 5e-7, 3e-6], false), ([1e-9, 1 - 1e-9, 1e-12, 1], true), ([0.5, 0, 1, 0], false)])
func saturationReachesOne(values: [Double], isSaturated: Bool) {
  var movements = Movements(outputs: ["y"])
  movements.add([Tensor([4], values.map { Float($0) })])
  movements.add([Tensor([4], values.reversed().map { Float($0) })])
  let evidence = movements.evidence(.float32, isGiven: false, dependent: [true])
  #expect((evidence.weakness == .saturated(output: "y")) == isSaturated)
}
