import O2MImport

/// Who says how large the inputs of a model are, where no flag does.
enum ShapeSource {
  case data, bundle

  func failure(_ error: ImportError, file: String) -> Failure {
    var failure = ImportMessages.failure(error, file: file)
    if case .unknownInput = error { return failure }
    guard error.kind == .usage else { return failure }
    failure.message = failure.message.replacing("--input-shape gives", with: self == .data ? "the data gives" : "the bundle gives")
    failure.help =
      switch self {
      case .data: "give every input as a .npy or .pb file with the shape that it is to have"
      case .bundle: "it was made from another model: convert this one"
      }
    return failure
  }
}
