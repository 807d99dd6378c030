import O2MConvert
import O2MGraph
import O2MParity

extension PageData {
  /// The page of `diff`: both graphs, with what is new, gone and changed.
  init(_ difference: ModelDifference, _ report: DiffReport, _ first: DiffSide, _ second: DiffSide) {
    self.init(title: "\(Files.name(first.path)), \(Files.name(second.path))", tool: "onnx2mobile \(Tool.version)", start: "b")
    var known = WeightIndex()
    for (name, side) in [("a", first), ("b", second)] {
      add(side.graph, named: name, weights: &known)
      let last = stages.count - 1
      for (index, name) in side.nodeNames.enumerated() { stages[last].nodes[index].name = name }
      facts += [[name, "\(Files.name(side.path)) (\(side.stage))"]]
      if let open = side.open { notes.append(open.sentence) }
    }
    facts.append(["verdict", report.same ? "same" : "different"])
    pairs = difference.matching.forward.enumerated().compactMap { index, other in other.map { [index, $0] } }
    mark(difference, report)
    comparison = Comparison(
      tab: "Changes", title: report.same ? "Both are the same" : "What differs", lines: [report.summary.sentence], link: 0,
      tables: [changed(difference, report), lone("Only in a", "went into", 0, difference.onlyFirst, report.onlyA)]
        + [lone("Only in b", "came from", 1, difference.onlySecond, report.onlyB), weights(difference, report)]
        + [ports(report), numbers(report)].filter { !$0.rows.isEmpty })
    comparison?.tables.removeAll { $0.rows.isEmpty }
    colour = "change"
  }

  private mutating func mark(_ difference: ModelDifference, _ report: DiffReport) {
    for stage in stages.indices { for node in stages[stage].nodes.indices { stages[stage].nodes[node].change = .same } }
    for unmatched in difference.onlyFirst { stages[0].nodes[unmatched.node].change = .gone }
    for unmatched in difference.onlySecond { stages[1].nodes[unmatched.node].change = .new }
    for (change, entry) in zip(difference.changes, report.nodes) where !entry.isQuiet {
      for (stage, node) in [(0, change.first), (1, change.second)] {
        stages[stage].nodes[node].change = .changed
        stages[stage].nodes[node].changes = [entry.changes.joined(separator: ", ")]
      }
    }
  }

  private func changed(_ difference: ModelDifference, _ report: DiffReport) -> Comparison.Table {
    let rows = zip(difference.changes, report.nodes).filter { !$1.isQuiet }.map { change, node in
      let texts = node.aText == node.bText ? ["", ""] : [node.aText, node.bText]
      return Comparison.Row(cells: [node.b, node.op, node.changes.joined(separator: " ")] + texts, stage: 1, node: change.second)
    }
    return Comparison.Table("Changed", ["node", "operator", "changed", "in a", "in b"], rows)
  }

  private func lone(
    _ title: String, _ head: String, _ stage: Int, _ nodes: [ModelDifference.Unmatched], _ entries: [DiffReport.Lone]
  ) -> Comparison.Table {
    let rows = zip(nodes, entries).map { node, entry in
      Comparison.Row(cells: [entry.name, entry.op, entry.into ?? ""], stage: stage, node: node.node)
    }
    return Comparison.Table(title, ["node", "operator", head], rows)
  }

  private func weights(_ difference: ModelDifference, _ report: DiffReport) -> Comparison.Table {
    let rows = zip(difference.weights, report.weights).map { weight, entry in
      Comparison.Row(
        cells: [
          entry.node, entry.a ?? "-", entry.b ?? "-", Format.scientific(entry.aNorm), Format.scientific(entry.bNorm),
          entry.difference.map(Format.scientific) ?? "", entry.sqnr.map(ParityText.decibels) ?? "",
        ], stage: 0, node: weight.node)
    }
    return Comparison.Table("Weights", ["node", "in a", "in b", ">|a|", ">|b|", ">|b − a|", ">SQNR"], rows)
  }

  private func ports(_ report: DiffReport) -> Comparison.Table {
    Comparison.Table(
      "Inputs and outputs", ["port", "in a", "in b"], report.ports.map { .init(cells: [$0.port, $0.a ?? "", $0.b ?? ""]) })
  }

  private func numbers(_ report: DiffReport) -> Comparison.Table {
    let rows = (report.run?.outputs ?? []).map { output in
      Comparison.Row(
        cells: [output.name] + [output.maxAbs, output.meanAbs, output.rmse].map(Format.scientific) + [
          ParityText.decibels(output.sqnr), Format.fixed(output.cosine, 6),
        ])
    }
    return Comparison.Table("Numbers of b against a", ["output", ">max |Δ|", ">mean |Δ|", ">rmse", ">SQNR", ">cosine"], rows)
  }
}
