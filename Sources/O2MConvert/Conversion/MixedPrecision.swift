import O2MGraph
import O2MOps
import O2MParity
import O2MTensor

/// One weight tensor that may be stored in fewer bits, and what that does to the outputs.
public struct WeightCandidate: Sendable {
  public let id: ValueID
  public let name: String
  public let count: Int
  /// Bytes in the file, in the narrow and in the wide type.
  public let narrowBytes: Int
  public let wideBytes: Int
  /// Noise power at the outputs over their signal power when only this tensor is rounded; the worst output counts.
  public let noise: Double

  public init(id: ValueID, name: String, count: Int, narrowBytes: Int, wideBytes: Int, noise: Double) {
    self.id = id
    self.name = name
    self.count = count
    self.narrowBytes = narrowBytes
    self.wideBytes = wideBytes
    self.noise = noise
  }

  /// What rounding this tensor alone leaves, in decibels.
  public var sqnr: Double { Decibels.shown(-Decibels.of(noise)) }

  var addedBytes: Int { max(1, wideBytes - narrowBytes) }
}

/// Chooses which weights are stored in few bits and which keep more, by the error that each one's rounding causes at the outputs.
///
/// Roundings of different tensors are independent, so their noise powers add. Tensors move to the wider type in the order of noise
/// removed per byte added, until the predicted SQNR reaches `targetSQNR` or the weights would take more than `share` of their float32
/// bytes.
///
/// - Units: `targetSQNR` in decibels.
public struct MixedPrecision: Sendable {
  public var narrow: WeightPrecision
  public var wide: WeightPrecision
  public var targetSQNR: Double
  public var share: Double

  /// int8 with float16 where int8 hurts: 40 dB, or 28 % of the float32 bytes.
  public static let int8 = MixedPrecision(narrow: .int8, wide: .float16, targetSQNR: 40, share: 0.28)
  /// float16 with float32 where even that hurts: 54 dB, or 49.5 % of the float32 bytes.
  public static let float16 = MixedPrecision(narrow: .float16, wide: .float32, targetSQNR: 54, share: 0.495)

  public struct Decision: Sendable {
    public var narrow: WeightPrecision
    public var wide: WeightPrecision
    public var precisions: [ValueID: WeightPrecision]
    public var candidates: [WeightCandidate]
    public var predictedSQNR: Double

    /// The tensors that keep a wider type, largest noise first.
    public var kept: [WeightCandidate] { candidates.filter { precisions[$0.id] != narrow }.sorted { $0.noise > $1.noise } }

    /// Moves more tensors to wider types, those that remove most noise per byte first: until a quarter of the predicted noise is left, and
    /// when none is narrow any more, a quarter of the rest to float32. false where all of them are float32.
    public mutating func widen() -> Bool {
      let left = candidates.filter { precisions[$0.id] == narrow }.inOrder
      if !left.isEmpty {
        let whole = left.reduce(0) { $0 + $1.noise }
        var rest = whole
        for candidate in left where rest > whole / 4 || rest == whole {
          precisions[candidate.id] = wide
          rest -= candidate.noise
        }
        predictedSQNR = Decibels.shown(-Decibels.of(max(rest, 0)))
        return true
      }
      let last = candidates.filter { precisions[$0.id] != .float32 }.inOrder
      for candidate in last.prefix((last.count + 3) / 4) { precisions[candidate.id] = .float32 }
      return !last.isEmpty
    }
  }

  /// A weight and what storage in the narrow type would make of it.
  public struct Weight: Sendable {
    public var id: ValueID
    public var rounded: Tensor
    public var narrowBytes: Int
    public var wideBytes: Int

    package init(id: ValueID, rounded: Tensor, narrowBytes: Int, wideBytes: Int) {
      (self.id, self.rounded, self.narrowBytes, self.wideBytes) = (id, rounded, narrowBytes, wideBytes)
    }
  }

  public func choose(_ candidates: [WeightCandidate]) -> Decision {
    var precisions: [ValueID: WeightPrecision] = [:]
    for candidate in candidates { precisions[candidate.id] = narrow }
    var budget = candidates.reduce(0) { $0 + 4 * share * Double($1.count) - Double($1.narrowBytes) }
    var noise = candidates.reduce(0) { $0 + $1.noise }
    let target = Decibels.ratio(-targetSQNR)
    // What is no larger in the wider type has no reason to be narrow.
    for candidate in candidates where candidate.noise > 0 && candidate.wideBytes <= candidate.narrowBytes {
      noise -= candidate.noise
      precisions[candidate.id] = wide
    }
    for candidate in candidates.inOrder where precisions[candidate.id] == narrow {
      if noise <= target { break }
      let extra = Double(candidate.addedBytes)
      guard extra <= budget else { continue }
      budget -= extra
      noise -= candidate.noise
      precisions[candidate.id] = wide
    }
    return Decision(
      narrow: narrow, wide: wide, precisions: precisions, candidates: candidates, predictedSQNR: Decibels.shown(-Decibels.of(max(noise, 0)))
    )
  }

  /// Measures every weight of `graph` on the reference evaluator.
  ///
  /// - Parameter progress: called with the number of steps done and of all; from several threads, one at a time.
  public static func measure(
    _ graph: Graph, _ weights: [Weight], samples: [[Tensor]], progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> [WeightCandidate] {
    // Behind a choice, one that changes places would count as noise.
    let choices = Choices(graph)
    let noises = try WeightNoise(choices.isEmpty ? graph : graph.giving(choices.measured), weights).measure(samples, progress: progress)
    return weights.enumerated().map { index, weight in
      WeightCandidate(
        id: weight.id, name: graph[weight.id].name, count: weight.rounded.count, narrowBytes: weight.narrowBytes,
        wideBytes: weight.wideBytes, noise: noises[index])
    }
  }
}

extension [WeightCandidate] {
  /// Most noise removed per byte added first. Ties are broken by id, so that the choice does not depend on the sort.
  fileprivate var inOrder: [WeightCandidate] {
    sorted { a, b in
      let left = a.noise / Double(a.addedBytes), right = b.noise / Double(b.addedBytes)
      return left != right ? left > right : a.id < b.id
    }
  }
}
