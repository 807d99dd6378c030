import HostSystem

/// What other reports say of the steps of a plan.
struct MeasuredSteps: Decodable {
  /// Of `bench --profile --json`.
  struct Profile: Decodable {
    struct Step: Decodable {
      var step: String
      var median: Double

      enum CodingKeys: String, CodingKey { case step, median = "median_ns" }
    }

    var steps: [Step]
  }

  /// Of `verify --per-layer --format json`.
  struct Layer: Decodable {
    var name: String
    var sqnr: Double

    enum CodingKeys: String, CodingKey { case name, sqnr = "sqnr_db" }
  }

  var profile: Profile?
  var layers: [Layer]?

  init(_ path: String) throws {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure(.cannotOpen, "\(path): cannot be opened: \(ImportMessages.reason(errno))")
    }
    do { self = try JSONDecoder().decode(Self.self, from: data) } catch {
      throw Failure(.damaged, "\(path): is no JSON of a report", help: "write it anew with --format json")
    }
  }
}

extension PageData {
  /// - Errors: `.damaged` where the steps are not those of the plan.
  mutating func addTimes(_ measured: MeasuredSteps, of path: String) throws {
    let last = stages.count - 1
    guard let steps = measured.profile?.steps else {
      throw Failure(.damaged, "\(path): holds no profile", help: "write it with `onnx2mobile bench BUNDLE.o2m --profile --json`")
    }
    let nodes = stages[last].nodes
    let other = zip(nodes, steps).first { node, step in !step.step.hasPrefix(node.op == "Layout" ? "layout" : node.op) }
    guard steps.count == nodes.count, other == nil else {
      let reason = other.map { "'\($0.1.step)' where this plan has \($0.0.op)" } ?? "\(steps.count) steps, this plan has \(nodes.count)"
      throw Failure(.damaged, "\(path): is the profile of another bundle: \(reason)", help: "profile the bundle that is dumped")
    }
    for (index, step) in steps.enumerated() { stages[last].nodes[index].time = step.median }
  }

  /// - Errors: `.damaged` where no step has a name of the report.
  mutating func addErrors(_ measured: MeasuredSteps, of path: String) throws {
    let last = stages.count - 1, help = "write it with `onnx2mobile verify MODEL.onnx BUNDLE.o2m --per-layer --format json`"
    guard let layers = measured.layers else { throw Failure(.damaged, "\(path): holds no layers", help: help) }
    let known = Dictionary(layers.map { ($0.name, $0.sqnr) }, uniquingKeysWith: min)
    var found = 0
    for index in stages[last].nodes.indices {
      let outputs = stages[last].nodes[index].outputs.map { stages[last].values[$0] }
      stages[last].nodes[index].sqnr = outputs.flatMap { $0.origins ?? [$0.name] }.compactMap { known[$0] }.min()
      if stages[last].nodes[index].sqnr != nil { found += 1 }
    }
    guard found > 0 else { throw Failure(.damaged, "\(path): none of its layers is in this plan", help: help) }
  }
}
