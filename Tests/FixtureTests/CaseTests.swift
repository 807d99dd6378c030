import O2MBundle
import O2MConvert
import O2MImport
import O2MParity
import O2MRuntime
import O2MTestSupport
import O2MUnpack
import Testing

/// Models that were refused or gave wrong values once, each standing for a kind. They convert at every precision, hold on their stored
/// values, and the bundle passes its own certificate.
struct CaseTests {
  @Test(arguments: Fixtures.cases, Precision.allCases)
  func converts(item: TestCase, precision: Precision) throws {
    var options = ConversionOptions()
    options.precision = precision
    options.zstdLevel = 1
    let conversion = try Conversion(path: item.model, options: options)
    let parity = try #require(conversion.parity)
    #expect(parity.verdict == .pass, "\(parity.outputs.map { "\($0.name): \($0.failures)" })")

    let model = try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }, session = try Session(model)
    var verification = try Verification(model: item.model, session, tolerance: precision.tolerance)
    for set in item.dataSets { try verification.add(dataIn: set.folder) }
    if item.dataSets.isEmpty { try verification.add(2, seed: 2) }
    #expect(verification.storedCases == item.dataSets.count)
    #expect(verification.parity.verdict == .pass, "\(verification.parity.outputs.map { "\($0.name): \($0.failures)" })")

    let certificate = try #require(try model.section(Certificate.self), "every model has a certificate")
    let own = try certificate.check(session, tolerance: certificate.tolerance(of: model.manifest)) {
      NoiseMeasurement.noise(of: model, $0)
    }
    #expect(own.verdict == .pass, "\(own.outputs.map { "\($0.name): \($0.failures)" })")
  }
}
