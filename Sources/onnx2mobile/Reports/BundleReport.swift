import O2MBundle
import O2MOps
import O2MRuntime
import O2MTensor

/// What `dump` says of a bundle: sections, manifest, memory plan, steps.
struct BundleReport: Encodable {
  struct SectionEntry: Encodable {
    var name: String
    var offset: Int
    var storedBytes: Int
    var rawBytes: Int
    var codec: String

    enum CodingKeys: String, CodingKey { case name, offset, storedBytes = "stored_bytes", rawBytes = "raw_bytes", codec }
  }

  struct PortEntry: Encodable {
    var name: String
    var type: String
    var shape: [Int]
    /// Of an input that is state, the output that it takes; else absent.
    var state: String?
  }

  struct StepEntry: Encodable {
    var index: Int
    var what: String
    var output: String
    var layout: String
    /// Where the output lies in the arena, and how many bytes it takes; nil for what lies elsewhere.
    var offset: Int?
    var bytes: Int
    var weights: String
  }

  /// An extent of inputs that stays open.
  struct SymbolEntry: Encodable {
    struct Axis: Encodable {
      var input: String
      var axis: Int
    }

    var name: String
    var minimum: Int
    var maximum: Int
    var step: Int
    var typical: Int
    var axes: [Axis]
  }

  /// Memory over the open extents: a sum of products that is at none of the sizes that were tried below the arena.
  struct FormulaEntry: Encodable {
    struct Term: Encodable {
      var bytes: Double
      /// Of the symbols, in their order.
      var powers: [Int]
    }

    var terms: [Term]
    var tried: Int
    /// By how much it is above the arena where it is farthest from it, and at half of the sizes at most, as a share.
    var excess: Double
    var median: Double

    enum CodingKeys: String, CodingKey { case terms, tried, excess, median = "excess_median" }
  }

  /// A constant as it was before it was packed.
  struct ConstantEntry: Encodable {
    var value: Int
    var name: String
    var type: String
    var shape: [Int]
    /// XXH64 of the elements in row-major order, little-endian; those of rounded weights as the float32 numbers that they stand for.
    var xxh64: String
  }

  /// A file of external data that the model reads.
  struct SourceEntry: Encodable {
    var path: String
    var bytes: Int
    var sha256: String
  }

  var file: String
  var form: String
  var format: String
  var bytes: Int
  var precision: String
  var tool: String
  var source: String
  /// Empty where the model has none, and in bundles before format 1.4.
  var externalData: [SourceEntry]
  var passes: [String]
  var labels: Int
  var preprocessing: String
  /// What the bundle says of a picture.
  @OrNull var task: TaskEntry? = nil
  /// The same in one line.
  var taskText: String?
  var arenaBytes: Int
  var weightBytes: Int
  /// Empty where all extents are fixed.
  var symbols: [SymbolEntry]
  /// Memory at the largest extents; nil where it is more than a runtime gives, and where all extents are fixed.
  var largestArenaBytes: Int?
  /// nil where all extents are fixed.
  var arenaFormula: FormulaEntry?
  var inputs: [PortEntry]
  var outputs: [PortEntry]
  var sections: [SectionEntry]
  var steps: [StepEntry]
  /// nil where the bundle was not made here.
  var constants: [ConstantEntry]?
  /// With `--weights`: the stored constants, with the numbers that kernels see.
  var weights: [GraphReport.WeightEntry]?

  enum CodingKeys: String, CodingKey {
    case file, form, format, bytes, precision, tool, source = "source_sha256", externalData = "external_data", passes, labels,
      preprocessing, task, arenaBytes = "arena_bytes"
    case weightBytes = "weights_bytes", symbols, largestArenaBytes = "arena_bytes_largest", arenaFormula = "arena_bytes_formula", inputs,
      outputs, sections, steps, constants,
      weights
  }
}

extension BundleReport {
  var text: String {
    var text = "\(file): \(form) form, format \(format), \(Format.scaled(bytes))B, \(precision)\n\n"
    // Names of inputs are typed in: they stay whole.
    var head = Table([.left, .left, .left], indent: "  ", width: .max)
    for input in inputs {
      head.add(
        "input", input.name,
        "\(input.type) [\(extents(input).joined(separator: ", "))]" + (input.state.map { ", state: \($0) of the run before" } ?? ""))
    }
    for output in outputs { head.add("output", output.name, "\(output.type) \(output.shape)") }
    for symbol in symbols {
      head.add("extent", symbol.name, "\(ShapeMessages.range(symbol.minimum, symbol.maximum, symbol.step)), typically \(symbol.typical)")
    }
    if labels > 0 { head.add("labels", "\(labels)", "") }
    text += head.text
    var origin = Table([.left, .left], indent: "  ", width: GraphReport.columns)
    for (index, line) in ConversionReport.wrapped(Self.keys(preprocessing), width: GraphReport.columns - 16).enumerated()
    where !preprocessing.isEmpty {
      origin.add(index == 0 ? "prepared" : "", line)
    }
    let said = taskText?.components(separatedBy: ", ") ?? []
    for (index, line) in ConversionReport.wrapped(said, width: GraphReport.columns - 16).enumerated() where !said.isEmpty {
      origin.add(index == 0 ? "task" : "", line)
    }
    for (index, line) in ConversionReport.wrapped(passes, width: GraphReport.columns - 16).enumerated() where !passes.isEmpty {
      origin.add(index == 0 ? "passes" : "", line)
    }
    origin.add("source", "SHA-256 \(source.isEmpty ? "unknown" : source)")
    for file in externalData { origin.add("", "SHA-256 \(file.sha256) of \(file.path)") }
    origin.add("written", "by \(tool.isEmpty ? "an unknown tool" : tool)")
    origin.add("memory", "arena \(Format.scaled(arenaBytes))B, weights \(Format.scaled(weightBytes))B")
    if !symbols.isEmpty {
      origin.add("", "at the largest extents " + (largestArenaBytes.map { "arena \(Format.scaled($0))B" } ?? "more than a runtime gives"))
      for line in ConversionReport.wrapped(arenaFormula?.words(symbols.map(\.name)) ?? [], separator: " ", width: GraphReport.columns - 16)
      {
        origin.add("", line.hasSuffix(" ") ? String(line.dropLast()) : line)
      }
    }
    text += origin.text + "\n"
    var table = Table([.left, .right, .right, .right, .left], indent: "  ")
    table.add("section", "offset", "stored", "raw", "codec")
    for section in sections { table.add(section.name, "\(section.offset)", "\(section.storedBytes)", "\(section.rawBytes)", section.codec) }
    text += table.text + "\n"
    var plan = Table([.right, .left, .left, .left, .right, .right, .left], indent: "  ", width: GraphReport.columns)
    plan.add("#", "step", "output", "layout", "at", "bytes", "weights")
    for step in steps {
      plan.add(
        "\(step.index)", String(GraphReport.brief("", step.what).dropFirst()), GraphReport.brief(type: step.output),
        step.layout == "plain" ? "plain" : "C last",
        step.offset.map(String.init) ?? "", Format.scaled(step.bytes), step.weights)
    }
    return text + plan.text + (weights.map(GraphReport.WeightEntry.table) ?? "")
  }

  /// Those of an input, open ones by their symbols.
  private func extents(_ input: PortEntry) -> [String] {
    input.shape.enumerated().map { axis, extent in
      symbols.first { $0.axes.contains { $0.input == input.name && $0.axis == axis } }?.name ?? "\(extent)"
    }
  }

  /// `resize=16x16,mean=0.4,0.5` in its keys: a comma that no key follows belongs to a value.
  private static func keys(_ text: String) -> [String] {
    var keys: [String] = []
    for part in text.split(whereSeparator: { $0 == "," || $0 == "\n" }) {
      if part.contains("=") || keys.isEmpty { keys.append(String(part)) } else { keys[keys.count - 1] += "," + part }
    }
    return keys
  }
}

extension BundleReport.FormulaEntry {
  init(_ formula: MemoryFormula) {
    terms = formula.terms.map { Term(bytes: $0.bytes, powers: $0.powers) }
    (tried, excess, median) = (formula.tried, formula.excess.most, formula.excess.median)
  }

  /// `at most 20.0·height·width + 12,300 bytes (at 57 sizes, mostly 2 % more than they take, up to 44 %)`, as words that lines may be broken
  /// between.
  func words(_ symbols: [String]) -> [String] {
    let sum = terms.map { term in
      let factors = zip(symbols, term.powers).filter { $0.1 > 0 }.map { $0.1 == 1 ? $0.0 : $0.0 + "²" }
      return ([Self.digits(term.bytes)] + factors).joined(separator: "·")
    }
    let share =
      excess < 0.005 ? "what they take" : "mostly \(Format.percent(median)) more than they take, up to \(Format.percent(excess))"
    return ["at", "most"] + sum.joined(separator: " + ").components(separatedBy: " ") + ["bytes"]
      + "(at \(tried) sizes, \(share))".components(separatedBy: " ")
  }

  /// Three digits.
  private static func digits(_ bytes: Double) -> String {
    guard bytes < 100 else { return Format.grouped(Int(bytes)) }
    var digits = 2, unit = 10.0
    while bytes < unit, digits < 12 { (digits, unit) = (digits + 1, unit / 10) }
    return Format.fixed(bytes, digits - 1)
  }
}
