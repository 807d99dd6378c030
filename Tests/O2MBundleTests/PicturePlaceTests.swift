import Foundation
import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import Testing

/// Boxes and maps lie in the picture as it is stored, however it was turned, mirrored, cut, resized and framed on the way into the model.
struct PicturePlaceTests {
  static let ways: [Preprocessing] = {
    func way(_ resize: Preprocessing.Resize, _ crop: Extent?, _ change: (inout Preprocessing) -> Void = { _ in }) -> Preprocessing {
      var result = Preprocessing()
      (result.resize, result.crop, result.scale) = (resize, crop, 1 / 255)
      change(&result)
      return result
    }
    return [
      way(.exact(Extent(width: 96, height: 80)), nil), way(.letterbox(Extent(width: 96, height: 80)), nil),
      way(.letterbox(Extent(width: 96, height: 80)), nil) { ($0.align, $0.pad, $0.layout) = (.corner, 0, .nhwc) },
      way(.short(96), Extent(width: 96, height: 80)), way(.exact(Extent(width: 120, height: 90)), Extent(width: 96, height: 80)),
    ]
  }()

  static let forms: [Pixels.Form] = [0, 90, 180, 270].flatMap { rotation in
    [false, true].flatMap { isMirrored in
      [nil, (left: 17, top: 9, extent: Extent(width: 130, height: 101))].map { crop in
        var form = Pixels.Form(.rgb, Extent(width: 163, height: 128))
        (form.rotation, form.isMirrored, form.crop) = (rotation, isMirrored, crop)
        return form
      }
    }
  }

  /// A rectangle of light in the dark: where its pixels came to lie in the input is a box, and that box lies around it in the picture.
  @Test(arguments: ways.indices, forms.indices) func boxesComeBack(_ way: Int, _ index: Int) throws {
    let how = Self.ways[way], form = Self.forms[index], extent = form.extent
    let shown = (left: 60, top: 40, right: 95, bottom: 82)
    var pixels = [UInt8](repeating: 0, count: 3 * extent.width * extent.height)
    for y in shown.top..<shown.bottom {
      for x in shown.left..<shown.right { for c in 0..<3 { pixels[3 * (y * extent.width + x) + c] = 255 } }
    }
    var boxes = PictureTask.Boxes(
      box: .init(output: 0, axis: 2), scores: .init(output: 0, axis: 2, first: 4), classCount: 1)
    (boxes.form, boxes.layout) = (.corners, how.layout)
    var task = PictureTask(preprocessing: how)
    task.boxes = boxes
    let echo = try EchoModel([[1, 2, 5]], image: how.layout == .nchw ? [1, 3, 80, 96] : [1, 80, 96, 3], task), session = echo.session
    try pixels.withUnsafeBufferPointer { try session.setPicture(Pixels(form, planes: ($0.baseAddress, nil, nil)), input: 0) }
    let input = session.input(0).assumingMemoryBound(to: Float.self)
    var ends: (left: Int, top: Int, right: Int, bottom: Int) = (96, 80, 0, 0)
    for y in 0..<80 {
      for x in 0..<96 where input[how.layout == .nchw ? y * 96 + x : 3 * (y * 96 + x)] > 0.5 {
        ends = (min(ends.left, x), min(ends.top, y), max(ends.right, x + 1), max(ends.bottom, y + 1))
      }
    }
    try #require(ends.right > ends.left)
    let row = session.input(1).assumingMemoryBound(to: Float.self)
    for (place, number) in [ends.left, ends.top, ends.right, ends.bottom, 1].enumerated() { row[place] = Float(number) }
    try session.run()
    let box = try #require(try session.boxes().first)
    // A pixel of the input is less than two of the picture.
    for (a, b) in zip([box.x, box.y, box.x + box.width, box.y + box.height], [shown.left, shown.top, shown.right, shown.bottom]) {
      #expect((a - Float(b)).magnitude <= 2, "\(box) is \(shown)")
    }
  }

  /// A picture of four colours: the map of a model that gives the picture back has their classes at their places.
  @Test(arguments: ways.indices, forms.indices) func mapsComeBack(_ way: Int, _ index: Int) throws {
    let how = Self.ways[way], form = Self.forms[index], extent = form.extent
    func colour(_ x: Int, _ y: Int) -> Int { x < 90 ? (y < 60 ? 0 : 1) : 2 }
    var pixels = [UInt8](repeating: 0, count: 3 * extent.width * extent.height)
    for y in 0..<extent.height { for x in 0..<extent.width { pixels[3 * (y * extent.width + x) + colour(x, y)] = 255 } }
    let shape = how.layout == .nchw ? [1, 3, 80, 96] : [1, 80, 96, 3]
    var task = PictureTask(preprocessing: how)
    task.classMap = .init(output: 0, content: .scores, axis: how.layout == .nchw ? 1 : 3)
    task.classMap?.layout = how.layout
    let echo = try EchoModel([shape], image: shape, task), session = echo.session
    try pixels.withUnsafeBufferPointer { try session.setPicture(Pixels(form, planes: ($0.baseAddress, nil, nil)), input: 0) }
    session.input(1).copyMemory(from: UnsafeRawBufferPointer(session.input(0)))
    try session.run()
    for (width, height) in [(163, 128), (40, 31)] {
      var map = [UInt8](repeating: 9, count: width * height)
      try map.withUnsafeMutableBufferPointer { try session.fillClassMap($0.baseAddress!, width: width, height: height) }
      var seen = 0
      for y in 0..<height {
        for x in 0..<width {
          let place = (x: (Double(x) + 0.5) * 163 / Double(width), y: (Double(y) + 0.5) * 128 / Double(height))
          let found = map[y * width + x]
          if found == 255 {
            // Beside the crops of the form and of the preparation.
            #expect(form.crop != nil || how.crop != nil)
            continue
          }
          seen += 1
          if let crop = form.crop { #expect(place.x >= 17 && place.x <= 147 && place.y >= 9 && place.y <= 110, "\(crop)") }
          let isEdge = (place.x - 90).magnitude < 2.5 || place.x < 92.5 && (place.y - 60).magnitude < 2.5
          if !isEdge { #expect(Int(found) == colour(Int(place.x), Int(place.y)), "at \(place)") }
        }
      }
      #expect(seen > width * height / 3)
    }
  }

  /// The definition, at every pixel: all scores between the middles of the elements, then the best.
  @Test(arguments: [1, 2, 3, 21], [true, false]) func mapsAreTheirDefinition(_ classes: Int, _ isPlanar: Bool) throws {
    let rows = 9, columns = 13
    var random = SeededInput(seed: 5)
    // Few different scores: many are equal.
    let scores = (0..<classes * rows * columns).map { _ in Float(random.next() % 8) - 3.5 }
    var task = PictureTask()
    task.classMap = .init(output: 0, content: classes == 1 ? .number : .scores, axis: isPlanar ? 1 : 3)
    let echo = try EchoModel(
      [isPlanar ? [1, classes, rows, columns] : [1, rows, columns, classes]], image: [1, 3, 48, 64], task)
    try echo.run([Tensor([scores.count], scores)])
    func score(_ number: Int, _ row: Int, _ column: Int) -> Double {
      Double(scores[isPlanar ? (number * rows + row) * columns + column : (row * columns + column) * classes + number])
    }
    func axis(_ index: Int, _ count: Int, _ cells: Int) -> (Int, Int, Double) {
      let center = max(0, min(Double(cells - 1), (Double(index) + 0.5) / Double(count) * Double(cells) - 0.5))
      return (Int(center), min(cells - 1, Int(center) + 1), center - center.rounded(.down))
    }
    for (width, height) in [(64, 48), (13, 9), (100, 7), (1, 1)] {
      var map = [UInt8](repeating: 9, count: width * height)
      try map.withUnsafeMutableBufferPointer { try echo.session.fillClassMap($0.baseAddress!, width: width, height: height) }
      for y in 0..<height {
        for x in 0..<width {
          let (top, bottom, down) = axis(y, height, rows), (left, right, across) = axis(x, width, columns)
          let values = (0..<classes).map { number in
            (score(number, top, left) * (1 - across) + score(number, top, right) * across) * (1 - down)
              + (score(number, bottom, left) * (1 - across) + score(number, bottom, right) * across) * down
          }
          let found = Int(map[y * width + x])
          if classes == 1 {
            #expect(values[0].magnitude < 1e-5 || found == (values[0] > 0 ? 1 : 0))
          } else {
            // Of scores that differ by less than their rounding either may be the best.
            #expect(values[found] > values.max()! - 1e-5, "\(width)x\(height) at \(x), \(y)")
          }
        }
      }
    }
  }

  /// Classes that the model chose itself: the nearest element's.
  @Test func numbersOfClassesAreNearest() throws {
    var task = PictureTask()
    task.classMap = .init(output: 0, content: .classes, axis: nil)
    let echo = try EchoModel([[1, 2, 3]], image: [1, 3, 8, 12], types: [.int64], task)
    try echo.run([Tensor(.int64, [6], wrapping: [0, 1, 2, 3, 400, -1])])
    var map = [UInt8](repeating: 9, count: 6 * 4)
    try map.withUnsafeMutableBufferPointer { try echo.session.fillClassMap($0.baseAddress!, width: 6, height: 4) }
    let row: [UInt8] = [0, 0, 1, 1, 2, 2], last: [UInt8] = [3, 3, 255, 255, 255, 255]
    #expect(map == row + row + last + last)
  }

  /// A letterbox as its formula has it, with the level beside the picture.
  @Test(arguments: [(200, 100), (100, 200), (7, 320), (64, 64), (641, 480)]) func letterboxesAreTheirFormula(_ width: Int, _ height: Int)
    throws
  {
    var how = Preprocessing()
    (how.resize, how.pad) = (.letterbox(Extent(width: 65, height: 50)), 114)
    let ratio = min(50 / Double(height), 65 / Double(width))
    let inner = (Int((Double(width) * ratio).rounded(.toNearestOrEven)), Int((Double(height) * ratio).rounded(.toNearestOrEven)))
    for align in Preprocessing.Alignment.allCases {
      how.align = align
      let left = align == .center ? (65 - max(1, inner.0)) / 2 : 0, top = align == .center ? (50 - max(1, inner.1)) / 2 : 0
      let type = TypedShape(.uint8, [1, 3, 50, 65]), tensor = Tensor(.uint8, type.shape, storage: .init(byteCount: type.byteCount))
      let pixels = [UInt8](repeating: 200, count: 3 * width * height)
      try pixels.withUnsafeBufferPointer {
        let form = Pixels.Form(.rgb, Extent(width: width, height: height))
        try PicturePlan(how, form, filling: type).fill(
          tensor.storage.bytes.baseAddress!, from: Pixels(form, planes: ($0.baseAddress, nil, nil)))
      }
      let found = tensor.ints()
      for y in 0..<50 {
        for x in 0..<65 {
          let isInside = x >= left && x < left + max(1, inner.0) && y >= top && y < top + max(1, inner.1)
          for c in 0..<3 { #expect(found[(c * 50 + y) * 65 + x] == (isInside ? 200 : 114), "\(x), \(y)") }
        }
      }
    }
  }
}
