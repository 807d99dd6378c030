import O2MImage
import O2MRuntime
import O2MTensor
import Testing

/// Bytes that follow from a seed (SplitMix64).
private func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed
  return (0..<count).map { _ in
    state &+= 0x9E37_79B9_7F4A_7C15
    let z = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    return UInt8(truncatingIfNeeded: z >> 40)
  }
}

private func picture(_ width: Int, _ height: Int) -> Picture {
  Picture(Extent(width: width, height: height), pixels: noise(3 * width * height))
}

/// What the device makes of pixels that lie in `planes`.
private func prepared(
  _ preprocessing: Preprocessing, _ form: Pixels.Form, _ planes: [[UInt8]], strides: (Int, Int, Int) = (0, 0, 0), as type: TypedShape
) throws -> Tensor {
  let tensor = Tensor(type.element, type.shape, storage: TensorStorage(byteCount: type.byteCount))
  let plan = try PicturePlan(preprocessing, form, filling: type)
  func address(_ plane: Int) -> UnsafePointer<UInt8>? {
    planes.count > plane ? planes[plane].withUnsafeBufferPointer { $0.baseAddress } : nil
  }
  try withExtendedLifetime(planes) {
    try plan.fill(
      tensor.storage.bytes.baseAddress!, from: Pixels(form, planes: (address(0), address(1), address(2)), strides: strides))
  }
  return tensor
}

private func bytes(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }

private func preprocessing(_ text: String) throws -> Preprocessing { try Preprocessing(text: text) }

/// One picture in every order of its components, with gaps between the rows that hold something else.
@Test(arguments: [Pixels.Format.rgb, .rgba, .bgra, .gray], ["nchw", "nhwc"])
func formatsAreOnePicture(_ format: Pixels.Format, _ layout: String) throws {
  var source = picture(23, 17)
  if format == .gray { source = Picture(source.extent, pixels: source.pixels.indices.map { source.pixels[$0 / 3 * 3] }) }
  let how = try preprocessing("resize=short:11,crop=9x7,order=bgr,scale=1/255,mean=0.5,0.25,0.125,layout=\(layout)")
  let shape: Shape = layout == "nchw" ? [1, 3, 7, 9] : [1, 7, 9, 3]
  let components = [Pixels.Format.rgb: [0, 1, 2], .rgba: [0, 1, 2, 0], .bgra: [2, 1, 0, 1], .gray: [0]][format]!
  let stride = components.count * 23 + 5
  var plane = noise(17 * stride, seed: 2)
  for y in 0..<17 {
    for x in 0..<23 {
      for (index, component) in components.enumerated() {
        plane[y * stride + x * components.count + index] = source.pixels[(y * 23 + x) * 3 + component]
      }
    }
  }
  let found = try prepared(how, .init(format, source.extent), [plane], strides: (stride, 0, 0), as: TypedShape(.float32, shape))
  #expect(bytes(found) == bytes(try how.tensor(source, expected: shape)))
}

/// How a camera is held, and what of the picture counts: as the same pixels in upright order.
@Test(arguments: [0, 90, 180, 270], [false, true])
func turnedPicturesAreThePictureUpright(_ rotation: Int, _ isMirrored: Bool) throws {
  // Both orders of the axes, of both pictures; growing, shrinking, and no resize.
  let cases = [
    (31, 18, "resize=10x9,filter=bicubic"), (31, 18, "resize=29x2,filter=lanczos"), (13, 40, "resize=12x5,filter=hamming"),
    (40, 13, "resize=short:7,crop=7x5"), (9, 11, "resize=short:17,filter=box,crop=15x14"), (20, 21, "crop=6x7"),
  ]
  for (width, height, how) in cases {
    let source = picture(width + 5, height + 4)
    var form = Pixels.Form(.rgb, source.extent)
    form.crop = (3, 1, Extent(width: width, height: height))
    (form.rotation, form.isMirrored) = (rotation, isMirrored)
    let isTurned = rotation == 90 || rotation == 270
    let upright = isTurned ? Extent(width: height, height: width) : Extent(width: width, height: height)
    var pixels: [UInt8] = []
    for y in 0..<upright.height {
      for place in 0..<upright.width {
        let x = isMirrored ? upright.width - 1 - place : place
        let (column, row) =
          switch rotation {
          case 0: (x, y)
          case 90: (y, height - 1 - x)
          case 180: (width - 1 - x, height - 1 - y)
          default: (width - 1 - y, x)
          }
        let start = ((row + 1) * (width + 5) + column + 3) * 3
        pixels += source.pixels[start..<start + 3]
      }
    }
    for layout in ["nchw", "nhwc"] {
      let how = try preprocessing("\(how),layout=\(layout)"), expected = Picture(upright, pixels: pixels)
      let extent = try #require(how.extent)
      let shape: Shape = layout == "nchw" ? [3, extent.height, extent.width] : [extent.height, extent.width, 3]
      let found = try prepared(how, form, [source.pixels], as: TypedShape(.float32, shape))
      #expect(bytes(found) == bytes(try how.tensor(expected, expected: shape)), "\(width)x\(height) \(how.text)")
    }
  }
}

/// Every luma beside chroma of a grid that has the extremes, against the standards' formula: within half a level and what the
/// coefficients' 16 fraction bits lose.
@Test(arguments: [Pixels.Matrix.bt601, .bt709], [Pixels.Range.video, .full])
func coloursAreThoseOfTheStandard(_ matrix: Pixels.Matrix, _ range: Pixels.Range) throws {
  let steps: [UInt8] = [0, 1, 16, 17, 64, 100, 127, 128, 129, 200, 239, 240, 254, 255]
  let red = matrix == .bt601 ? 0.299 : 0.2126, blue = matrix == .bt601 ? 0.114 : 0.0722, green = 1 - red - blue
  let luma = range == .video ? 255 / 219.0 : 1, chroma = range == .video ? 255 / 224.0 : 1
  var worst = 0.0
  for u in steps {
    for v in steps {
      var form = Pixels.Form(.i420, Extent(width: 256, height: 1))
      (form.matrix, form.range) = (matrix, range)
      let planes = [(0...255).map { UInt8($0) }, [UInt8](repeating: u, count: 128), [UInt8](repeating: v, count: 128)]
      let found = bytes(try prepared(preprocessing("layout=nhwc"), form, planes, as: TypedShape(.uint8, [1, 256, 3])))
      for y in 0..<256 {
        let light = (Double(y) - (range == .video ? 16 : 0)) * luma, cb = chroma * (Double(u) - 128), cr = chroma * (Double(v) - 128)
        let exact = [
          light + 2 * (1 - red) * cr, light - 2 * (1 - blue) * blue / green * cb - 2 * (1 - red) * red / green * cr,
          light + 2 * (1 - blue) * cb,
        ]
        for c in 0..<3 { worst = max(worst, abs(Double(found[3 * y + c]) - min(255, max(0, exact[c])))) }
      }
    }
  }
  #expect(worst <= 0.5 + 511 * 0x1p-17, "\(worst)")
  #expect(worst > 0.49)
}

/// Pairs in both orders and planes are one picture, whatever the size and where the crop begins.
@Test(arguments: [(16, 8), (17, 9), (33, 14), (1, 1), (2, 3)]) func chromaLiesInThreeWays(_ width: Int, _ height: Int) throws {
  let extent = Extent(width: width, height: height), half = ((width + 1) / 2, (height + 1) / 2)
  let luma = noise(width * height), u = noise(half.0 * half.1, seed: 2), v = noise(half.0 * half.1, seed: 3)
  let how = try preprocessing("layout=nhwc,scale=1/3")
  for left in 0..<min(3, width) {
    for top in 0..<min(2, height) {
      let part = Extent(width: width - left, height: height - top), type = TypedShape(.float32, [part.height, part.width, 3])
      func of(_ format: Pixels.Format, _ planes: [[UInt8]]) throws -> [UInt8] {
        var form = Pixels.Form(format, extent)
        form.crop = (left, top, part)
        return bytes(try prepared(how, form, planes, as: type))
      }
      let expected = try of(.i420, [luma, u, v])
      #expect(try of(.nv12, [luma, zip(u, v).flatMap { [$0, $1] }]) == expected)
      #expect(try of(.nv21, [luma, zip(v, u).flatMap { [$0, $1] }]) == expected)
      #expect(try of(.i420, [luma, v, u]) != expected)
    }
  }
}

/// A level is rounded to float32 and then to the input's type, as tensors are.
@Test(arguments: [ElementType.float16, .bfloat16, .float64, .uint8, .int8, .int32, .int64, .bool])
func elementsAreThoseOfTheInput(_ element: ElementType) throws {
  let source = picture(12, 10), shape: Shape = [1, 3, 6, 8]
  let how = try preprocessing("resize=8x6,scale=0.75,mean=32,64,96,std=1,0.5,3")
  let found = try source.withPixels { pixels in
    let tensor = Tensor(element, shape, storage: TensorStorage(byteCount: shape.count * element.size))
    try PicturePlan(how, pixels.form, filling: TypedShape(element, shape)).fill(tensor.storage.bytes.baseAddress!, from: pixels)
    return tensor
  }
  #expect(bytes(found) == bytes(Tensor(element, shape, rounding: try how.tensor(source, expected: shape).doubles())))
}

@Test func whatIsNoPictureIsRefused() throws {
  let type = TypedShape(.float32, [1, 3, 4, 4]), plane = noise(3 * 8 * 8)
  func fault(_ change: (inout Pixels.Form) -> Void, _ how: Preprocessing? = nil, strides: (Int, Int, Int) = (0, 0, 0)) -> Error? {
    var form = Pixels.Form(.rgb, Extent(width: 8, height: 8))
    change(&form)
    do {
      _ = try prepared(how ?? (try preprocessing("resize=4x4")), form, [plane], strides: strides, as: type)
      return nil
    } catch { return error }
  }
  func expect(_ found: Error?, _ fault: PictureFault) {
    #expect((found as? RunFault) == .picture(fault) || (found as? PictureFault) == fault, "\(String(describing: found)), not \(fault)")
  }
  #expect(fault { _ in } == nil)
  expect(fault { $0.rotation = 45 }, .argument(.rotation, found: 45, limit: 270))
  expect(fault { $0.rotation = 360 }, .argument(.rotation, found: 360, limit: 270))
  expect(fault { $0.extent.width = 0 }, .argument(.side, found: 0, limit: Preprocessing.pixelLimit))
  expect(fault { $0.extent = Extent(width: 1 << 20, height: 1 << 8) }, .tooManyPixels(width: 1 << 20, height: 1 << 8, limit: 1 << 27))
  expect(fault { $0.crop = (8, 0, Extent(width: 1, height: 1)) }, .argument(.crop, found: 8, limit: 7))
  expect(fault { $0.crop = (1, 0, Extent(width: 8, height: 1)) }, .argument(.crop, found: 8, limit: 7))
  expect(fault { $0.crop = (0, 3, Extent(width: 8, height: 6)) }, .argument(.crop, found: 6, limit: 5))
  expect(fault({ _ in }, strides: (23, 0, 0)), .argument(.stride, found: 23, limit: 24))
  expect(fault { $0.format = .nv12 }, .argument(.plane, found: 0, limit: 1))
  let small = try preprocessing("crop=9x4")
  expect(fault({ _ in }, small), .cropTooLarge(crop: Extent(width: 9, height: 4), picture: Extent(width: 8, height: 8)))
  expect(fault({ _ in }, Preprocessing()), .inputShape(prepared: Extent(width: 8, height: 8), channels: 3))
}
