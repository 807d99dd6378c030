import Foundation
import O2MTensor

/// What `verify` and `convert` say of all outputs; the JSON keys are a contract.
public struct ParityReport: Encodable, Sendable {
  public enum Verdict: String, Encodable, Sendable { case pass, fail }

  /// One output over all its cases.
  ///
  /// - Units: `sqnr_db` is that of the worst case, in decibels, at most 200 (identical); `worst_index` is the index along each axis.
  public struct Output: Encodable, Sendable {
    public var name: String
    public var cases: Int
    public var maxAbs: Double
    public var meanAbs: Double
    public var rmse: Double
    public var sqnr: Double
    public var cosine: Double
    public var top1: Double?
    public var worstIndex: [Int]
    public var comparison: Comparison
    public var failures: [Comparison.Failure]

    enum CodingKeys: String, CodingKey {
      case name, cases, maxAbs = "max_abs", meanAbs = "mean_abs", rmse, sqnr = "sqnr_db", cosine, top1 = "top1_agree"
      case worstIndex = "worst_index"
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(cases, forKey: .cases)
      try container.encode(maxAbs, forKey: .maxAbs)
      try container.encode(meanAbs, forKey: .meanAbs)
      try container.encode(rmse, forKey: .rmse)
      try container.encode(sqnr, forKey: .sqnr)
      try container.encode(cosine, forKey: .cosine)
      // The key is always there; null where the output is no row of class scores.
      try container.encode(top1, forKey: .top1)
      try container.encode(worstIndex, forKey: .worstIndex)
    }
  }

  public var verdict: Verdict
  public var outputs: [Output]

  enum CodingKeys: String, CodingKey { case verdict, outputs }

  /// No outputs or no cases prove nothing: that fails.
  public init(_ comparisons: [Comparison], tolerance: Tolerance) {
    outputs = comparisons.map { comparison in
      Output(
        name: comparison.name, cases: comparison.cases, maxAbs: comparison.maxAbs, meanAbs: comparison.meanAbs, rmse: comparison.rmse,
        sqnr: comparison.worstCaseSQNR, cosine: comparison.cosine, top1: comparison.top1, worstIndex: comparison.worst?.index ?? [],
        comparison: comparison, failures: comparison.failures(under: tolerance))
    }
    let holds = !outputs.isEmpty && outputs.allSatisfy { $0.cases > 0 && $0.failures.isEmpty }
    verdict = holds ? .pass : .fail
  }
}
