import O2MConvert
import O2MGraph
import O2MTensor

/// The wording of what is wrong with `--task`.
enum TaskMessages {
  /// - Parameter graph: the model, where it could be imported.
  static func failure(_ error: TaskError, file: String, _ graph: Graph? = nil) -> Failure {
    switch error {
    case .unknownTask(let name):
      return Failure(
        .usage, "there is no task '\(name)'" + Suggestion.text(for: name, among: TaskRequest.names),
        help: "the tasks are \(TaskRequest.names.joined(separator: ", "))")
    case .unknownKey(let key, let task):
      let keys = task == "detect" ? DetectRequest.keys : task == "segment" ? SegmentRequest.keys : []
      return Failure(
        .usage, "--task \(task) has no key '\(key)'" + Suggestion.text(for: key, among: keys),
        help: keys.isEmpty ? "write --task \(task) alone" : "the keys are \(keys.joined(separator: ", "))")
    case .repeatedKey(let key): return Failure(.usage, "--task has '\(key)' twice", help: "give each key once")
    case .badValue(let key, let value):
      let words = DetectRequest.words(key)
      return Failure(
        .usage, "--task: '\(value)' is no value of '\(key)'" + Suggestion.text(for: value, among: words),
        help: "'\(key)' takes \(words.isEmpty ? form(key) : words.joined(separator: ", "))")
    case .noPicture:
      return Failure(
        .usage, "\(file): none of its inputs takes a picture" + list(graph?.inputs, in: graph),
        help: "leave out --task; where extents are open, give --input-shape NAME:1,3,H,W")
    case .noClasses:
      return Failure(
        .usage, "\(file): no output is a row of class scores" + list(graph?.outputs, in: graph),
        help: "leave out --task, or name another: detect, segment")
    case .noHead(let head, let labels):
      let those = head.map { "those of a \($0.rawValue) head" } ?? "those of a head that is known"
      return Failure(
        .usage,
        "\(file): its outputs are not \(those)\(labels > 0 ? " with \(Format.count(labels, "class", "classes"))" : "")"
          + list(graph?.outputs, in: graph),
        help: "heads are \(BoxHead.allCases.map(\.rawValue).joined(separator: ", ")), each with one of --labels for every class; "
          + "another model is run without --task")
    case .severalHeads(let heads):
      let names = heads.map(\.rawValue)
      return Failure(
        .usage, "\(file): its outputs may be those of \(names.joined(separator: " or "))" + list(graph?.outputs, in: graph),
        help: "say which, as in --task detect:\(names[0]); --labels, one for each class, may tell too")
    case .needlessAnchors(let head):
      return Failure(
        .usage, "\(file): a \(head.rawValue) head has no anchors", help: "leave out anchors=, or name a head that has some")
    case .noMap(let output):
      return Failure(
        .usage,
        "\(file): \(output.map { "its output '\($0)' is no map of classes" } ?? "no output is a map of classes")"
          + list(graph?.outputs, in: graph),
        help: "a map is [1, C, H, W] or [1, H, W, C]; leave out --task, or name another output: --task segment:output=NAME")
    case .tooManyClasses(let found, let limit):
      return Failure(
        .usage, "\(file): a map of \(found) classes, the limit is \(limit)", help: "leave out --task, and read the output itself")
    }
  }

  private static func form(_ key: String) -> String {
    switch key {
    case "score", "iou": "a share of 0 to 1"
    case "most": "1 to 4096 boxes"
    case "threshold": "a number"
    case "anchors": "widths and heights in pixels, by ascending stride, as 10x13+16x30+33x23+..."
    default: "a name"
    }
  }

  /// `: 'boxes' [1, 100, 4], ...`, or nothing.
  private static func list(_ values: [ValueID]?, in graph: Graph?) -> String {
    guard let graph, let values, !values.isEmpty else { return "" }
    let texts = values.prefix(4).map { id in
      "'\(graph[id].name)' " + (graph.shape(id).map { "\($0.dims)" } ?? "of open extents")
    }
    return ": " + texts.joined(separator: ", ") + (values.count > 4 ? " and \(values.count - 4) more" : "")
  }
}
