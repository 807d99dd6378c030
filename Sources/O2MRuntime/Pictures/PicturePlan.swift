import CO2MKernels
import CO2MPlatform
import O2MTensor

/// What turns pictures of one form into one input: tables, and memory to work in. It belongs to one thread at a time.
public final class PicturePlan {
  let form: Pixels.Form
  let geometry: PictureGeometry
  private let parameters: o2m_picture_params
  private let pad: UInt8
  /// The tables, then what `o2m_picture` works in.
  private let memory: UnsafeMutableRawPointer
  private let memoryBytes: Int
  private let scratchOffset: Int

  /// - Parameter type: the model's input: `[1, C, H, W]` or `[1, H, W, C]` as the layout says, C 3 or 1; for 1, pixels become gray by
  ///   `(19595·R + 38470·G + 7471·B + 32768) >> 16`. A missing batch dimension is allowed.
  /// - Errors: `.picture`; `.memory`.
  public convenience init(_ preprocessing: Preprocessing, _ form: Pixels.Form, filling type: TypedShape) throws(RunFault) {
    let parts: PicturePlanParts
    do throws(PictureFault) { parts = try PicturePlanParts(preprocessing, form, type) } catch { throw .picture(error) }
    guard parts.bytes < Int.max / 2, let memory = o2m_allocate_zeros(parts.bytes) else { throw .memory(bytes: parts.bytes) }
    self.init(form, parts, memory)
  }

  // Nothing throws once there is an object: Embedded Swift does not free one that is half made.
  private init(_ form: Pixels.Form, _ parts: PicturePlanParts, _ memory: UnsafeMutableRawPointer) {
    self.form = form
    geometry = parts.geometry
    pad = parts.pad
    self.memory = memory
    memoryBytes = parts.bytes
    scratchOffset = parts.scratchOffset
    parameters = parts.filled(memory)
  }

  deinit { o2m_free_zeros(memory, memoryBytes) }

  /// Fills an input, of the type that the plan was made for, from a picture of the plan's form. It allocates nothing.
  ///
  /// - Parity: exact on every instruction set. Computed in whole numbers, and in float64 rounded once for each of the 256 levels.
  /// - Errors: `.argument`.
  public func fill(_ target: UnsafeMutableRawPointer, from pixels: Pixels) throws(PictureFault) {
    precondition(pixels.form == form)
    let strides = try pixels.checkedStrides()
    withUnsafeBytes(of: pixels.planes) { planes in
      withUnsafeBytes(of: strides) { strides in
        withUnsafePointer(to: parameters) { parameters in
          if geometry.isPadded {
            let across = geometry.across, down = geometry.down
            o2m_picture_pad(parameters, across.whole, down.whole, across.inset, down.inset, across.count, down.count, pad, target)
          }
          o2m_picture(
            parameters, planes.baseAddress?.assumingMemoryBound(to: UnsafePointer<UInt8>?.self),
            strides.baseAddress?.assumingMemoryBound(to: Int.self), target, memory + scratchOffset)
        }
      }
    }
  }
}

/// The parts of a plan, as far as they can fail, and where each lies in its memory.
private struct PicturePlanParts {
  let geometry: PictureGeometry
  let pad: UInt8
  /// Of the source: along its rows, and down its columns.
  private let x: ResampledAxis, y: ResampledAxis
  private var parameters = o2m_picture_params()
  private let levels: [Tensor]
  private let places: (firstX: Int, firstY: Int, weightsX: Int, weightsY: Int, levels: Int)
  let scratchOffset: Int
  let bytes: Int

  init(_ preprocessing: Preprocessing, _ form: Pixels.Form, _ type: TypedShape) throws(PictureFault) {
    geometry = try PictureGeometry(preprocessing, form)
    pad = preprocessing.pad
    let across = geometry.across, down = geometry.down, isTurned = geometry.isTurned
    let whole = Extent(width: across.whole, height: down.whole), channels = preprocessing.channels(of: type.shape)
    guard preprocessing.fills(type.shape, whole, channels) else { throw .inputShape(prepared: whole, channels: channels) }
    var levels: [Tensor] = []
    for channel in 0..<channels {
      var values: [Double] = []
      for value in try preprocessing.levels(channel, of: channels) { values.append(Double(value)) }
      levels.append(Tensor(type.element, [256], rounding: values))
    }
    self.levels = levels

    // Turned, the rows of the picture are columns of the source.
    let columns = ResampledAxis(across, preprocessing.filter, unit: isTurned ? 1 : 2)
    let rows = ResampledAxis(down, preprocessing.filter, unit: isTurned ? 2 : 1)
    (x, y) = isTurned ? (rows, columns) : (columns, rows)

    let lost = Extent(width: across.upright - across.resized, height: down.upright - down.resized)
    let isDownFirst = lost.height > 0 && lost.height > 2 * lost.width
    parameters.rows_first = isDownFirst != isTurned ? 1 : 0
    parameters.left = form.origin.width + x.read.lowerBound
    parameters.top = form.origin.height + y.read.lowerBound
    parameters.columns = x.read.count
    (parameters.x.count, parameters.x.taps) = (x.part.count, x.taps)
    (parameters.y.count, parameters.y.taps) = (y.part.count, y.taps)
    parameters.setFormat(form)
    parameters.setResult(preprocessing, geometry, channels, type.element)

    var offset = 0
    func place(_ size: Int, _ count: Int, _ each: Int) -> Int {
      // What does not fit is more than there is memory for.
      let (items, overflow) = count.multipliedReportingOverflow(by: each)
      guard !overflow, items < Int.max / 64 / size, offset < Int.max / 4 else {
        offset = Int.max / 2
        return 0
      }
      defer { offset += (items * size + 63) & ~63 }
      return offset
    }
    places = (
      place(4, x.part.count, 1), place(4, y.part.count, 1), place(4, x.part.count, x.taps), place(4, y.part.count, y.taps),
      place(type.element.size, channels, 256)
    )
    scratchOffset = offset
    bytes = offset < Int.max / 4 ? offset + o2m_picture_scratch_bytes(&parameters) : offset
  }

  /// The parameters over tables that this writes to `memory`.
  func filled(_ memory: UnsafeMutableRawPointer) -> o2m_picture_params {
    func table(_ offset: Int) -> UnsafeMutablePointer<Int32> { (memory + offset).assumingMemoryBound(to: Int32.self) }
    x.fill(table(places.firstX), table(places.weightsX))
    y.fill(table(places.firstY), table(places.weightsY))
    for (channel, tensor) in levels.enumerated() {
      tensor.withBytes { (memory + places.levels + channel * $0.count).copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    }
    var result = parameters
    (result.x.first, result.x.weights) = (UnsafePointer(table(places.firstX)), UnsafePointer(table(places.weightsX)))
    (result.y.first, result.y.weights) = (UnsafePointer(table(places.firstY)), UnsafePointer(table(places.weightsY)))
    result.levels = UnsafeRawPointer(memory + places.levels)
    return result
  }
}

extension Preprocessing {
  /// Of a picture that is to fill an input.
  fileprivate func channels(of shape: Shape) -> Int {
    shape.rank >= 3 && shape[layout == .nchw ? shape.rank - 3 : shape.rank - 1] == 1 ? 1 : 3
  }

  fileprivate func fills(_ shape: Shape, _ extent: Extent, _ channels: Int) -> Bool {
    let dims = dims(extent, channels: channels)
    return shape.dims == dims || shape.dims == [1] + dims
  }

  /// The extents of a prepared picture, without a batch.
  package func dims(_ extent: Extent, channels: Int) -> [Int] {
    layout == .nchw ? [channels, extent.height, extent.width] : [extent.height, extent.width, channels]
  }

  /// Whether pictures of `extent`, as they are prepared, fill an input of `shape`.
  ///
  /// - Errors: `.inputShape`, `.channelCount`.
  package func check(_ extent: Extent, filling shape: Shape) throws(PictureFault) {
    let channels = channels(of: shape)
    guard fills(shape, extent, channels) else { throw .inputShape(prepared: extent, channels: channels) }
    _ = try levels(0, of: channels)
  }
}

extension o2m_picture_params {
  fileprivate mutating func setFormat(_ form: Pixels.Form) {
    colours = o2m_picture_colours(form.matrix, form.range)
    component = (0, 1, 2)
    switch form.format {
    case .gray: self.form = O2M_PIXELS_1.rawValue
    case .rgb: self.form = O2M_PIXELS_3.rawValue
    case .rgba: self.form = O2M_PIXELS_4.rawValue
    case .bgra:
      self.form = O2M_PIXELS_4.rawValue
      component = (2, 1, 0)
    case .nv12: self.form = O2M_PIXELS_PAIRS.rawValue
    case .nv21:
      // V comes first: it is used as U is, and what is made of it changes places with what U makes.
      self.form = O2M_PIXELS_PAIRS.rawValue
      component = (2, 1, 0)
      swap(&colours.red, &colours.blue)
      swap(&colours.green_u, &colours.green_v)
    case .i420: self.form = O2M_PIXELS_PLANES.rawValue
    }
  }

  fileprivate mutating func setResult(
    _ preprocessing: Preprocessing, _ geometry: PictureGeometry, _ channels: Int, _ element: ElementType
  ) {
    self.channels = UInt32(channels)
    channel = preprocessing.order == .rgb ? (0, 1, 2) : (2, 1, 0)
    element_bytes = UInt32(element.size)
    let isPlanar = preprocessing.layout == .nchw, x = geometry.across, y = geometry.down
    let across = isPlanar ? 1 : channels, down = across * x.whole
    step_c = isPlanar ? x.whole * y.whole : 1
    start = (x.isReversed ? x.inset + x.count - 1 : x.inset) * across + (y.isReversed ? y.inset + y.count - 1 : y.inset) * down
    let steps = (x.isReversed ? -across : across, y.isReversed ? -down : down)
    (step_x, step_y) = geometry.isTurned ? (steps.1, steps.0) : steps
  }
}

extension o2m_picture_colours {
  /// Red, green and blue from luma and chroma, in fixed point with 16 fraction bits.
  ///
  /// - Spec: ITU-R BT.601-7 and BT.709-6, clauses 3.2 to 3.5, for the matrix and the video range; the full range is that of JFIF 1.02. With
  ///   K_R, K_G, K_B the shares of luma, s = 255/219 and c = 255/224 (both 1 in the full range), R = s·(Y − 16) + 2c·(1 − K_R)·(V − 128),
  ///   B = s·(Y − 16) + 2c·(1 − K_B)·(U − 128), G = s·(Y − 16) − 2c·(1 − K_B)·K_B/K_G·(U − 128) − 2c·(1 − K_R)·K_R/K_G·(V − 128).
  /// - Parity: each coefficient is off by 2⁻¹⁷ at most, so a level by (255 + 2 · 128) · 2⁻¹⁷ < 0.004 before it is rounded: it is that of
  ///   the formula rounded to nearest, but within 0.004 of a half, where it may be the next.
  fileprivate init(_ matrix: Pixels.Matrix, _ range: Pixels.Range) {
    let red = matrix == .bt601 ? 0.299 : 0.2126, blue = matrix == .bt601 ? 0.114 : 0.0722, green = 1 - red - blue
    let luma = range == .video ? 255.0 / 219 : 1, chroma = range == .video ? 255.0 / 224 : 1
    func fixed(_ value: Double) -> Int32 { Int32(o2m_rint(value * 65536)) }
    self.init(
      black: range == .video ? 16 : 0, luma: fixed(luma), red: fixed(2 * chroma * (1 - red)),
      green_u: fixed(-2 * chroma * (1 - blue) * blue / green), green_v: fixed(-2 * chroma * (1 - red) * red / green),
      blue: fixed(2 * chroma * (1 - blue)))
  }
}
