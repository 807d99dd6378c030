import O2MBundle
import O2MConvert
import O2MGraph
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor

/// The wording of what stops a conversion or a run.
enum ConversionMessages {
  static func failure(_ error: ConversionError, file: String) -> Failure {
    switch error {
    case .importing(let error): return ImportMessages.failure(error, file: file)
    case .unknownPass(let name):
      return Failure(.usage, "there is no pass '\(name)'", help: "the passes are \(Pipeline.names.joined(separator: ", "))")
    case .passes(let error): return failure(error, file: file)
    case .evaluation(let error): return failure(error, file: file)
    case .planning(let error): return failure(error, file: file)
    case .running(let fault): return failure(fault, file: file)
    }
  }

  static func failure(_ error: EvaluationError, file: String) -> Failure {
    switch error {
    case .inputCount(let expected, let found):
      Failure(.usage, "\(file): it takes \(expected) inputs, \(found) are given", help: "`onnx2mobile dump \(file)` lists them")
    case .inputType(let name, let expected, let found):
      Failure(
        .usage, "\(file): input '\(name)' is \(describe(expected)), the data is \(describe(found))",
        help: "pin the shape with --input-shape \(name):…")
    case .node(let name, let fault):
      Failure(
        .ours, "\(file): node '\(name)': the reference refuses its operands: \(FaultMessages.text(fault))", help: "please report this model"
      )
    }
  }

  static func failure(_ fault: RunFault, file: String) -> Failure {
    switch fault {
    case .open(let code): Failure(.cannotOpen, "\(file): cannot be opened: \(ImportMessages.reason(code))")
    case .format(let fault): FormatMessages.failure(fault, file: file)
    case .memory(let bytes):
      Failure(
        .ours, "\(file): \(bytes) bytes of memory are not to be had", help: "close other programs, or convert with a smaller --input-shape")
    case .threads(let count): Failure(.ours, "\(file): \(count) threads are not to be had", help: "use fewer: --threads 1")
    case .misaligned: Failure(.ours, "\(file): the bundle does not begin at a multiple of 64", help: "please report this")
    case .kernel(let node, let fault):
      Failure(
        .damaged, "\(file): node \(node) has no kernel: \(FaultMessages.text(fault))", help: "write it again with `onnx2mobile convert`")
    case .operands(let node):
      Failure(
        .damaged, "\(file): node \(node) has operands that its operator does not take", help: "write it again with `onnx2mobile convert`")
    case .run(let node, let fault):
      Failure(
        .damaged, "\(file): node \(node) refuses what its inputs hold: \(FaultMessages.text(fault))",
        help: "look at the values that are fed in; indices must lie inside their axis")
    }
  }

  private static func failure(_ error: PassError, file: String) -> Failure {
    switch error {
    case .patch(let pass, let node, let number, let error):
      Failure(
        .ours, "\(file): patch \(number) of \(pass) at '\(node)' cannot be applied: \(error)",
        help: "--skip-pass \(pass) goes without it; please report this model")
    case .verify(let pass, let node, let number, let error):
      Failure(
        .ours, "\(file): patch \(number) of \(pass) at '\(node)' breaks the graph: \(error)",
        help: "--skip-pass \(pass) goes without it; please report this model")
    case .numerics(let pass, let node, let number, let output, let difference, let allowed):
      Failure(
        .ours,
        "\(file): patch \(number) of \(pass) at '\(node)' changes '\(output)' by \(Format.scientific(difference)), \(Format.scientific(allowed)) is allowed",
        help: "--stop-after \(number - 1) stops before it, --skip-pass \(pass) goes without it")
    case .evaluation(let pass, let number, let error): failure(error, file: "\(file): after patch \(number) of \(pass)")
    case .noFixpoint(let rounds):
      Failure(.ours, "\(file): the passes do not come to rest in \(rounds) rounds", help: "please report this model")
    }
  }

  private static func failure(_ error: PlanError, file: String) -> Failure {
    switch error {
    case .dynamic:
      Failure(
        .unsupported, "\(file): a value's extents are not known before the model runs",
        help: "pin the inputs with --input-shape NAME:1,3,224,224")
    case .rank(_, let limit):
      Failure(.unsupported, "\(file): a value has more than \(limit) axes", help: "see the shapes with `onnx2mobile dump \(file)`")
    case .element(_, let element):
      Failure(
        .unsupported, "\(file): a value holds \(element.name) elements, which bundles cannot hold",
        help: "see the types with `onnx2mobile dump \(file)`")
    case .node(let node, let fault):
      Failure(
        .unsupported, "\(file): node \(node) has no kernel: \(FaultMessages.text(fault))",
        help: "`onnx2mobile dump \(file) --stage optimized` shows what the node was made of")
    case .operands(let node):
      Failure(.ours, "\(file): node \(node) asks for a form of its operands that nothing takes", help: "please report this model")
    case .unreadable(let fault): Failure(.ours, "\(file): the bundle does not read back: \(fault)", help: "please report this model")
    }
  }

  private static func describe(_ type: TensorType) -> String {
    "\(type.element.name) [\(type.dims.map { $0.value.map(String.init) ?? "?" }.joined(separator: ", "))]"
  }
}
