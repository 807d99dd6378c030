import O2MImage
import O2MRuntime

/// The wording of what a bundle's runtime says of a picture.
enum PictureMessages {
  /// A picture is given, and nobody says how it becomes an input.
  static func unprepared(_ file: String) -> Failure {
    let taken = "imagenet, or resize=224x224,scale=1/255 and the like; none is levels of 0 to 255, unchanged"
    guard Files.isBundle(file) else {
      return Failure(
        .usage, "\(file): nothing says how a picture becomes its input", help: "give --preprocess HOW: \(taken)")
    }
    return Failure(
      .usage, "\(file): the bundle does not say how a picture becomes its input",
      help: "convert the model again, with --preprocess HOW: \(taken)")
  }

  static func failure(_ fault: PictureFault, file: String) -> Failure {
    switch fault {
    case .unprepared: unprepared(file)
    case .argument(_, let found, let limit):
      Failure(.usage, "\(file): a number of the picture is \(found), the limit is \(limit)", help: "give a picture that is whole")
    case .tooManyPixels(let width, let height, let limit):
      ImageMessages.failure(.tooManyPixels(width: width, height: height, limit: limit), file: file, code: .usage)
    case .cropTooLarge(let crop, let picture):
      ImageMessages.failure(.cropTooLarge(crop: crop, picture: picture), file: file, code: .usage)
    case .inputShape(let extent, let channels):
      Failure(
        .usage, "\(file): the prepared picture has \(extent.width)×\(extent.height) pixels of \(channels), the input takes others",
        help: "convert the model again, with a --preprocess that fits; `onnx2mobile dump \(file)` lists the inputs")
    case .channelCount(let isMean, let found, let channels):
      ImageMessages.failure(
        .channelCount(key: isMean ? "mean" : "std", found: found, channels: channels), file: file, code: .usage)
    }
  }
}
