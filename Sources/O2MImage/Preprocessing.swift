import O2MTensor

/// How a picture becomes a model's input: resize, center crop, channel order, then `x = (pixel · scale − mean) / std`.
public struct Preprocessing: Equatable, Sendable {
  public enum Resize: Equatable, Sendable {
    case none
    /// The shorter side becomes this long; the other keeps the aspect, rounded to the nearest pixel (torchvision rounds down).
    case short(Int)
    case exact(Extent)
  }

  public enum Order: String, CaseIterable, Sendable { case rgb, bgr }
  public enum AxisOrder: String, CaseIterable, Sendable { case nchw, nhwc }

  public var resize = Resize.none
  public var filter = Filter.bilinear
  public var crop: Extent?
  public var order = Order.rgb
  public var scale = 1.0
  /// One number for all channels, or one each in `order`.
  public var mean = [0.0]
  public var std = [1.0]
  public var layout = AxisOrder.nchw

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

  /// The picture resized and cropped.
  public func geometry(_ picture: Picture) throws(ImageError) -> Picture {
    let extent = picture.extent
    var result = picture
    switch resize {
    case .none: break
    case .exact(let target): result = picture.resized(to: target, filter: filter)
    case .short(let side):
      let shorter = min(extent.width, extent.height), longer = max(extent.width, extent.height)
      let long = Int((Double(side) * Double(longer) / Double(shorter)).rounded(.toNearestOrEven))
      let (pixels, overflow) = side.multipliedReportingOverflow(by: long)
      let target = extent.width <= extent.height ? Extent(width: side, height: long) : Extent(width: long, height: side)
      guard !overflow, pixels <= Picture.pixelLimit else {
        throw .tooManyPixels(width: target.width, height: target.height, limit: Picture.pixelLimit)
      }
      result = picture.resized(to: target, filter: filter)
    }
    if let crop { result = try result.centerCropped(to: crop) }
    return result
  }

  /// Width and height of every prepared picture; nil where they are those of the picture.
  public var extent: Extent? {
    if let crop { return crop }
    guard case .exact(let extent) = resize else { return nil }
    return extent
  }

  /// Whether pictures of `extent` fill an input of `shape`, whatever its batch.
  ///
  /// - Errors: `.inputShape`, `.channelCount`.
  public func check(_ extent: Extent, against shape: Shape) throws(ImageError) {
    var plain = self
    (plain.resize, plain.crop) = (.none, nil)
    let black = Picture(extent, pixels: [UInt8](repeating: 0, count: extent.width * extent.height * Picture.channels))
    _ = try plain.tensor(black, expected: shape.rank == 4 ? Shape([1] + shape.dims.dropFirst()) : shape)
  }

  /// The input tensor for `picture`.
  ///
  /// - Shapes: `expected` is the model's input: `[1, C, H, W]` or `[1, H, W, C]` as `layout` says, C 3 or 1; for 1, pixels become gray by
  ///   `(19595·R + 38470·G + 7471·B + 32768) >> 16`. A missing batch dimension is allowed.
  /// - Parity: computed in float64, rounded once to float32.
  public func tensor(_ picture: Picture, expected: Shape) throws(ImageError) -> Tensor {
    let prepared = try geometry(picture)
    let extent = prepared.extent
    let channelAxis = layout == .nchw ? expected.rank - 3 : expected.rank - 1
    let channels = expected.rank >= 3 && expected[channelAxis] == 1 ? 1 : Picture.channels
    let dims = layout == .nchw ? [channels, extent.height, extent.width] : [extent.height, extent.width, channels]
    guard expected.dims == dims || expected.dims == [1] + dims else {
      throw .inputShape(prepared: [1] + dims, expected: expected.dims)
    }
    let tables = try (0..<channels).map { (channel) throws(ImageError) in try table(channel, of: channels) }
    let plane = extent.width * extent.height
    let source = prepared.pixels
    return Tensor(expected, of: Float.self) { target in
      for pixel in 0..<plane {
        for channel in 0..<channels {
          let value: UInt8
          if channels == 1 {
            let red = UInt32(source[3 * pixel]), green = UInt32(source[3 * pixel + 1]), blue = UInt32(source[3 * pixel + 2])
            value = UInt8((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16)
          } else {
            value = source[3 * pixel + (order == .rgb ? channel : 2 - channel)]
          }
          target[layout == .nchw ? channel * plane + pixel : pixel * channels + channel] = tables[channel][Int(value)]
        }
      }
    }
  }

  /// The normalised value of each of the 256 levels of a channel.
  private func table(_ channel: Int, of channels: Int) throws(ImageError) -> [Float] {
    guard mean.count == 1 || mean.count == channels else { throw .channelCount(key: "mean", found: mean.count, channels: channels) }
    guard std.count == 1 || std.count == channels else { throw .channelCount(key: "std", found: std.count, channels: channels) }
    let center = mean[mean.count == 1 ? 0 : channel], spread = std[std.count == 1 ? 0 : channel]
    return (0..<256).map { Float((Double($0) * scale - center) / spread) }
  }
}
