import O2MOps
import O2MRuntime
import O2MTensor

/// Making a bundle's parity certificate, and checking a bundle against it.
extension Certificate {
  /// A case: its inputs, what the bundle holds gives for them, and what the original model gives.
  public struct Measured: Sendable {
    public var seed: UInt64
    public var inputs: [Input]
    public var found: [Tensor]
    public var reference: [Tensor]
    /// The model's own; empty where it was not measured.
    public var noise: [OutputNoise]

    public init(seed: UInt64, inputs: [Input], found: [Tensor], reference: [Tensor], noise: [OutputNoise] = []) {
      self.seed = seed
      self.inputs = inputs
      self.found = found
      self.reference = reference
      self.noise = noise
    }
  }

  /// Measures the cases.
  ///
  /// A bundle's bytes may not depend on the instruction set of the host that made it, so both come from references: `found` with the
  /// weights as they are stored (`StoredConstants.rounded`), not from the device's kernels.
  public init(_ measured: [Measured], outputs names: [String], tolerance: Tolerance, evidence: Evidence = .seeded) {
    var report = ParityReport(outputs: names, tolerance: tolerance), cases: [Case] = []
    for item in measured {
      report.add(item.found, reference: item.reference, noise: item.noise)
      cases.append(
        Case(
          seed: item.seed, inputs: item.inputs,
          outputs: zip(item.found, item.reference).map { Output($0, reference: $1, seed: item.seed) }))
    }
    self.init(cases: cases, threshold: tolerance.minimumSQNR ?? 0, passed: report.verdict == .pass, evidence: evidence)
  }

  /// What a bundle of this precision must hold beside its certificate.
  public func tolerance(of manifest: Manifest) -> Tolerance {
    let own = Precision(rawValue: manifest.precision)?.tolerance
    // A threshold that a user gave is not lowered.
    return Tolerance(
      elementwise: own?.elementwise, minimumSQNR: threshold, leastSQNR: own?.minimumSQNR == threshold ? own?.leastSQNR : nil)
  }

  /// Runs the bundle on the certificate's inputs, and compares with what the reference gave for them, over the elements that were kept.
  ///
  /// - Parameters:
  ///   - own: what single outputs have to hold, by name.
  ///   - noise: the model's own on the inputs of a case; it is asked where the tolerance alone refuses the outputs.
  public func check(
    _ session: Session, tolerance: Tolerance, own: [String: Tolerance] = [:], noise: ([Tensor]) -> [OutputNoise] = { _ in [] }
  ) throws(RunFault) -> ParityReport {
    let model = session.model
    var report = ParityReport(outputs: model.manifest.outputs.map(\.name), tolerance: tolerance, own: own)
    session.resetState()
    for item in cases {
      let inputs = session.inputs(of: item)
      let found = try session.run(inputs), kept = zip(found, item.outputs).map { $1.kept(of: $0) }
      let reference = zip(found, item.outputs).map { $1.reference(like: $0) }
      report.add(kept, reference: reference, noise: report.asksForNoise(kept, reference: reference) ? noise(inputs) : [])
    }
    return report
  }
}

extension Certificate.Output {
  /// What is kept of the reference's output, and how far `found` is from it.
  ///
  /// - Parameter seed: picks the sample where the output is above `Certificate.wholeLimit` elements.
  init(_ found: Tensor, reference: Tensor, seed: UInt64) {
    self.init()
    let a = reference.doubles()
    count = a.count
    if count > Certificate.wholeLimit { indices = Self.sample(count, seed: seed) }
    expected = kept(of: reference).bytes
    var power = SignalToNoise(), total = 0.0, absolute = 0.0, worst = 0.0
    least = .infinity
    greatest = -.infinity
    for (a, b) in zip(a, found.doubles()) {
      power.add(b, reference: a)
      // Equal infinities are no error; a NaN on one side only makes the figures NaN, which no threshold accepts.
      let error = a == b || a.isNaN && b.isNaN ? 0 : (a - b).magnitude
      total += a
      absolute += error
      worst = error.isNaN ? .nan : max(worst, error)
      least = min(least, a)
      greatest = max(greatest, a)
    }
    norm = power.signal.squareRoot()
    sum = total
    maxError = worst
    meanError = count > 0 ? absolute / Double(count) : 0
    sqnr = power.sqnr
  }

  /// Strictly ascending indices below `count`: one from each of `sampleCount` equal stretches.
  ///
  /// - Spec: Schemas/bundle.md, "Section certificate".
  private static func sample(_ count: Int, seed: UInt64) -> [UInt32] {
    var random = SeededInput(seed: seed, input: 0x5A)
    let pieces = Certificate.sampleCount
    return (0..<pieces).map { piece in
      let start = piece * count / pieces, end = (piece + 1) * count / pieces
      return UInt32(start + Int(random.next() >> 40) % (end - start))
    }
  }

  /// The elements of a run's output that the certificate keeps; all of them in the output's own shape.
  fileprivate func kept(of found: Tensor) -> Tensor {
    indices.isEmpty || found.count != count ? found : found.gathered([indices.count], source: indices.map { Int($0) })
  }

  /// The reference's elements, in the type and shape of `kept`.
  fileprivate func reference(like found: Tensor) -> Tensor {
    let kept = indices.isEmpty ? count : indices.count
    // Another number of elements is another shape.
    let shape = found.count != count ? [kept, 1, 1] : indices.isEmpty ? found.shape : [kept]
    return Tensor(found.element, shape, bytes: expected)
  }
}
