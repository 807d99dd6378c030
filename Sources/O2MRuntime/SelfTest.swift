import CO2MPlatform
import O2MOps
import O2MTensor

/// What came of running a bundle's certificate: how far this device is from what the original model gave.
///
/// An output of floats may differ by as much as the certificate's threshold of T decibels leaves of it, E = ‖original‖ · 10^(−T/20), or by
/// four times what the model makes of roundings, where that is more; as far as 20 dB where it quantizes numbers that it computed, since a
/// code that a rounding moves moves by a whole step. Its elements are held to it together, as are its norm, least and
/// greatest element, and its sum with √n · E: those show what a sample of the elements does not. Float16 holds 60 dB, bfloat16 42. All else
/// must be equal, bit by bit; NaN and infinities stand on both sides.
///
/// - Spec: Schemas/bundle.md, "Self-test".
public struct SelfTest: Equatable, Sendable {
  /// Inputs that the model was run on.
  public private(set) var cases = 0
  /// Shapes of the inputs that they have.
  public private(set) var shapes = 0
  /// Outputs, over all cases, that differ by more than they may.
  public private(set) var failures = 0
  /// Numbers that were compared: elements, and four of every output of floats.
  public private(set) var values = 0
  /// The largest difference of an element, in units of its output.
  public private(set) var maxError = 0.0
  /// The least signal-to-noise ratio of an output of floats in decibels, at most 200.
  public private(set) var sqnr = 200.0
  /// The largest share of what may differ that does; above 1 an output fails.
  public private(set) var share = 0.0

  /// Whether there were cases, and all of them held.
  public var passed: Bool { cases > 0 && failures == 0 }

  fileprivate mutating func addCase() { cases += 1 }
  fileprivate mutating func addShape() { shapes += 1 }
  fileprivate mutating func refuse() { failures += 1 }

  fileprivate mutating func add(_ output: ComparedOutput) {
    values += output.values
    maxError = max(maxError, output.maxError)
    if output.share > 1 || !output.holds { failures += 1 }
    share = max(share, output.holds ? output.share : .infinity)
    guard output.isFloat else { return }
    let ratio = output.noise > 0 ? o2m_decibels(output.signal / output.noise) : 200
    sqnr = min(sqnr, output.holds && ratio > -200 ? ratio : -200)
  }
}

extension Session {
  /// Runs the cases of the bundle's certificates and compares; nil where it has none. A certificate that failed when it was made fails
  /// here. Where input extents are open there are certificates at several, of which those are left out that take more memory than the
  /// model's limits allow. The inputs then have the shapes of the manifest.
  ///
  /// - Parameter noise: the root mean square of each output's differences that roundings explain, for the inputs of a case. It is asked
  ///   where the threshold alone refuses an output; without it, and at other shapes than the manifest's, the model is run on inputs that
  ///   are moved by a unit in the last place.
  /// - Errors: `.format` where the certificate is damaged; those of `run`.
  public func selfTest(noise: (([Tensor]) -> [Double])? = nil) throws(RunFault) -> SelfTest? {
    guard Included.has(.certificate) else { return nil }
    let read: Certificate?
    do throws(FormatFault) { read = try model.section(Certificate.self) } catch { throw .format(error) }
    guard let certificate = read else { return nil }
    var test = SelfTest()
    guard certificate.passed else { return test }
    try resizeToManifest()
    try run(certificate, &test, noise)
    guard Included.has(.shapes), let open = model.shapes else { return test }
    let others: CertifiedShapes?
    do throws(FormatFault) { others = try model.section(CertifiedShapes.self) } catch { throw .format(error) }
    for entry in others?.entries ?? [] {
      guard let certificate = try self.certificate(at: entry, open) else { continue }
      if certificate.passed { try run(certificate, &test, nil) } else { test.refuse() }
    }
    try resizeToManifest()
    return test
  }

  private func resizeToManifest() throws(RunFault) {
    var shapes: [Shape] = []
    for index in 0..<model.graph.inputCount { shapes.append(model.graph.values[index].shape) }
    if shapes.indices.contains(where: { inputType($0).shape != shapes[$0] }) { try resize(shapes) }
  }

  /// The cases of a certificate at the shapes that the inputs have.
  private func run(_ certificate: Certificate, _ test: inout SelfTest, _ noise: (([Tensor]) -> [Double])?) throws(RunFault) {
    test.addShape()
    let quantizes = model.graph.nodes.contains { $0.code == .quantizeLinear || $0.code == .dynamicQuantizeLinear }
    resetState()
    for item in certificate.cases {
      let inputs = inputs(of: item), found = try run(inputs)
      // Runs on moved inputs are none of the sequence.
      let state = heldState(of: graph)
      defer { setState(state) }
      var allowed: [Double]?
      test.addCase()
      for index in 0..<item.outputs.count {
        var output = ComparedOutput(found[index], item.outputs[index], threshold: certificate.threshold, allowed: 0)
        if output.isFloat, output.holds, output.share > 1 {
          if allowed == nil { allowed = if let noise { noise(inputs) } else { try ownNoise(inputs, found) } }
          if let allowed, index < allowed.count {
            let least = quantizes && noise == nil ? min(certificate.threshold, 20) : certificate.threshold
            output = ComparedOutput(
              found[index], item.outputs[index], threshold: least, allowed: 4 * max(allowed[index], found[index].element.leastNoise))
          }
        }
        test.add(output)
      }
    }
  }

  /// What moving the inputs by a unit in the last place, up or down at random, changes: the root mean square for each output.
  private func ownNoise(_ inputs: [Tensor], _ found: [Tensor]) throws(RunFault) -> [Double] {
    var random = SeededInput(seed: 1), moved: [Tensor] = []
    for input in inputs {
      guard input.element.isFloat else {
        moved.append(input)
        continue
      }
      let unit = input.element.unitInLastPlace
      let values = input.doubles().map { random.next() >> 63 == 0 ? $0 + unit * $0 : $0 - unit * $0 }
      moved.append(Tensor(input.element, input.shape, rounding: values))
    }
    var noise: [Double] = []
    for (other, found) in zip(try run(moved), found) {
      let a = other.doubles(), b = found.doubles()
      guard a.count == b.count else {
        noise.append(0)
        continue
      }
      var sum = 0.0
      for index in 0..<a.count where (a[index] - b[index]).isFinite { sum += (a[index] - b[index]) * (a[index] - b[index]) }
      noise.append(o2m_sqrt(sum / Double(max(1, a.count))))
    }
    return noise
  }
}

extension ElementType {
  /// Beside 1, upwards.
  fileprivate var unitInLastPlace: Double {
    switch self {
    case .float16: 0x1p-10
    case .bfloat16: 0x1p-7
    case .float64: 0x1p-52
    default: 0x1p-23
    }
  }

  /// What roundings next to zero lead to: two of the result, or those of a thousand terms in float32.
  fileprivate var leastNoise: Double {
    switch self {
    case .float16: 0x1p-23
    case .bfloat16: 0x1p-132
    case .float64: 0x1p-1064
    default: 0x1p-145
    }
  }

  /// The decibels that numbers of this type hold, and 6 dB of slack: two roundings, each of 2^(−2p) / 3 of the power.
  fileprivate var mostDecibels: Double {
    switch self {
    case .float16: 60
    case .bfloat16: 42
    default: 200
    }
  }
}

/// An output beside what the certificate has of it.
private struct ComparedOutput {
  private static let lnOf10 = 2.302585092994046

  let isFloat: Bool
  private(set) var values = 0
  private(set) var maxError = 0.0
  private(set) var share = 0.0
  /// Whether numbers that must be equal are, and NaN and infinities stand on both sides.
  private(set) var holds = true
  /// Powers of the original's kept elements and of the differences.
  private(set) var signal = 0.0
  private(set) var noise = 0.0

  init(_ found: Tensor, _ output: Certificate.Output, threshold: Double, allowed: Double) {
    isFloat = found.element.isFloat
    guard found.count == output.count else {
      (holds, values) = (false, output.count)
      return
    }
    let count = output.indices.isEmpty ? found.count : output.indices.count
    let expected = Tensor(found.element, [count], bytes: output.expected)
    values = count
    guard isFloat else {
      compare(found.ints(), expected.ints(), output.indices)
      return
    }
    let all = found.doubles()
    compare(all, expected.doubles(), output.indices)
    let part = o2m_exp(min(threshold, found.element.mostDecibels) * (Self.lnOf10 / -20))
    use(o2m_sqrt(noise), of: max(part * o2m_sqrt(signal), allowed * o2m_sqrt(Double(count))))
    values += 4
    let root = o2m_sqrt(Double(all.count)), whole = max(part * output.norm, allowed * root)
    var sum = 0.0, squares = 0.0, least = Double.infinity, greatest = -Double.infinity
    for value in all {
      sum += value
      if value.isFinite { squares += value * value }
      least = value < least ? value : least
      greatest = value > greatest ? value : greatest
    }
    use(o2m_sqrt(squares) - output.norm, of: whole)
    use(sum - output.sum, of: root * whole)
    use(least - output.least, of: whole)
    use(greatest - output.greatest, of: whole)
  }

  private mutating func compare(_ found: [Int], _ expected: [Int], _ indices: [UInt32]) {
    for index in 0..<expected.count {
      let value = found[indices.isEmpty ? index : Int(indices[index])]
      guard value != expected[index] else { continue }
      holds = false
      maxError = max(maxError, (Double(value) - Double(expected[index])).magnitude)
    }
  }

  private mutating func compare(_ found: [Double], _ expected: [Double], _ indices: [UInt32]) {
    for index in 0..<expected.count {
      let value = found[indices.isEmpty ? index : Int(indices[index])], wanted = expected[index]
      guard value.isFinite, wanted.isFinite else {
        if !(value == wanted || value.isNaN && wanted.isNaN) { holds = false }
        continue
      }
      signal += wanted * wanted
      noise += (value - wanted) * (value - wanted)
      maxError = max(maxError, (value - wanted).magnitude)
    }
    // What is left of a power that float64 does not hold says nothing.
    if !noise.isFinite { holds = false }
  }

  /// Infinities and NaN of whole outputs are those of elements, and equal ones are no difference.
  private mutating func use(_ difference: Double, of bound: Double) {
    guard difference.isFinite, difference != 0 else { return }
    share = max(share, bound > 0 ? difference.magnitude / bound : .infinity)
  }
}
