import O2MBundle
import O2MConvert
import O2MGraph
import O2MParity

extension PageData {
  /// The page of `verify --per-layer`: the model as it was imported beside the running plan, whose steps say how far they are off.
  init(_ report: VerifyReport, _ graph: Graph, _ opened: OpenedBundle, _ layers: LayerReport) {
    self.init(title: Files.name(opened.path), tool: "onnx2mobile \(Tool.version)", start: Dump.Stage.planned.rawValue)
    var known = WeightIndex()
    add(graph, named: Dump.Stage.imported.rawValue, weights: &known)
    add(opened)
    facts = [["verdict", report.verdict], ["asked for", report.bounds]]
    if let model = report.model { facts.append(["model", Files.name(model)]) }
    addFacts(of: opened)
    notes = report.failed.map(\.sentence.sentence)
    add(layers)
    colour = "share"
  }

  /// What the steps of the last stage are off by, and all of it as a table.
  private mutating func add(_ report: LayerReport) {
    let last = stages.count - 1, first = report.firstOver?.step
    for layer in report.layers {
      let node = stages[last].nodes[layer.step]
      stages[last].nodes[layer.step].sqnr = min(node.sqnr ?? .infinity, layer.sqnr)
      stages[last].nodes[layer.step].share = max(node.share ?? 0, min(layer.share, 1000))
    }
    let rows = report.layers.map { layer in
      Comparison.Row(
        cells: [layer.name, layer.op, layer.kernel] + LayerText.figures(layer), stage: last, node: layer.step, marked: layer.step == first)
    }
    let heads = ["tensor", "operator", "kernel", ">max |Δ|", ">SQNR", ">alone", ">bound", ">share"]
    comparison = Comparison(
      tab: "Layers", title: "Every tensor of the running plan",
      lines: [
        LayerText.summary(report).sentence,
        "Max |Δ| and SQNR hold what the steps before have brought; alone, bound and share are of the step on the model's own inputs.",
      ], link: 0, tables: [Comparison.Table("", heads, rows)])
  }
}

extension String {
  /// With a capital, and a full stop.
  var sentence: String { prefix(1).uppercased() + dropFirst() + "." }
}
