import O2MImage
import O2MRuntime

/// The wording of what is wrong with a picture or its preparation.
enum ImageMessages {
  static func failure(_ error: ImageError, file: String, code: Failure.Code? = nil) -> Failure {
    var kind = Failure.Code.damaged
    if case .cannotOpen = error { kind = .cannotOpen }
    var (message, help) = parts(error)
    if error == .unknownFormat, let found = FileKind(path: file) { message = "this is \(found.name), neither a JPEG nor a PNG" }
    return Failure(code ?? kind, "\(file): \(message)", help: help)
  }

  private static func parts(_ error: ImageError) -> (String, String?) {
    switch error {
    case .cannotOpen(let code): ("cannot be opened: \(ImportMessages.reason(code))", nil)
    case .cannotRead(let code): ("cannot be read: \(ImportMessages.reason(code))", nil)
    case .unknownFormat: ("is neither a JPEG nor a PNG", "convert the picture to one of the two; arrays end in .npy, tensors in .pb")
    case .damaged: ("the picture is damaged", "save it again")
    case .unsupportedColours: ("CMYK pictures are not supported", "save it as RGB")
    case .tooManyBytes(let bytes, let limit): ("has \(bytes) bytes, the limit is \(limit)", "give a smaller picture")
    case .tooManyPixels(let width, let height, let limit): ("\(width)×\(height) pixels, the limit is \(limit)", "give a smaller picture")
    case .cropTooLarge(let crop, let picture):
      ("a crop of \(crop.width)×\(crop.height) does not fit into \(picture.width)×\(picture.height)", "resize to at least the crop")
    case .inputShape(let prepared, let expected):
      (
        "the prepared picture is \(prepared), the model's input is \(expected)",
        example(expected).map { "what --preprocess says must end in it, as \($0) does, beside the scale, mean and std of the training" }
          ?? "give a tensor: pictures fill inputs of 1 or 3 channels"
      )
    case .channelCount(let key, let found, let channels):
      ("'\(key)' has \(found) numbers for \(channels) channels", "give one, or one per channel")
    case .cropAboveResize(let crop, let side):
      (
        "a crop of \(crop.width)×\(crop.height) does not fit into pictures whose shorter side becomes \(side)",
        "resize to at least the crop: resize=short:\(max(crop.width, crop.height))"
      )
    case .cropOfLetterbox: ("a letterboxed picture is not cropped", "leave out crop, or resize otherwise: resize=short:N,crop=NxN")
    case .withoutLetterbox(let key): ("'\(key)' stands without a letterbox", "write resize=letterbox:WxH, or leave out \(key)")
    case .valueRange(let least, let greatest, let type):
      (
        "pixels become \(Format.fixed(least, 1)) to \(Format.fixed(greatest, 1)), and \(type.name) holds whole numbers",
        type == .int8 ? "give mean=128 and no scale for -128 to 127" : "leave out scale, mean and std: pixels are 0 to 255"
      )
    case .unknownKey(let key) where keys.dropLast(2).contains(key):
      ("'\(key)' is given no value", "write \(key)=..., it takes \(form(key))")
    case .unknownKey(let key):
      (
        keys.contains(key) ? "'\(key)' stands alone" : "there is no preprocessing key '\(key)'" + Suggestion.text(for: key, among: keys),
        "the keys are \(keys.dropLast(2).joined(separator: ", ")); imagenet and none stand alone"
      )
    case .repeatedKey(let key): ("'\(key)' is given twice", nil)
    case .badValue(let key, let value) where form(key).isEmpty:
      ("'\(value)' is no value of '\(key)'", "write it as resize=..., crop=..., scale=..., mean=... and so on")
    case .badValue(let key, let value):
      ("'\(value)' is no value of '\(key)'" + Suggestion.text(for: value, among: values(key)), "'\(key)' takes \(form(key))")
    case .notJSON:
      ("is not a JSON object of strings, numbers and lists", "its keys are \(keys.dropLast(2).joined(separator: ", "))")
    }
  }

  /// A preparation that fits an input of `shape`; nil where no picture does.
  private static func example(_ shape: [Int]) -> String? {
    guard shape.count >= 3 else { return nil }
    let last = shape.suffix(3).map { $0 }, isChannels = { [1, 3].contains(last[$0]) }
    if isChannels(0) { return "resize=\(last[2])x\(last[1])" }
    return isChannels(2) ? "resize=\(last[1])x\(last[0]),layout=nhwc" : nil
  }

  /// The keys, and the two words that stand for all of them.
  private static let keys = ["resize", "filter", "crop", "pad", "align", "order", "scale", "mean", "std", "layout", "imagenet", "none"]

  private static func values(_ key: String) -> [String] {
    switch key {
    case "filter": Filter.allCases.map(\.name)
    case "order": Preprocessing.Order.allCases.map(\.name)
    case "layout": Preprocessing.AxisOrder.allCases.map(\.name)
    case "align": Preprocessing.Alignment.allCases.map(\.name)
    default: []
    }
  }

  /// What a value looks like.
  private static func form(_ key: String) -> String {
    switch key {
    case "resize": "short:256, 320x240, letterbox:640x640 or none; a side has 1 to 8192 pixels"
    case "pad": "a level of 0 to 255, beside resize=letterbox:WxH"
    case "crop": "224x224 or none; a side has 1 to 8192 pixels"
    case "scale": "a number, or a quotient as 1/255"
    case "mode": "Keras's tf, torch or caffe"
    case "mean": "one number, or three with commas"
    case "std": "one number, or three with commas, none of them 0"
    default: values(key).joined(separator: ", ")
    }
  }
}
