import O2MConvert

/// The wording of what `verify --bisect` finds.
enum BisectionMessages {
  static func message(_ found: Bisection, _ report: VerifyReport, isPrecision: Bool) -> String {
    if let fault = found.fault { return text(fault) }
    if let layer = found.layer {
      let writer = found.tool.isEmpty ? "" : ", which \(found.tool) wrote,"
      return """
        this tool converts \(Files.name(report.model ?? "")) rightly, but this bundle\(writer) does not hold that: the step that gives \
        '\(layer.name.brief)' (\(layer.op), \(layer.kernel)) is the first over its bound, \(Format.scientific(layer.bound)), by \
        \(Format.percent(layer.share)) of it
        """
    }
    let looked = "\(Format.count(found.rewrites, "rewrite")) and \(Format.count(found.steps, "step")) are within what rounding explains"
    guard isPrecision else { return "nothing is wrong: \(looked)" }
    return "no rewrite, stored weight or kernel is wrong, \(looked): what is lost is what \(report.precision.rawValue) costs"
  }

  private static func text(_ fault: ConversionFault) -> String {
    let node = "'\(fault.node.brief)' (\(fault.op))"
    switch fault.stage {
    case .passes:
      let rewrite = "rewrite \(fault.number ?? 0), \(fault.pass ?? "") at \(node),"
      guard let difference = fault.difference else { return "\(rewrite) breaks the graph" }
      return "\(rewrite) is wrong: '\(fault.tensor.brief)' \(text(difference))"
    case .lowering:
      guard let difference = fault.difference else { return "\(node) is another node in the bundle than in the graph" }
      return "\(node) is another node in the bundle than in the graph: '\(fault.tensor.brief)' \(text(difference))"
    case .weights:
      guard let difference = fault.difference else { return "\(node) finds weights of another shape in the bundle" }
      return "\(node) finds other weights in the bundle than the graph has: '\(fault.tensor.brief)' \(text(difference))"
    case .planning: return "\(node) reads memory that another step has written to since"
    case .kernels:
      let kernel = "the kernel of \(node), \(fault.kernel ?? ""),"
      return "\(kernel) is wrong: '\(fault.tensor.brief)' \(fault.difference.map(text) ?? "has another shape")"
    }
  }

  private static func text(_ difference: ConversionFault.Difference) -> String {
    let allowed = difference.allowed > 0 ? "rounding explains \(Format.scientific(difference.allowed))" : "nothing explains that"
    return "differs by \(Format.scientific(difference.maxAbs)), \(allowed)"
  }

  /// What was written, or why nothing was.
  static func lines(_ found: Bisection, folder: String) -> [String] {
    if let reproduction = found.reproduction {
      let operators = reproduction.operators.joined(separator: ", ")
      var line = "\(folder): \(Format.count(reproduction.operators.count, "node")) that show it (\(operators)), with weights and inputs "
      line += "drawn from seed \(reproduction.seed): nothing in it is trained"
      if reproduction.keptNumbers > 0 {
        line += " but \(Format.count(reproduction.keptNumbers, "single number")), without which it does not show"
      }
      return [line]
    }
    switch found.obstacle {
    case nil: return []
    case .unpublishable: return ["nothing was written: the nodes around it hold bodies, texts or trained numbers"]
    case .onlyWhole: return ["nothing was written: no part of the model shows it alone"]
    case .onlyTrained: return ["nothing was written: with drawn weights it does not show, and trained ones are yours"]
    }
  }

  static func help(_ found: Bisection, folder: String) -> String? {
    guard let fault = found.fault else { return found.layer == nil ? nil : "convert the model again" }
    let report = found.reproduction == nil ? "please report this" : "please report this with \(folder)"
    return fault.pass.map { "--skip-pass \($0) of `onnx2mobile convert` goes without it; \(report)" } ?? report
  }
}
