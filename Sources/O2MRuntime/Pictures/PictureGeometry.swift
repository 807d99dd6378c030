import CO2MPlatform

/// One axis of a picture as it stands upright: what of it lies where in a model's input.
struct PictureAxis: Equatable {
  /// Pixels of the picture that count, and of the resized picture.
  var upright: Int
  var resized: Int
  /// What is kept of the resized picture: the first pixel, and how many.
  var left = 0
  var count: Int
  /// Where that begins in the input, and how long the input is.
  var inset = 0
  var whole: Int
  /// The first stored pixel that counts, and whether the stored pixels lie in the other direction.
  var origin = 0
  var isReversed = false

  /// Of an input that no picture was prepared for.
  init(_ whole: Int) { (upright, resized, count, self.whole) = (whole, whole, whole, whole) }

  fileprivate init(_ upright: Int, _ resized: Int, crop: Int?, frame: Int?, _ align: Preprocessing.Alignment) {
    self.upright = upright
    self.resized = resized
    count = crop ?? resized
    whole = frame ?? count
    // An odd margin of a crop is halved to the nearest even number of pixels, as torchvision does; one of a letterbox downward.
    left = Int(o2m_rint(Double(resized - count) / 2))
    inset = align == .center ? (whole - count) / 2 : 0
  }

  /// Where a place of the input, in pixels from its first edge, lies among the stored pixels.
  func stored(_ place: Double) -> Double {
    let along = (place - Double(inset - left)) * Double(upright) / Double(resized)
    return Double(origin) + (isReversed ? Double(upright) - along : along)
  }

  /// The reverse; nil for a place that is not in the input.
  func input(_ place: Double) -> Double? {
    let along = place - Double(origin)
    let kept = (isReversed ? Double(upright) - along : along) * Double(resized) / Double(upright) - Double(left)
    return kept >= 0 && kept <= Double(count) ? kept + Double(inset) : nil
  }
}

/// Where the pixels of a model's input lie in the picture that it was prepared from.
struct PictureGeometry: Equatable {
  var across: PictureAxis
  var down: PictureAxis
  /// Whether the input's rows run along the stored columns.
  let isTurned: Bool
  /// Of the stored picture, and what counts of it.
  let stored: Extent
  private(set) var left = 0
  private(set) var top = 0
  let area: Extent

  /// Of an input that no picture was prepared for: its own pixels.
  init(input extent: Extent) {
    (across, down) = (PictureAxis(extent.width), PictureAxis(extent.height))
    (stored, area, isTurned) = (extent, extent, false)
  }

  /// - Errors: `.argument`, `.tooManyPixels`, `.cropTooLarge`.
  init(_ preprocessing: Preprocessing, _ form: Pixels.Form) throws(PictureFault) {
    try form.check()
    isTurned = form.isTurned
    (stored, area, left, top) = (form.extent, form.area, form.origin.width, form.origin.height)
    let upright = isTurned ? Extent(width: area.height, height: area.width) : area
    let resized = try preprocessing.resized(upright), crop = preprocessing.crop
    if let crop, crop.width > resized.width || crop.height > resized.height { throw .cropTooLarge(crop: crop, picture: resized) }
    var frame: Extent?
    if case .letterbox(let extent) = preprocessing.resize { frame = extent }
    across = PictureAxis(upright.width, resized.width, crop: crop?.width, frame: frame?.width, preprocessing.align)
    down = PictureAxis(upright.height, resized.height, crop: crop?.height, frame: frame?.height, preprocessing.align)
    across.isReversed = (form.rotation == 90 || form.rotation == 180) != form.isMirrored
    down.isReversed = form.rotation >= 180
    (across.origin, down.origin) = isTurned ? (top, left) : (left, top)
  }

  /// Whether the picture leaves a part of the input to be filled.
  var isPadded: Bool { across.count < across.whole || down.count < down.whole }

  /// The axes of the input that run along the stored rows, and down the stored columns.
  var alongRows: PictureAxis { isTurned ? down : across }
  var alongColumns: PictureAxis { isTurned ? across : down }
}
