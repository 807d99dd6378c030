import CO2MKernels
import CO2MPlatform
import O2MTensor

/// Makes maps of classes of a segmentation's output. It belongs to one thread at a time, and allocates nothing after it is made.
final class ClassMapper {
  let width: Int
  let height: Int
  let geometry: PictureGeometry
  private let task: PictureTask.ClassMap
  private let type: TypedShape
  private let place: (rows: Int, columns: Int, classes: Int, down: Int, across: Int, deep: Int)
  /// The output as float32, where it is not; the best class of each of its elements.
  private let copy: UnsafeMutablePointer<Float>
  private let best: UnsafeMutablePointer<UInt8>
  /// For each column and row of the map.
  private let columns: UnsafeMutablePointer<Sample>
  private let rows: UnsafeMutablePointer<Sample>

  /// Two neighbours along an axis of the output, and the share of the second.
  private struct Sample {
    /// -1 for what the model did not see.
    var first = -1
    var second = 0
    var share: Float = 0
  }

  /// - Parameters:
  ///   - type: of the output.
  ///   - width, height: of maps of the whole stored picture.
  init?(_ task: PictureTask.ClassMap, _ type: TypedShape, _ geometry: PictureGeometry, width: Int, height: Int) {
    guard let place = task.place(type.shape) else { return nil }
    self.task = task
    self.type = type
    self.geometry = geometry
    self.width = width
    self.height = height
    self.place = place
    copy = .allocate(capacity: type.element == .float32 ? 1 : max(1, type.shape.count))
    best = .allocate(capacity: max(1, place.rows * place.columns))
    columns = .allocate(capacity: width)
    rows = .allocate(capacity: height)
    // Turned, the columns of the map run along the rows of the output.
    let along = geometry.isTurned ? place.rows : place.columns, down = geometry.isTurned ? place.columns : place.rows
    Self.fill(columns, width, geometry.stored.width, geometry.alongRows, along)
    Self.fill(rows, height, geometry.stored.height, geometry.alongColumns, down)
  }

  deinit {
    copy.deallocate()
    best.deallocate()
    columns.deallocate()
    rows.deallocate()
  }

  private static func fill(_ samples: UnsafeMutablePointer<Sample>, _ count: Int, _ stored: Int, _ axis: PictureAxis, _ cells: Int) {
    for index in 0..<count {
      var sample = Sample()
      // The middle of the map's pixel in the stored picture, then among the middles of the output's elements.
      if let place = axis.input((Double(index) + 0.5) * Double(stored) / Double(count)) {
        let center = max(0, min(Double(cells - 1), place * Double(cells) / Double(axis.whole) - 0.5))
        sample.first = Int(center)
        sample.second = min(cells - 1, sample.first + 1)
        sample.share = Float(center - Double(sample.first))
      }
      samples[index] = sample
    }
  }

  /// Writes the class of every pixel, row by row; 255 where the model saw nothing.
  ///
  /// Scores are resized bilinearly to the map, between the middles of the output's elements, and the best counts, the first of equal ones.
  /// Where one class is the best of all four neighbours it is the best between them, so that only edges are computed.
  func fill(_ map: UnsafeMutablePointer<UInt8>, from output: UnsafeRawPointer) {
    let values: UnsafePointer<Float>
    if type.element == .float32 {
      values = output.assumingMemoryBound(to: Float.self)
    } else {
      _ = o2m_cast(o2m_element(rawValue: UInt32(type.element.rawValue)), O2M_ELEMENT_F32, type.shape.count, output, copy, nil)
      values = UnsafePointer(copy)
    }
    for row in 0..<place.rows {
      for column in 0..<place.columns { best[row * place.columns + column] = bestClass(values + row * place.down + column * place.across) }
    }
    // Steps along the map's columns and rows, in `best` and in the output.
    let (stepX, stepY) = geometry.isTurned ? (place.columns, 1) : (1, place.columns)
    let (jumpX, jumpY) = geometry.isTurned ? (place.down, place.across) : (place.across, place.down)
    for y in 0..<height {
      let line = map + y * width, row = rows[y]
      guard row.first >= 0 else {
        line.update(repeating: PictureTask.ClassMap.unseen, count: width)
        continue
      }
      for x in 0..<width {
        let column = columns[x]
        guard column.first >= 0 else {
          line[x] = PictureTask.ClassMap.unseen
          continue
        }
        let a = best[row.first * stepY + column.first * stepX], b = best[row.first * stepY + column.second * stepX]
        let c = best[row.second * stepY + column.first * stepX], d = best[row.second * stepY + column.second * stepX]
        if a == b, c == d, a == c {
          line[x] = a
        } else if task.content == .classes {
          line[x] = row.share < 0.5 ? (column.share < 0.5 ? a : b) : column.share < 0.5 ? c : d
        } else {
          let top = values + row.first * jumpY, bottom = values + row.second * jumpY
          line[x] = blended(
            top + column.first * jumpX, top + column.second * jumpX, bottom + column.first * jumpX, bottom + column.second * jumpX,
            column.share, row.share)
        }
      }
    }
  }

  private func bestClass(_ values: UnsafePointer<Float>) -> UInt8 {
    switch task.content {
    case .classes:
      let number = o2m_rint(Double(values[0]))
      return number >= 0 && number < Double(PictureTask.ClassMap.unseen) ? UInt8(number) : PictureTask.ClassMap.unseen
    case .number: return values[0] > Float(task.threshold) ? 1 : 0
    case .scores:
      var best = 0
      for number in 1..<place.classes where values[number * place.deep] > values[best * place.deep] { best = number }
      return UInt8(truncatingIfNeeded: best)
    }
  }

  private func blended(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ d: UnsafePointer<Float>, _ x: Float, _ y: Float
  ) -> UInt8 {
    var best = 0, most = -Float.infinity
    for number in 0..<place.classes {
      let at = number * place.deep
      let top = a[at] + x * (b[at] - a[at]), bottom = c[at] + x * (d[at] - c[at]), value = top + y * (bottom - top)
      if value > most { (best, most) = (number, value) }
    }
    if task.content == .number { return most > Float(task.threshold) ? 1 : 0 }
    return UInt8(truncatingIfNeeded: best)
  }
}
