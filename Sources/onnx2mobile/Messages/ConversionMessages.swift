import O2MBundle
import O2MConvert
import O2MGraph
import O2MOps
import O2MPasses
import O2MRuntime
import O2MTensor

/// Where the numbers came from that a run was fed: what is added where a node refuses them, and the way out.
package struct ValueSource {
  var code: Failure.Code
  var note = ""
  var help: String

  /// The user's data.
  package static let given = ValueSource(
    code: .damaged, help: "look at the values that are fed in; indices must lie inside their axis")
  /// Nobody gave data, so that the tool drew numbers that may be no indices. `int8-weights` and `float16` are chosen by such a run too.
  package static let drawnToConvert = ValueSource(
    code: .unsupported, note: drawn, help: "give inputs that it takes with --data DIR, or convert with --precision float32 --no-verify")
  package static let drawnToVerify = ValueSource(code: .unsupported, note: drawn, help: "give real inputs with --data instead of --random")
  package static let drawnToTime = ValueSource(code: .unsupported, note: drawn, help: "`onnx2mobile run` takes real inputs")
  package static let certificate = ValueSource(
    code: .damaged, note: "; its certificate asks for this input", help: "convert the model again")
  /// The graph took these numbers before a pass changed it.
  fileprivate static func patched(by pass: String) -> ValueSource {
    ValueSource(code: .ours, help: "--skip-pass \(pass) goes without it; please report this model")
  }

  private static let drawn = "; onnx2mobile drew these numbers, no data was given"
}

/// The wording of what stops a conversion or a run.
package enum ConversionMessages {
  package static func failure(_ error: ConversionError, file: String, values: ValueSource = .drawnToConvert) -> Failure {
    switch error {
    case .importing(let error): return ImportMessages.failure(error, file: file)
    case .given(let error): return BundleMessages.failure(error, of: file)
    case .policy(let error): return PolicyMessages.failure(error, file: VerificationPolicy.fileName)
    case .state(let error): return StateMessages.failure(error, file: file)
    case .task(let error): return TaskMessages.failure(error, file: file)
    case .unknownPass(let name):
      return Failure(.usage, "there is no pass '\(name)'", help: "the passes are \(Pipeline.names.joined(separator: ", "))")
    case .open(let error): return ShapeMessages.failure(error, file: file)
    case .passes(let error): return failure(error, file: file)
    case .evaluation(let error): return failure(error, file: file, values: values)
    case .planning(let error): return failure(error, file: file)
    case .running(let error):
      guard case .format = error.fault else { return failure(error, file: file, values: values) }
      // The bundle was made here.
      let own = failure(error, file: file, values: values)
      return Failure(.ours, own.message, help: "please report this model")
    }
  }

  package static func failure(_ error: EvaluationError, file: String, values: ValueSource) -> Failure {
    switch error {
    case .inputCount(let expected, let found):
      Failure(
        .usage, "\(file): it takes \(Format.count(expected, "input")), \(found) \(found == 1 ? "is" : "are") given",
        help: "`onnx2mobile dump \(file)` lists them")
    case .inputType(let name, let expected, let found):
      Failure(
        .usage, "\(file): input '\(name)' is \(FaultMessages.text(expected)), the data is \(FaultMessages.text(found))",
        help: "give data of this type and shape")
    case .node(let node, let fault): refusal(fault, at: node, file: file, values: values)
    case .shapes(let node, let fault): refusal(fault, at: node, file: file, values: values, decidesShapes: true)
    }
  }

  package static func failure(_ error: RunError, file: String, values: ValueSource = .given) -> Failure {
    let node = error.node.map(FaultMessages.text) ?? "a node", again = "write it again with `onnx2mobile convert`"
    switch error.fault {
    case .open(let code): return Failure(.cannotOpen, "\(file): cannot be opened: \(ImportMessages.reason(code))")
    case .format(let fault): return FormatMessages.failure(fault, file: file)
    case .memory(let bytes):
      return Failure(
        .ours, "\(file): \(bytes) bytes of memory are not to be had", help: "close other programs, or convert with a smaller --input-shape")
    case .threads(let count): return Failure(.ours, "\(file): \(count) threads are not to be had", help: "use fewer: --threads 1")
    case .misaligned: return Failure(.ours, "\(file): the bundle does not begin at a multiple of 64", help: "please report this")
    case .kernel(_, let fault):
      return Failure(.damaged, "\(file): \(node) has no kernel: \(FaultMessages.text(fault, at: error.node))", help: again)
    case .operands: return Failure(.damaged, "\(file): \(node) has operands that its operator does not take", help: again)
    case .run(_, let fault): return refusal(fault, at: error.node, file: file, values: values)
    case .cancelled: return Failure(.ours, "\(file): the run was cancelled", help: "please report this")
    case .noClasses:
      return Failure(.usage, "\(file): no output is a row of class scores", help: "`onnx2mobile dump \(file)` lists the outputs")
    case .noTask(let kind):
      return Failure(
        .usage, "\(file): the bundle does not say how its outputs are \(kind == .boxes ? "boxes" : "a map of classes")",
        help: "convert the model again, with --task \(kind == .boxes ? "detect" : "segment")")
    case .picture(let fault): return PictureMessages.failure(fault, file: file)
    case .shapes(let fault): return ShapeMessages.failure(fault, of: error, file: file)
    case .state(let fault): return StateMessages.failure(fault, file: file)
    }
  }

  /// A node that refuses what its inputs hold, in a model and in a bundle alike.
  ///
  /// - Parameter decidesShapes: whether its operands' extents must follow from what it reads.
  private static func refusal(
    _ fault: OpFault, at node: NodePlace?, file: String, values: ValueSource, decidesShapes: Bool = false
  ) -> Failure {
    let text = "\(file): \(node.map(FaultMessages.text) ?? "a node"): \(FaultMessages.text(fault, at: node))"
    if case .limit(let limit, let found, let allowed) = fault {
      return Failure(.unsupported, text, help: LimitMessages.help(limit, found, allowed) ?? LimitMessages.tooMuch)
    }
    guard decidesShapes || FaultMessages.isOfValues(fault) else { return Failure(.ours, text, help: "please report this model") }
    return Failure(values.code, text + values.note, help: values.help)
  }

  private static func failure(_ error: PassError, file: String) -> Failure {
    switch error {
    case .patch(let pass, _, _, .operands(let node, .limit(let limit, let found, let allowed))):
      Failure(
        .unsupported, "\(file): \(pass) at '\(node)': \(LimitMessages.text(limit, found, allowed))",
        help: LimitMessages.help(limit, found, allowed) ?? LimitMessages.tooMuch)
    case .patch(let pass, let node, let number, let error):
      Failure(
        .ours, "\(file): patch \(number) of \(pass) at '\(node)' cannot be applied: \(text(error))",
        help: "--skip-pass \(pass) goes without it; please report this model")
    case .verify(let pass, let node, let number, let error):
      Failure(
        .ours, "\(file): patch \(number) of \(pass) at '\(node)' breaks the graph: \(text(error))",
        help: "--skip-pass \(pass) goes without it; please report this model")
    case .numerics(let pass, let node, let number, let output, let difference, let allowed):
      Failure(
        .ours,
        "\(file): patch \(number) of \(pass) at '\(node)' changes '\(output)' by "
          + "\(Format.scientific(difference)), \(Format.scientific(allowed)) is allowed",
        help: "--stop-after \(number - 1) stops before it, --skip-pass \(pass) goes without it")
    case .evaluation(let pass, let number, let error):
      failure(error, file: "\(file): after patch \(number) of \(pass)", values: .patched(by: pass))
    case .noFixpoint(let rounds):
      Failure(.ours, "\(file): the passes do not come to rest in \(rounds) rounds", help: "please report this model")
    }
  }

  private static func text(_ error: PatchError) -> String {
    switch error {
    case .operands(let node, let fault): "node '\(node)' refuses its operands: \(FaultMessages.text(fault))"
    case .typeChanged(let value, let old, let new): "'\(value)' would change from \(FaultMessages.text(old)) to \(FaultMessages.text(new))"
    case .cycle(let value): "'\(value)' would depend on itself"
    case .replacesInput(let name): "it replaces the input '\(name)'"
    }
  }

  private static func text(_ error: VerifyError) -> String {
    switch error {
    case .readsLater(let node, let value): "node '\(node)' reads '\(value)', which is computed later"
    case .readersDisagree(let value): "the readers of '\(value)' are not those that are noted"
    case .types(let node, let value, let stored, let inferred):
      "'\(value)' of node '\(node)' is noted as \(FaultMessages.text(stored)), its inputs make it \(FaultMessages.text(inferred))"
    case .operands(let node, let fault): "node '\(node)' refuses its operands: \(FaultMessages.text(fault))"
    case .danglingOutput(let name): "the output '\(name)' is computed by nothing"
    }
  }

  private static func failure(_ error: PlanError, file: String) -> Failure {
    switch error {
    case .dynamic(let value):
      return Failure(
        .unsupported, "\(file): the extents of '\(value)' are not known before the model runs",
        help: "pin the inputs with --input-shape NAME:1,3,224,224")
    case .rank(let value, let limit):
      return Failure(
        .unsupported, "\(file): '\(value)' has more than \(limit) axes", help: "see the shapes with `onnx2mobile dump \(file)`")
    case .name(let name, let bytes, let limit):
      return Failure(
        .unsupported, "\(file): the name '\(name.shortened(to: 40))' has \(bytes) bytes, a bundle holds \(limit)",
        help: "give it a shorter name in the model: the onnx package sets names, in the graph and in the nodes that read or give it")
    case .tooLarge(let value, let bytes, let limit):
      return Failure(
        .unsupported, "\(file): '\(value)' has \(bytes) bytes, and a runtime takes \(limit) for one value",
        help: "give the inputs smaller extents with --input-shape, or see the shapes with `onnx2mobile dump \(file)`")
    case .weights(let bytes, let limit):
      return Failure(
        .unsupported, "\(file): the weights take \(bytes) bytes, and a bundle unpacks to \(limit) at most",
        help: "store them smaller: --precision int8-weights takes a quarter of float32")
    case .arena(let bytes, let limit):
      return Failure(
        .unsupported, "\(file): a run takes \(bytes) bytes for the values between its steps, and a runtime gives \(limit) at most",
        help: "give the inputs smaller extents with --input-shape, or see the shapes with `onnx2mobile dump \(file)`")
    case .element(let value, let element):
      return Failure(
        .unsupported, "\(file): '\(value)' holds \(element.name) elements, which bundles cannot hold",
        help: "see the types with `onnx2mobile dump \(file)`")
    case .node(let node, let fault):
      return Failure(
        .unsupported, "\(file): \(FaultMessages.text(node)) has no kernel: \(FaultMessages.text(fault, at: node))",
        help: "`onnx2mobile dump \(file) --stage optimized` shows what the node was made of")
    case .operands(let node):
      return Failure(
        .ours, "\(file): \(FaultMessages.text(node)) asks for a form of its operands that nothing takes", help: "please report this model")
    case .countedOperand(let node, let value):
      return Failure(
        .unsupported,
        "\(file): the graphs inside of \(FaultMessages.text(node)) read '\(value)', whose length a run decides: all that they read has fixed "
          + "extents", help: "cut the model before '\(value)', or pad it to a fixed length before it is read")
    case .derivation(let value):
      return Failure(
        .unsupported, "\(file): '\(value)' follows from open extents in a way that a bundle cannot repeat",
        help: "pin the extents with --input-shape NAME:1,3,224,224")
    case .bound(let value):
      return Failure(
        .unsupported, "\(file): how long '\(value)' is depends on data, and how long it may become at other extents is not known",
        help: "pin the extents with --input-shape NAME:1,3,224,224")
    case .unreadable(let fault):
      let read = failure(RunError(fault, in: nil), file: "\(file): the bundle does not read back")
      return Failure(.ours, read.message, help: "please report this model")
    }
  }
}
