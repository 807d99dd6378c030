/// Why a picture cannot become a model's input: numbers without names, as in every `…Fault`.
public enum PictureFault: Error, Equatable, Sendable {
  /// The bundle does not say how a picture becomes its input: it was converted without, or before format 1.5.
  case unprepared
  /// A number of the picture is out of range; a stride is below `limit`.
  case argument(Argument, found: Int, limit: Int)
  case tooManyPixels(width: Int, height: Int, limit: Int)
  /// The crop does not fit into the resized picture.
  case cropTooLarge(crop: Extent, picture: Extent)
  /// The prepared picture, of so many channels, does not fill the input.
  case inputShape(prepared: Extent, channels: Int)
  /// `mean` or `std` has neither one number nor one per channel.
  case channelCount(isMean: Bool, found: Int, channels: Int)
}

extension PictureFault {
  /// What of a picture can be out of range; o2m.h has the numbers.
  public enum Argument: UInt8, Sendable {
    case side = 1, rotation, crop, stride, plane, option, mapSide
  }
}

/// Width and height in pixels.
public struct Extent: Equatable, Sendable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}
