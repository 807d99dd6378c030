import O2MConvert

/// Where a bundle first departs from its model; the JSON keys are a contract.
package struct BisectionReport: Encodable {
  package struct Reproduction: Encodable {
    let folder: String
    /// In their order.
    let operators: [String]
    let inputs: Int
    let seed: UInt64
    let keptNumbers: Int

    package init(folder: String, operators: [String], inputs: Int, seed: UInt64, keptNumbers: Int) {
      self.folder = folder
      self.operators = operators
      self.inputs = inputs
      self.seed = seed
      self.keptNumbers = keptNumbers
    }

    enum CodingKeys: String, CodingKey { case folder, operators, inputs, seed, keptNumbers = "kept_numbers" }
  }

  /// `passes`, `lowering`, `weights`, `planning`, `kernels` of this tool's own conversion; `bundle` where that is right and the bundle is
  /// not; `precision` where weights in fewer bits are all there is; nil where nothing is wrong.
  @OrNull var stage: String?
  @OrNull var pass: String?
  @OrNull var rewrite: Int?
  @OrNull var node: String?
  @OrNull var op: String?
  @OrNull var tensor: String?
  @OrNull var kernel: String?
  @OrNull var maxAbs: Double?
  @OrNull var allowed: Double?
  let rewrites: Int
  let steps: Int
  @OrNull var reproduction: Reproduction?
  let message: String
  /// Why nothing was written, or what was.
  let lines: [String]
  let help: String?

  enum CodingKeys: String, CodingKey {
    case stage, pass, rewrite, node, op = "operator", tensor, kernel, maxAbs = "max_abs", allowed, rewrites, steps, reproduction, message
  }

  /// - Parameter folder: where the reproduction was written.
  init(_ found: Bisection, _ report: VerifyReport, folder: String) {
    (rewrites, steps) = (found.rewrites, found.steps)
    let isPrecision = found.isRight && report.parity.report.verdict == .fail
    message = BisectionMessages.message(found, report, isPrecision: isPrecision)
    lines = BisectionMessages.lines(found, folder: folder)
    help = BisectionMessages.help(found, folder: folder)
    if let fault = found.fault {
      (stage, pass, rewrite) = (fault.stage.rawValue, fault.pass, fault.number)
      (node, op, tensor, kernel) = (fault.node, fault.op, fault.tensor, fault.kernel)
      (maxAbs, allowed) = (fault.difference?.maxAbs, fault.difference?.allowed)
    } else if let layer = found.layer {
      (stage, op, tensor, kernel) = ("bundle", layer.op, layer.name, layer.kernel)
      (maxAbs, allowed) = (layer.maxAbs, layer.bound)
    } else if isPrecision {
      stage = "precision"
    }
    reproduction = found.reproduction.map { reproduction in
      Reproduction(
        folder: folder, operators: reproduction.operators, inputs: reproduction.inputs.count, seed: reproduction.seed,
        keptNumbers: reproduction.keptNumbers)
    }
  }

  /// Whether something is wrong beyond what was asked for.
  var isWrong: Bool { stage != nil && stage != "precision" }
}
