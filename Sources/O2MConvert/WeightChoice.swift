import Dispatch
import Foundation
import O2MGraph
import O2MOps
import O2MTensor

/// One weight tensor that may be stored in fewer bits, and what that does to the outputs.
public struct WeightCandidate: Sendable {
  public let id: ValueID
  public let name: String
  public let count: Int
  /// Bytes as int8 with its scales, and as float16.
  public let int8Bytes: Int
  public let float16Bytes: Int
  /// Noise power at the outputs over their signal power when only this tensor is rounded to int8; the worst output counts.
  public let noise: Double
}

/// Chooses which weights are stored as int8 and which stay float16, by the error that each one's rounding causes at the outputs.
///
/// Roundings of different tensors are independent, so their noise powers add. Tensors move to float16 in the order of noise
/// removed per byte added, until the predicted SQNR reaches `targetSQNR` or the bytes reach `growth`.
///
/// - Units: `targetSQNR` in decibels; `growth` is a share of the bytes with every weight in int8.
public struct WeightChoice: Sendable {
  public var targetSQNR = 38.0
  public var growth = 0.12

  public init() {}

  public struct Decision: Sendable {
    public var precisions: [ValueID: WeightPrecision]
    public var candidates: [WeightCandidate]
    public var predictedSQNR: Double

    /// The tensors that stay float16, largest noise first.
    public var kept: [WeightCandidate] { candidates.filter { precisions[$0.id] == .float16 }.sorted { $0.noise > $1.noise } }
  }

  /// A weight, what int8 storage would make of it, and the bytes it takes either way.
  public struct Weight: Sendable {
    public var id: ValueID
    public var rounded: Tensor
    public var int8Bytes: Int
    public var float16Bytes: Int
  }

  public func choose(_ candidates: [WeightCandidate]) -> Decision {
    var precisions: [ValueID: WeightPrecision] = [:]
    for candidate in candidates { precisions[candidate.id] = .int8 }
    let int8Bytes = candidates.reduce(0) { $0 + $1.int8Bytes }
    var budget = Double(int8Bytes) * growth
    var noise = candidates.reduce(0) { $0 + $1.noise }
    let target = decibelsToNoise(targetSQNR)
    // Ties are broken by id, so that the choice does not depend on the sort.
    let order = candidates.sorted { a, b in
      let left = a.noise / Double(a.float16Bytes - a.int8Bytes), right = b.noise / Double(b.float16Bytes - b.int8Bytes)
      return left != right ? left > right : a.id < b.id
    }
    for candidate in order {
      if noise <= target { break }
      let extra = Double(candidate.float16Bytes - candidate.int8Bytes)
      guard extra <= budget else { continue }
      budget -= extra
      noise -= candidate.noise
      precisions[candidate.id] = .float16
    }
    return Decision(precisions: precisions, candidates: candidates, predictedSQNR: noiseToDecibels(max(noise, 0)))
  }

  /// Measures every weight of `graph` on the reference evaluator: one partial run per weight and sample.
  ///
  /// - Parameter progress: called with the number of weights done and of all; from several threads, one at a time.
  public static func measure(
    _ graph: Graph, _ weights: [Weight], samples: [[Tensor]], progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) throws(EvaluationError) -> [WeightCandidate] {
    let evaluator = Evaluator(graph)
    var noises = [Double](repeating: 0, count: weights.count)
    for inputs in samples {
      let trace = try evaluator.trace(inputs)
      let counter = Counter(total: weights.count, report: progress)
      let results = concurrentMap(weights.count) { index in
        defer { counter.step() }
        return Result { () throws(EvaluationError) in
          let outputs = try evaluator.rerun(trace, overriding: [weights[index].id: weights[index].rounded])
          return zip(outputs, trace.outputs).map { relativeNoise($0, reference: $1) }.max() ?? 0
        }
      }
      for (index, result) in results.enumerated() { noises[index] += try result.get() / Double(samples.count) }
    }
    return weights.enumerated().map { index, weight in
      WeightCandidate(
        id: weight.id, name: graph[weight.id].name, count: weight.rounded.count, int8Bytes: weight.int8Bytes,
        float16Bytes: weight.float16Bytes, noise: noises[index])
    }
  }

  private func decibelsToNoise(_ decibels: Double) -> Double { pow(10, -decibels / 10) }
  private func noiseToDecibels(_ noise: Double) -> Double { noise <= 0 ? 200 : -10 * log10(noise) }

  /// Power of the difference over power of the reference; 0 where both are zero.
  static func relativeNoise(_ found: Tensor, reference: Tensor) -> Double {
    guard reference.element.isFloat else { return 0 }
    var noise = 0.0, signal = 0.0
    for (f, r) in zip(found.doubles(), reference.doubles()) where f.isFinite && r.isFinite {
      noise += (f - r) * (f - r)
      signal += r * r
    }
    return noise == 0 ? 0 : noise / max(signal, .leastNormalMagnitude)
  }
}

/// Counts steps that several threads make.
private final class Counter: @unchecked Sendable {
  private let lock = DispatchSemaphore(value: 1)
  private let total: Int
  private let report: @Sendable (Int, Int) -> Void
  private var done = 0

  init(total: Int, report: @escaping @Sendable (Int, Int) -> Void) {
    self.total = total
    self.report = report
  }

  func step() {
    lock.wait()
    done += 1
    report(done, total)
    lock.signal()
  }
}
