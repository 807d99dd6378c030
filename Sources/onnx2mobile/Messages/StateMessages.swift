import O2MBundle
import O2MConvert
import O2MRuntime
import O2MTensor

/// The wording of what is wrong with `--state`, and with states.
enum StateMessages {
  static func failure(_ error: StateError, file: String) -> Failure {
    switch error {
    case .unknownInput(let name, let inputs):
      Failure(
        .usage, "\(file): --state: it has no input '\(name)'" + Suggestion.text(for: name, among: inputs),
        help: "the inputs are \(list(inputs)); write --state INPUT=OUTPUT")
    case .unknownOutput(let name, let outputs):
      Failure(
        .usage, "\(file): --state: it has no output '\(name)'" + Suggestion.text(for: name, among: outputs),
        help: "the outputs are \(list(outputs)); write --state INPUT=OUTPUT")
    case .repeated(let input): Failure(.usage, "--state is given twice for '\(input)'", help: "an input takes one output")
    case .constant(let input):
      Failure(
        .usage, "\(file): --state: the input '\(input)' is a constant", help: "leave out --input-value for it, or --state")
    case .types(let request, let input, let output):
      Failure(
        .usage,
        "\(file): --state: input '\(request.input)' is \(FaultMessages.text(input)), output '\(request.output)' is "
          + FaultMessages.text(output), help: "pair an input with the output that has its type and extents")
    case .counted(let request):
      Failure(
        .usage, "\(file): --state: output '\(request.output)' is as long as the data say, and state has one length",
        help: "name an output whose extents are fixed")
    case .extents(let request, let input, let output):
      Failure(
        .usage,
        "\(file): --state: with input '\(request.input)' \(input.dims) the output '\(request.output)' is \(output.dims)",
        help: "give both axes one name with --input-shape, as in \(request.input):2,B,64, or fix them with numbers")
    }
  }

  /// A state that a session cannot take; in the command they come from nowhere but a session.
  static func failure(_ fault: StateFault, file: String) -> Failure {
    let reason =
      switch fault {
      case .size(let found, let needed): "\(needed) bytes of state do not fit into \(found)"
      case .damaged: "the bytes are no saved state"
      case .otherModel: "the state is of another model"
      case .shape(let input): "the state was saved at other extents of input \(input)"
      }
    return Failure(.ours, "\(file): \(reason)", help: "please report this")
  }

  private static func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
