import O2MRuntime

/// What a bundle's certificate was held to on this machine; the JSON keys are a contract.
struct CertificateCheck: Encodable {
  /// Where the certificate's inputs come from.
  enum Inputs: String, Encodable { case seed, stored, data }

  let cases: Int
  private let shapes: Int
  let values: Int
  let share: Double
  let inputs: Inputs
  let seed: UInt64
  /// Whether the self-test fails a report that it decides.
  let isRefused: Bool

  enum CodingKeys: CodingKey { case cases, values, share, inputs, seed }

  /// - Parameter decides: whether the bounds of the self-test count.
  init(_ certificate: Certificate, _ test: SelfTest, decides: Bool) {
    isRefused = decides && !test.passed
    (cases, shapes, values, share) = (test.cases, test.shapes, test.values, test.share)
    let isStored = certificate.cases.contains { $0.inputs.contains { if case .stored = $0 { true } else { false } } }
    inputs = !isStored ? .seed : certificate.evidence == .data ? .data : .stored
    seed = certificate.cases.first?.seed ?? 0
  }

  /// One sentence: what was compared, where the numbers came from, and how far they lie from the bound.
  var text: String {
    let origin =
      switch inputs {
      case .seed: "inputs made from seed \(seed)"
      case .stored: "inputs drawn from seed \(seed) and stored"
      case .data: "stored inputs of the user's data"
      }
    let places = shapes > 1 ? " at \(shapes) input shapes" : ""
    return """
      certificate: \(Format.count(values, "number")) of \(Format.count(cases, "case"))\(places) compared, \(origin); the worst output uses \
      \(Format.percent(share)) of what it may differ by
      """
  }
}
