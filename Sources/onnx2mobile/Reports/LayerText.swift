import O2MConvert
import O2MParity

/// The tensors of a plan beside the original's in the order of the steps: a line each, or two where names leave no room for the figures.
enum LayerText {
  static func text(_ report: LayerReport) -> String {
    let first = report.firstOver?.step, marks = report.layers.map { $0.step == first ? "▸ " : "  " }
    var figures = Table([.left, .left, .right, .right, .right, .right, .right], indent: "    ")
    figures.add(Array(heads.dropFirst()))
    var whole = Table([.left, .left, .left, .right, .right, .right, .right, .right], width: .max)
    whole.add(["  " + heads[0]] + heads.dropFirst())
    for (layer, mark) in zip(report.layers, marks) {
      let cells = [layer.op, layer.kernel] + self.figures(layer)
      figures.add(cells)
      whole.add([mark + layer.name] + cells)
    }
    let width = Terminal.columns ?? .max
    var text = whole.text
    if text.split(separator: "\n").contains(where: { $0.count > width }) {
      let lines = figures.text.split(separator: "\n")
      text = "\(lines[0])\n"
      for (index, layer) in report.layers.enumerated() {
        text += marks[index] + layer.name.brief.shortened(to: width - 2) + "\n\(lines[index + 1])\n"
      }
    }
    return text + "\n" + summary(report).wrapped() + "\n\n"
  }

  static let heads = ["tensor", "operator", "kernel", "max |Δ|", "SQNR", "alone", "bound", "share"]

  /// The rows of all steps over their bound, else of those that use most of it.
  static func gravest(_ report: LayerReport) -> [[String]] {
    let over = report.layers.filter(\.isOver)
    let layers = over.isEmpty ? Array(report.layers.sorted { $0.share > $1.share }.prefix(fewRows)) : over
    return layers.map { [$0.name, $0.op, $0.kernel] + figures($0) }
  }

  private static let fewRows = 10

  /// The numbers of a row.
  static func figures(_ layer: LayerReport.Layer) -> [String] {
    [
      Format.scientific(layer.maxAbs), decibels(layer.sqnr), decibels(layer.localSQNR), Format.scientific(layer.bound), share(layer.share),
    ]
  }

  static func summary(_ report: LayerReport) -> String {
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
