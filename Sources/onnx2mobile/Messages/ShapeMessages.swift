import O2MBundle
import O2MImport
import O2MOps
import O2MRuntime

/// The words for input shapes that a bundle does not take.
enum ShapeMessages {
  static func failure(_ fault: ShapeFault, of error: RunError, file: String) -> Failure {
    func name(_ input: Int) -> String { input < error.inputs.count ? "'\(error.inputs[input])'" : "number \(input)" }
    let help = "`onnx2mobile dump \(file)` lists the shapes that it takes"
    switch fault {
    case .inputCount(let found, let expected):
      return Failure(
        .damaged, "\(file): it takes \(Format.count(expected, "input")), \(found) \(found == 1 ? "is" : "are") given", help: help)
    case .rank(let input, let found, let expected):
      return Failure(
        .damaged, "\(file): input \(name(input)) has \(Format.count(expected, "axis", "axes")), the data has \(found)", help: help)
    case .extent(let input, let axis, let found, let minimum, let maximum, let step):
      guard minimum < maximum else {
        return Failure(.damaged, "\(file): axis \(axis) of input \(name(input)) is \(minimum), the data has \(found)", help: help)
      }
      return Failure(
        .damaged, "\(file): axis \(axis) of input \(name(input)) takes \(range(minimum, maximum, step)), the data has \(found)",
        help: "convert the model again with a wider --symbol range, or give data inside of it")
    case .unequal(let input, let axis, let found, let symbol, let before):
      let text = symbol < error.symbols.count ? error.symbols[symbol].name : "number \(symbol)"
      return Failure(
        .damaged, "\(file): axis \(axis) of input \(name(input)) is \(found), but its symbol '\(text)' is \(before) before", help: help)
    case .node(_, let fault):
      let node = error.node.map(FaultMessages.text) ?? "a node"
      return Failure(
        .damaged, "\(file): at these input shapes \(node): \(FaultMessages.text(fault, at: error.node))",
        help: "the model itself does not take them; give others")
    case .derivation(let node, let fault):
      return Failure(
        .damaged, "\(file): at these input shapes step \(node) of the shape arithmetic: \(FaultMessages.text(fault, at: nil))",
        help: "the model itself does not take them; give others")
    case .bytes(let bytes, let limit):
      return Failure(
        .damaged, "\(file): at these input shapes it takes \(bytes == .max ? "more" : "\(bytes)") bytes, the limit is \(limit)",
        help: "give smaller inputs, or allow more with --limit")
    case .plan(let fault): return FormatMessages.failure(fault, file: file)
    case .state(let input, let output):
      return Failure(
        .damaged,
        "\(file): at these input shapes input \(name(input)), which is state, has other extents than output \(output), which it takes",
        help: help)
    }
  }

  static func failure(_ error: OpenError, file: String) -> Failure {
    let pin = "pin it with --input-shape, numbers in the place of names"
    switch error {
    case .importing(let error): return ImportMessages.failure(error, file: file)
    case .unknownSymbol(let name, let symbols):
      let listed = symbols.isEmpty ? "no extent of it is open" : "its open extents are " + symbols.map { "'\($0)'" }.joined(separator: ", ")
      return Failure(
        .usage, "\(file): it has no symbol '\(name)': \(listed)" + Suggestion.text(for: name, among: symbols),
        help: "name an axis with --input-shape, as in NAME:1,\(name)")
    case .typical(let symbol):
      let range = range(symbol.range.minimum, symbol.range.maximum, symbol.range.step)
      return Failure(
        .usage, "--typical \(symbol.name)=\(symbol.typical) is not in \(range), which --symbol gives", help: "give an extent of the range")
    case .data(let symbol, let extent):
      let range = range(symbol.range.minimum, symbol.range.maximum, symbol.range.step)
      return Failure(
        .usage, "\(file): the data has \(symbol.name)=\(extent), the range is \(range)",
        help: "give a --symbol \(symbol.name)=... that holds it, or other data")
    case .refused(let symbol, let extent, let error):
      let reason = ImportMessages.failure(error, file: file)
      return Failure(
        .usage, "\(file): the model does not take '\(symbol)' = \(extent)", because: reason, help: "give another --symbol range")
    case .fixed(let symbol, let extent, let error):
      let reason = ImportMessages.failure(error, file: file)
      return Failure(
        .unsupported, "\(file): the model takes '\(symbol)' = \(extent) only; with \(extent + 1)", because: reason, help: pin)
    case .undecided(let value):
      return Failure(
        .unsupported,
        "\(file): '\(value)' is computed from open extents by more than sums and products, and is the same at all that were tried: whether "
          + "it is at others is not known", help: "give a --typical extent at which it has another value, or \(pin)")
    case .counted(let value):
      return Failure(
        .unsupported, "\(file): the model is built in another way where lengths that depend on data are others, from '\(value)' on",
        help: "cut the model before '\(value)', and compute the rest where the results are used")
    case .bodiesAndOpen(let node, let symbols):
      let names = symbols.map { "'\($0)'" }.joined(separator: ", ")
      return Failure(
        .unsupported,
        "\(file): a run decides which branch '\(node)' takes, or how often it turns, while \(names) stays open: a bundle has either",
        help: pin)
    case .differs(let value, let sizes):
      let text = sizes.map { "'\($0.symbol)' = \($0.extent) or \($0.other)" }.joined(separator: ", ")
      return Failure(
        .unsupported, "\(file): the model is built in another way with \(text), from '\(value)' on", help: pin)
    }
  }

  /// A range as `--symbol` takes it.
  static func range(_ minimum: Int, _ maximum: Int, _ step: Int) -> String {
    "\(minimum)..\(maximum)" + (step > 1 ? "/\(step)" : "")
  }
}
