import CO2MPlatform

/// How a picture becomes a model's input: resize, center crop or letterbox, channel order, then `x = (pixel · scale − mean) / std`.
public struct Preprocessing: Equatable, Sendable {
  public enum Resize: Equatable, Sendable {
    case none
    /// The shorter side becomes this long; the other keeps the aspect, rounded to the nearest pixel (torchvision rounds down).
    case short(Int)
    case exact(Extent)
    /// The largest of the picture's aspect that fits; the rest is filled with `pad`.
    case letterbox(Extent)
  }

  // The numbers stand in bundles.
  public enum Order: UInt8, CaseIterable, Sendable { case rgb, bgr }
  public enum AxisOrder: UInt8, CaseIterable, Sendable { case nchw, nhwc }
  /// Where a letterboxed picture lies: in the middle, an odd pixel more on the right and below, or at the left and the top.
  public enum Alignment: UInt8, CaseIterable, Sendable { case center, corner }

  public var resize = Resize.none
  public var filter = Filter.bilinear
  public var crop: Extent?
  /// The level beside a letterboxed picture, of every channel.
  public var pad: UInt8 = 114
  public var align = Alignment.center
  public var order = Order.rgb
  public var scale = 1.0
  /// One number for all channels, or one each in `order`.
  public var mean = [0.0]
  public var std = [1.0]
  public var layout = AxisOrder.nchw

  /// The longest side a picture may be resized to or cropped at.
  public static let longestSide = 1 << 13
  /// A camera picture has about 50 million pixels.
  public static let pixelLimit = 1 << 27

  /// Pixels as they are: 0...255, no resizing.
  public init() {}

  /// What torchvision's ImageNet models were trained with: shorter side 256, center 224x224.
  public static let imagenet: Preprocessing = {
    var result = Preprocessing()
    result.resize = .short(256)
    result.crop = Extent(width: 224, height: 224)
    result.scale = 1 / 255
    result.mean = [0.485, 0.456, 0.406]
    result.std = [0.229, 0.224, 0.225]
    return result
  }()

  /// Width and height of every prepared picture; nil where they are those of the picture.
  public var extent: Extent? {
    if let crop { return crop }
    switch resize {
    case .exact(let extent), .letterbox(let extent): return extent
    case .none, .short: return nil
    }
  }

  /// What a picture of `extent` is resized to.
  ///
  /// - Errors: `.tooManyPixels`.
  func resized(_ extent: Extent) throws(PictureFault) -> Extent {
    switch resize {
    case .none: return extent
    case .exact(let target): return target
    case .letterbox(let frame):
      let ratio = min(Double(frame.height) / Double(extent.height), Double(frame.width) / Double(extent.width))
      func side(_ length: Int, _ limit: Int) -> Int { max(1, min(limit, Int(o2m_rint(Double(length) * ratio)))) }
      return Extent(width: side(extent.width, frame.width), height: side(extent.height, frame.height))
    case .short(let side):
      let shorter = min(extent.width, extent.height), longer = max(extent.width, extent.height)
      // The limit first: a 32-bit Int may not hold the product.
      let exact = o2m_rint(Double(side) * Double(longer) / Double(shorter))
      let long = Int(min(exact, Double(Self.pixelLimit)))
      let target = extent.width <= extent.height ? Extent(width: side, height: long) : Extent(width: long, height: side)
      guard long <= Self.pixelLimit / side else {
        throw .tooManyPixels(width: target.width, height: target.height, limit: Self.pixelLimit)
      }
      return target
    }
  }

  /// The normalised value of each of the 256 levels of a channel, computed in float64 and rounded once.
  ///
  /// - Errors: `.channelCount`.
  func levels(_ channel: Int, of channels: Int) throws(PictureFault) -> [Float] {
    guard mean.count == 1 || mean.count == channels else { throw .channelCount(isMean: true, found: mean.count, channels: channels) }
    guard std.count == 1 || std.count == channels else { throw .channelCount(isMean: false, found: std.count, channels: channels) }
    let center = mean[mean.count == 1 ? 0 : channel], spread = std[std.count == 1 ? 0 : channel]
    var levels: [Float] = []
    levels.reserveCapacity(256)
    for level in 0..<256 { levels.append(Float((Double(level) * scale - center) / spread)) }
    return levels
  }
}
