import CO2MPlatform
import O2MOps
import O2MRuntime
import O2MTensor

extension Certificate.Output {
  /// What is kept of the reference's output, and how far `found` is from it.
  ///
  ///     SQNR = 10 · log10(Σ expected² / Σ (found − expected)²)
  ///
  /// - Parameter seed: picks the sample where the output is above `Certificate.wholeLimit` elements.
  public init(expected tensor: Tensor, found: Tensor, seed: UInt64) {
    self.init()
    let reference = tensor.doubles(), measured = found.doubles()
    count = reference.count
    if count > Certificate.wholeLimit { indices = Self.sample(count, seed: seed) }
    expected = indices.isEmpty ? reference.map { Float($0) } : indices.map { Float(reference[Int($0)]) }
    var signal = 0.0, noise = 0.0, total = 0.0, absolute = 0.0, worst = 0.0
    least = .infinity
    greatest = -.infinity
    for (a, b) in zip(reference, measured) {
      // Equal infinities are no error; a NaN on one side only makes the figures NaN, which no threshold accepts.
      let error = a == b || a.isNaN && b.isNaN ? 0 : (a - b).magnitude
      if a.isFinite { signal += a * a }
      total += a
      noise += error * error
      absolute += error
      worst = error.isNaN ? .nan : max(worst, error)
      least = min(least, Float(a))
      greatest = max(greatest, Float(a))
    }
    norm = signal.squareRoot()
    sum = total
    maxError = worst
    meanError = count > 0 ? absolute / Double(count) : 0
    sqnr = noise == 0 ? .infinity : noise.isFinite ? 10 * (o2m_log(signal / noise) / o2m_log(10)) : .nan
  }

  /// Strictly ascending indices below `count`: one from each of `sampleCount` equal stretches.
  ///
  /// - Spec: Schemas/bundle.md, "Section certificate".
  static func sample(_ count: Int, seed: UInt64) -> [UInt32] {
    var random = SeededInput(seed: seed, input: 0x5A)
    let pieces = Certificate.sampleCount
    return (0..<pieces).map { piece in
      let start = piece * count / pieces, end = (piece + 1) * count / pieces
      return UInt32(start + Int(random.next() >> 40) % (end - start))
    }
  }
}

extension Certificate {
  /// Compares two ways to run a graph on seeded inputs.
  ///
  /// A bundle's bytes may not depend on the instruction set of the host that made it, so `bundle` is to run on references, with the
  /// weights as they are stored (`StoredConstants.rounded`), not on the device kernels.
  ///
  /// - Parameters:
  ///   - threshold: the least SQNR in decibels that every output must reach.
  ///   - reference: the outputs of the original model for these inputs.
  ///   - bundle: the outputs of what the bundle holds.
  public init<Failure: Error>(
    _ graph: FlatGraph, seeds: [UInt64], distribution: SeededInput.Distribution, threshold: Double,
    reference: ([Tensor]) throws(Failure) -> [Tensor], bundle: ([Tensor]) throws(Failure) -> [Tensor]
  ) throws(Failure) {
    var cases: [Case] = [], passed = true
    for seed in seeds {
      let inputs = graph.seededInputs(seed, distribution)
      let outputs = zip(try reference(inputs), try bundle(inputs)).map { Output(expected: $0, found: $1, seed: seed) }
      // A NaN is not at least anything.
      passed = passed && outputs.allSatisfy { $0.sqnr >= threshold }
      cases.append(Case(seed: seed, outputs: outputs))
    }
    self.init(distribution: distribution, cases: cases, threshold: threshold, passed: passed)
  }

  /// How far a run of `model` is now from what the certificate says the reference gave: the SQNR in decibels of every output over
  /// the elements that were kept, by case.
  public func measured(on model: Model) throws(RunFault) -> [[Double]] {
    let session = try Session(model)
    return try cases.map { (item) throws(RunFault) in
      zip(try session.run(model.graph.seededInputs(item.seed, distribution)), item.outputs).map { found, output in
        let all = found.doubles()
        let kept = output.indices.isEmpty ? all : output.indices.map { Int($0) < all.count ? all[Int($0)] : .nan }
        var signal = 0.0, noise = 0.0
        guard kept.count == output.expected.count else { return .nan }
        for (a, b) in zip(output.expected, kept) where Double(a) != Double(Float(b)) && !(a.isNaN && b.isNaN) {
          noise += (Double(a) - b) * (Double(a) - b)
        }
        for a in output.expected where a.isFinite { signal += Double(a) * Double(a) }
        return noise == 0 ? .infinity : 10 * (o2m_log(signal / noise) / o2m_log(10))
      }
    }
  }
}

extension FlatGraph {
  /// The inputs of a certificate's case.
  public func seededInputs(_ seed: UInt64, _ distribution: SeededInput.Distribution) -> [Tensor] {
    (0..<inputCount).map { index in
      var random = SeededInput(seed: seed, input: index)
      return random.tensor(values[index].element, values[index].shape, distribution)
    }
  }
}

extension Session {
  /// Copies tensors of the types of the inputs to where the next run reads them.
  public func write(_ inputs: [Tensor]) {
    for (index, tensor) in inputs.enumerated() {
      precondition(tensor.type == model.graph.inputType(index))
      tensor.withBytes { input(index).copyMemory(from: $0) }
    }
  }

  /// Runs the model on tensors of the types of its inputs and copies the outputs.
  public func run(_ inputs: [Tensor]) throws(RunFault) -> [Tensor] {
    write(inputs)
    try run()
    return model.graph.outputs.indices.map { index in
      let value = model.graph.values[model.graph.outputs[index]]
      let tensor = Tensor(value.element, value.shape, storage: TensorStorage(byteCount: value.byteCount))
      tensor.storage.bytes.copyMemory(from: output(index))
      return tensor
    }
  }
}

extension FlatGraph {
  func inputType(_ index: Int) -> TensorType { TensorType(values[index]) }
}
