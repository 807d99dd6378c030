import O2MImage

/// The wording of what is wrong with a picture or its preparation.
enum ImageMessages {
  static func failure(_ error: ImageError, file: String, code: Failure.Code? = nil) -> Failure {
    var kind = Failure.Code.damaged
    if case .cannotOpen = error { kind = .cannotOpen }
    let (message, help) = parts(error)
    return Failure(code ?? kind, "\(file): \(message)", help: help)
  }

  private static func parts(_ error: ImageError) -> (String, String?) {
    switch error {
    case .cannotOpen(let code): ("cannot be opened: \(ImportMessages.reason(code))", nil)
    case .cannotRead(let code): ("cannot be read: \(ImportMessages.reason(code))", nil)
    case .unknownFormat: ("is neither a JPEG nor a PNG", "convert the picture to one of the two")
    case .damaged: ("the picture is damaged", "save it again")
    case .unsupportedColours: ("CMYK pictures are not supported", "save it as RGB")
    case .tooManyBytes(let bytes, let limit): ("has \(bytes) bytes, the limit is \(limit)", "give a smaller picture")
    case .tooManyPixels(let width, let height, let limit): ("\(width)×\(height) pixels, the limit is \(limit)", "give a smaller picture")
    case .cropTooLarge(let crop, let picture):
      ("a crop of \(crop.width)×\(crop.height) does not fit into \(picture.width)×\(picture.height)", "resize to at least the crop")
    case .inputShape(let prepared, let expected):
      (
        "the prepared picture is \(prepared), the model's input is \(expected)",
        "give --preprocess at conversion, as in --preprocess resize=short:256,crop=224x224"
      )
    case .channelCount(let key, let found, let channels):
      ("'\(key)' has \(found) numbers for \(channels) channels", "give one, or one per channel")
    case .unknownKey(let key):
      ("there is no preprocessing key '\(key)'", "the keys are resize, filter, crop, order, scale, mean, std, layout")
    case .repeatedKey(let key): ("'\(key)' is given twice", nil)
    case .badValue(let key, let value): ("'\(value)' is no value of '\(key)'", "see `onnx2mobile convert --help`")
    case .notJSON: ("is not a JSON object of strings, numbers and lists", nil)
    }
  }
}
