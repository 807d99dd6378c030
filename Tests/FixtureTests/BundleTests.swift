import O2MBundle
import O2MConvert
import O2MImport
import O2MOps
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// Every operator fixture once more: after the passes, packed as a bundle, and on the device runtime of this CPU.
struct BundleTests {
  /// The bound is that of a float32 bundle; integers and bools must be equal. SQNR is left out: single elements of tiny outputs decide it.
  static let tolerance = Tolerance(elementwise: Tolerance.float32.elementwise)

  @Test(arguments: Fixtures.operators)
  func runsAsABundle(fixture: TestCase) throws {
    var options = ConversionOptions()
    options.precision = .float32
    options.verifies = false
    options.zstdLevel = 1
    let bundle = try Conversion(path: fixture.model, options: options).bundle
    let model = try bundle.withUnsafeBytes { try Model.unpacking($0) }
    let session = try Session(model)
    for set in fixture.dataSets {
      let found = try session.run(try set.inputs()), expected = try set.outputs()
      try #require(found.count == expected.count)
      for (index, port) in model.manifest.outputs.enumerated() {
        var comparison = Comparison(name: port.name, tolerance: Self.tolerance)
        comparison.add(found[index], reference: expected[index])
        #expect(comparison.failures.isEmpty, "\(fixture.name): '\(port.name)' \(String(describing: comparison.worst))")
      }
    }
  }

  /// Every model gets a certificate, whatever its inputs are, and what it says holds on this CPU.
  @Test(arguments: Fixtures.operators + Fixtures.cases + Fixtures.models)
  func certificateHolds(fixture: TestCase) throws {
    var options = ConversionOptions()
    (options.precision, options.zstdLevel) = (.float32, 1)
    let conversion = try Conversion(path: fixture.model, options: options)
    let model = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }
    let certificate = try #require(try model.section(Certificate.self)), test = try #require(try Session(model).selfTest())
    #expect(certificate.cases.count == test.cases && conversion.parity?.verdict == .pass)
    #expect(test.passed && test.share <= 1, "\(fixture.name): \(test)")
  }
}
