import Foundation
import O2MBundle
import O2MConvert
import O2MGraph
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Models that choose among numbers closer than rounding tells apart.
struct ChoiceTests {
  /// What stands behind scores of a small convolution `[1, 4, 24, 24]`.
  enum Tail: CaseIterable {
    case argMax, topK, nonZero

    func write(to model: inout ModelWriter, otherwise: Bool) {
      switch self {
      case .argMax:
        model.node(otherwise ? "ArgMin" : "ArgMax", ["scores"], ["y"], [("axis", .int(1)), ("keepdims", .int(0))])
      case .topK:
        model.initializer("flat", Tensor([1], [-1] as [Int64]))
        model.initializer("k", Tensor([1], [400] as [Int64]))
        model.node("Reshape", ["scores", "flat"], ["row"])
        model.node("TopK", ["row", "k"], ["best", "y"], [("largest", .int(otherwise ? 0 : 1))])
      case .nonZero:
        model.initializer("least", Tensor([], [otherwise ? 0.03 : 0.01] as [Float]))
        model.node("Greater", ["scores", "least"], ["above"])
        model.node("NonZero", ["above"], ["y"])
      }
      model.output("y", .int64)
    }
  }

  /// - Parameters:
  ///   - otherwise: whether it chooses something else of the same scores.
  ///   - gain: of each weight that makes the scores.
  private static func write(_ tail: Tail, otherwise: Bool = false, to path: String, gain: (Int) -> Double = { _ in 1 }) throws {
    var random = Seeded(11), model = ModelWriter()
    model.input("x", .float32, [1, 3, 24, 24])
    model.initializer("w0", random.tensor([16, 3, 3, 3]))
    let w1 = random.tensor([4, 16, 1, 1])
    model.initializer("w1", Tensor(.float32, w1.shape, rounding: w1.doubles().enumerated().map { $1 * gain($0) }))
    model.node("Conv", ["x", "w0"], ["c"], [("pads", .ints([1, 1, 1, 1]))])
    model.node("Relu", ["c"], ["r"])
    model.node("Conv", ["r", "w1"], ["scores"])
    tail.write(to: &model, otherwise: otherwise)
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Weights stay narrow, the verdict holds on what is chosen from, and so does the bundle's own certificate on this machine's kernels.
  @Test(arguments: Precision.allCases, 1...8 as ClosedRange<UInt64>)
  func detectorsKeepTheirWeights(precision: Precision, seed: UInt64) throws {
    let item = try #require(Fixtures.open.first { $0.name.hasSuffix("yolo") })
    var options = ConversionOptions()
    (options.precision, options.seed, options.zstdLevel) = (precision, seed, 1)
    let conversion = try Conversion(path: item.model, options: options), parity = try #require(conversion.parity)
    #expect(parity.verdict == .pass, "\(parity.comparisons.map(\.failures))")
    #expect(precision == .float32 || conversion.choice?.kept.isEmpty == true && Set(parity.choices.map(\.name)) == ["bt", "sc"])
    let model = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }, session = try Session(model)
    #expect(try session.selfTest()?.passed == true)
    var verification = try Verification(model: item.model, session, tolerance: precision.tolerance)
    try verification.add(3, seed: seed + 100)
    #expect(verification.parity.verdict == .pass, "\(verification.parity.comparisons.map(\.failures))")
  }

  @Test(arguments: Tail.allCases, Precision.allCases) func closeNumbersAreJudgedBeforeTheChoice(tail: Tail, precision: Precision) throws {
    let folder = try ScratchFolder(), path = folder.file("model.onnx")
    try Self.write(tail, to: path)
    var options = ConversionOptions()
    (options.precision, options.zstdLevel) = (precision, 1)
    let conversion = try Conversion(path: path, options: options), parity = try #require(conversion.parity)
    #expect(parity.verdict == .pass, "\(parity.comparisons.map(\.failures))")
    #expect(precision == .float32 || conversion.choice?.kept.isEmpty == true)
    // Of that many candidates rounded weights move some.
    if precision == .int8Weights {
      let scores = try #require(parity.choices.first)
      #expect(parity.choices.count == 1 && scores.cases > 0 && scores.sqnr < 80 && scores.sqnr >= 20)
    }
  }

  /// Neither poor numbers nor a choice that these numbers do not make is let through.
  @Test(arguments: Tail.allCases) func faultsStay(tail: Tail) throws {
    let folder = try ScratchFolder(), path = folder.file("model.onnx")
    try Self.write(tail, to: path)
    var options = ConversionOptions()
    (options.precision, options.zstdLevel) = (.float32, 1)
    let bundle = try Conversion(path: path, options: options).bundle
    let stored = try bundle.withUnsafeBytes { try Model.unpacking($0) }
    // Models of the same names: every score is off by a third of its spread, or others are chosen of the same scores.
    for otherwise in [false, true] {
      try Self.write(tail, otherwise: otherwise, to: path) { otherwise ? 1 : $0 % 2 == 0 ? 1.33 : 0.67 }
      var verification = try Verification(model: path, try Session(stored), tolerance: .int8Weights)
      try verification.add(3, seed: 1)
      #expect(verification.parity.verdict == .fail)
    }
  }
}
