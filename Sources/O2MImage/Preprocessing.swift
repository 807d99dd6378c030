import O2MRuntime
import O2MTensor

// Pictures are prepared by the device's code: this is what it needs of a picture, and its faults in this module's words.

extension Preprocessing {
  /// The input tensor for `picture`.
  ///
  /// - Shapes: `expected` is the model's input, as for `PicturePlan`.
  /// - Parity: computed in float64, rounded once to float32.
  public func tensor(_ picture: Picture, expected: Shape) throws(ImageError) -> Tensor {
    try tensor(picture, TypedShape(.float32, expected))
  }

  fileprivate func tensor(_ picture: Picture, _ type: TypedShape) throws(ImageError) -> Tensor {
    let tensor = Tensor(type.element, type.shape, storage: TensorStorage(byteCount: type.byteCount))
    do throws(RunFault) {
      let plan = try PicturePlan(self, Pixels.Form(.rgb, picture.extent), filling: type)
      try picture.withPixels { (pixels) throws(RunFault) in
        do throws(PictureFault) { try plan.fill(tensor.storage.bytes.baseAddress!, from: pixels) } catch { throw .picture(error) }
      }
    } catch {
      guard case .picture(let fault) = error else {
        let extent = picture.extent
        throw .tooManyPixels(width: extent.width, height: extent.height, limit: Picture.pixelLimit)
      }
      throw ImageError(fault, self, type.shape)
    }
    return tensor
  }

  /// Whether pictures of `extent`, as they are prepared, fill an input of `shape`, whatever its batch.
  ///
  /// - Errors: `.inputShape`, `.channelCount`.
  public func check(_ extent: Extent, against shape: Shape) throws(ImageError) {
    let shape = shape.rank == 4 ? Shape([1] + shape.dims.dropFirst()) : shape
    do throws(PictureFault) { try check(extent, filling: shape) } catch { throw ImageError(error, self, shape) }
  }
}

extension Preprocessing {
  /// Where only the shorter side of prepared pictures is known, the extent with it that comes closest to an input of `shape`; else nil.
  public func nearest(to shape: Shape) -> Extent? {
    guard case .short(let side) = resize, crop == nil, shape.rank >= 3 else { return nil }
    let first = shape.rank - (layout == .nchw ? 2 : 3), height = shape[first], width = shape[first + 1]
    return width <= height ? Extent(width: side, height: height) : Extent(width: width, height: side)
  }

  /// Whether the crop can fit into resized pictures.
  ///
  /// - Errors: `.cropAboveResize`, `.cropTooLarge`.
  public func checkSizes() throws(ImageError) {
    guard let crop else { return }
    switch resize {
    case .none: return
    case .letterbox: throw .cropOfLetterbox
    case .short(let side):
      guard min(crop.width, crop.height) <= side else { throw .cropAboveResize(crop: crop, side: side) }
    case .exact(let extent):
      guard crop.width <= extent.width, crop.height <= extent.height else { throw .cropTooLarge(crop: crop, picture: extent) }
    }
  }

  /// Whether an input of whole numbers can hold what levels become.
  ///
  /// - Errors: `.valueRange`.
  public func checkValues(of type: ElementType) throws(ImageError) {
    guard type.isInteger else { return }
    for channel in 0..<max(mean.count, std.count) {
      let center = mean[min(channel, mean.count - 1)], spread = std[min(channel, std.count - 1)]
      let ends = [0.0, 255].map { ($0 * scale - center) / spread }, least = ends.min() ?? 0, greatest = ends.max() ?? 0
      // Saturated, so what does not come back does not fit.
      let held = Tensor(type, [2], rounding: [least.rounded(), greatest.rounded()]).doubles()
      guard greatest - least >= 16, held == [least.rounded(), greatest.rounded()] else {
        throw .valueRange(least: least, greatest: greatest, type: type)
      }
    }
  }
}

extension ImageError {
  init(_ fault: PictureFault, _ preprocessing: Preprocessing, _ expected: Shape) {
    switch fault {
    case .unprepared, .argument: preconditionFailure("a decoded picture has its own preparation and is whole")
    case .tooManyPixels(let width, let height, let limit): self = .tooManyPixels(width: width, height: height, limit: limit)
    case .cropTooLarge(let crop, let picture): self = .cropTooLarge(crop: crop, picture: picture)
    case .inputShape(let extent, let channels):
      self = .inputShape(prepared: [1] + preprocessing.dims(extent, channels: channels), expected: expected.dims)
    case .channelCount(let isMean, let found, let channels):
      self = .channelCount(key: isMean ? "mean" : "std", found: found, channels: channels)
    }
  }
}

extension Picture {
  /// The picture in memory, as the runtime takes it.
  public func withPixels<Result, Failure: Error>(_ body: (Pixels) throws(Failure) -> Result) throws(Failure) -> Result {
    try pixels.withUnsafeBufferPointer { (bytes) throws(Failure) in
      try body(Pixels(Pixels.Form(.rgb, extent), planes: (bytes.baseAddress, nil, nil)))
    }
  }

  /// The picture resampled to `target`, one axis after the other, rounded to 8 bits after each.
  ///
  /// - Spec: Pillow 13: columns first, unless the height shrinks by more than twice as many pixels as the width. (Older releases always
  ///   take the columns first; the results differ by one level in some pixels.)
  public func resized(to target: Extent, filter: Filter) throws(ImageError) -> Picture {
    var preprocessing = Preprocessing()
    (preprocessing.resize, preprocessing.filter) = (.exact(target), filter)
    return try prepared(preprocessing, target)
  }

  /// The middle of the picture; an odd margin is halved to the nearest even number of pixels, as torchvision does.
  public func centerCropped(to crop: Extent) throws(ImageError) -> Picture {
    var preprocessing = Preprocessing()
    preprocessing.crop = crop
    return try prepared(preprocessing, crop)
  }

  private func prepared(_ preprocessing: Preprocessing, _ target: Extent) throws(ImageError) -> Picture {
    var preprocessing = preprocessing
    preprocessing.layout = .nhwc
    let bytes = try preprocessing.tensor(self, TypedShape(.uint8, [target.height, target.width, Self.channels]))
    return Picture(target, pixels: bytes.withBytes { Array($0) })
  }
}
