import O2MConvert
import O2MParity

/// The tensors of a plan beside the original's, a line each in the order of the steps.
enum LayerText {
  static func text(_ report: LayerReport) -> String {
    var table = Table([.left, .left, .left, .left, .right, .right, .right, .right, .right])
    table.add("", "tensor", "operator", "kernel", "max |Δ|", "SQNR", "alone", "bound", "share")
    let first = report.firstOver
    for layer in report.layers {
      table.add(
        layer.step == first?.step ? "▸" : "", layer.name, layer.op, layer.kernel, Format.scientific(layer.maxAbs), decibels(layer.sqnr),
        decibels(layer.localSQNR), Format.scientific(layer.bound), share(layer.share))
    }
    return table.text + "\n" + summary(report).wrapped() + "\n\n"
  }

  private static func summary(_ report: LayerReport) -> String {
    if let first = report.firstOver {
      return """
        the first step over its bound gives '\(first.name.brief)' (\(first.op), \(first.kernel)): alone on the model's own inputs it \
        differs by \(times(first.share)) what its arithmetic explains
        """
    }
    guard let most = report.layers.max(by: { $0.share < $1.share }) else { return "no tensor of the plan equals one of the model's" }
    return "no step is over its bound; the one that gives '\(most.name.brief)' uses \(share(most.share)) of it"
  }

  private static func decibels(_ value: Double) -> String { ParityText.decibels(value).replacing(" dB", with: "") }

  private static func share(_ value: Double) -> String { value < 10 ? Format.percent(value) : times(value) }

  private static func times(_ value: Double) -> String {
    value.isFinite ? "\(Format.scaled(Int(min(value, 1e15).rounded()))) times" : "infinitely often"
  }
}
