import CO2MPlatform
import O2MTensor

/// Which boxes count.
struct BoxLimits: Equatable {
  /// The least score.
  var score: Float
  /// Boxes whose intersection is a greater share of their union are one object.
  var overlap: Float
  var most: Int
}

/// Finds the boxes in a detector's outputs. It belongs to one thread at a time, and allocates nothing after it is made.
final class BoxFinder {
  let task: PictureTask.Boxes
  private let input: Extent
  private let fields: BoxFields
  private let memory: UnsafeMutableRawPointer
  private let memoryBytes: Int
  private let keys: BoxQueue
  /// Of each candidate, from 0.
  private let classes: UnsafeMutablePointer<UInt32>
  private let kept: UnsafeMutablePointer<InputBox>
  private let found: UnsafeMutablePointer<DetectedBox>

  /// - Parameters:
  ///   - outputs: the types of the model's outputs.
  ///   - input: width and height of the input that takes the picture.
  /// - Errors: `.memory`.
  convenience init(_ task: PictureTask.Boxes, outputs: [TypedShape], input: Extent) throws(RunFault) {
    var bytes = 0
    let fields = BoxFields(task, outputs, input, &bytes)
    guard bytes < Int.max / 2, let memory = o2m_allocate_zeros(bytes) else { throw .memory(bytes: bytes) }
    self.init(task, input, fields, memory, bytes)
  }

  // Nothing throws once there is an object: Embedded Swift does not free one that is half made.
  private init(
    _ task: PictureTask.Boxes, _ input: Extent, _ fields: BoxFields, _ memory: UnsafeMutableRawPointer, _ bytes: Int
  ) {
    self.task = task
    self.input = input
    self.fields = fields
    self.memory = memory
    memoryBytes = bytes
    keys = BoxQueue((memory + fields.keys).bindMemory(to: UInt64.self, capacity: fields.count))
    classes = (memory + fields.classes).bindMemory(to: UInt32.self, capacity: fields.count)
    kept = (memory + fields.kept).bindMemory(to: InputBox.self, capacity: task.most)
    found = (memory + fields.found).bindMemory(to: DetectedBox.self, capacity: task.most)
  }

  deinit { o2m_free_zeros(memory, memoryBytes) }

  /// The boxes of the last run, best first; of equal scores the candidate that comes first. They stay until the next call.
  ///
  /// A candidate's class is the one of the best score, the first of equal ones. Candidates with a score of at least `limits.score` are
  /// taken in the order of their scores; one is left out where its intersection with one that was taken before, of the same class or of any
  /// as the task says, is a greater share of their union than `limits.overlap`. What is taken is cut to the picture.
  ///
  /// - Parity: float32, without fused operations: torchvision's `nms` gives the same.
  func find(
    _ limits: BoxLimits, _ geometry: PictureGeometry, _ output: (Int) -> UnsafeRawPointer
  ) -> UnsafeBufferPointer<DetectedBox> {
    var queue = keys
    if task.levels == nil {
      collect(max(0, limits.score), output, &queue)
    } else {
      for level in fields.levels { collect(level, max(0, limits.score), output, &queue) }
    }
    queue.order()
    let boxes = fields.levels.isEmpty ? fields.box.numbers(output(fields.box.output), memory) : nil
    let most = min(limits.most, task.most)
    var count = 0
    while count < most, let candidate = queue.next() {
      var box = boxes.map { decoded($0, candidate.index) } ?? decoded(candidate.index, output)
      guard box.isFinite else { continue }
      box.number = classes[candidate.index]
      box.score = candidate.score
      if task.suppression == .none || !isSuppressed(box, count, limits.overlap) {
        kept[count] = box
        count += 1
      }
    }
    var shown = 0
    for index in 0..<count {
      guard let box = placed(kept[index], geometry) else { continue }
      found[shown] = box
      shown += 1
    }
    return UnsafeBufferPointer(start: found, count: shown)
  }

  private func isSuppressed(_ box: InputBox, _ count: Int, _ overlap: Float) -> Bool {
    let all = task.suppression == .all
    for index in 0..<count where all || kept[index].number == box.number {
      if kept[index].overlap(box) > overlap { return true }
    }
    return false
  }

  /// The candidates whose score is at least `least`.
  private func collect(_ least: Float, _ output: (Int) -> UnsafeRawPointer, _ queue: inout BoxQueue) {
    let scores = fields.scores.numbers(output(fields.scores.output), memory)
    let objectness = fields.objectness.map { $0.numbers(output($0.output), memory) }
    let labels = fields.label.map { $0.numbers(output($0.output), memory) }
    let places = (memory + fields.places).assumingMemoryBound(to: Int.self)
    let best = (memory + fields.best).assumingMemoryBound(to: Float.self)
    let firstClass = task.background == .none ? 0 : 1
    var start = 0
    while start < fields.count {
      // Of a few candidates at a time, so that both the classes of one and the candidates of one class may lie together.
      let block = min(BoxFields.block, fields.count - start)
      for index in 0..<block {
        places[index] = fields.scores.place(start + index)
        best[index] = -.infinity
        classes[start + index] = 0
      }
      if let labels, let field = fields.label {
        for index in 0..<block {
          let number = labels[field.place(start + index)]
          guard number >= Float(firstClass), number < Float(1 << 24) else { continue }
          (best[index], classes[start + index]) = (scores[places[index]], UInt32(number))
        }
      } else {
        findBest(scores, fields.scores.step, places, best, start, block)
      }
      for index in 0..<block where best[index] > -.infinity {
        let object = fields.objectness.flatMap { field in objectness.map { $0[field.place(start + index)] } }
        let score = score(best[index], object, scores + places[index], fields.scores.step)
        if score >= least { queue.add(score, start + index) }
      }
      start += block
    }
  }

  /// The best score of `block` candidates from `start` on, and its class, where it is better than `best`.
  private func findBest(
    _ scores: UnsafePointer<Float>, _ step: Int, _ places: UnsafePointer<Int>, _ best: UnsafeMutablePointer<Float>, _ start: Int,
    _ block: Int
  ) {
    let firstClass = task.background == .none ? 0 : 1
    for number in firstClass..<max(firstClass, task.classCount) {
      let row = scores + number * step
      for index in 0..<block where row[places[index]] > best[index] {
        (best[index], classes[start + index]) = (row[places[index]], UInt32(number))
      }
    }
  }

  /// - Parameters:
  ///   - scores: those of all classes.
  ///   - step: from one to the next.
  private func score(_ best: Float, _ object: Float?, _ scores: UnsafePointer<Float>, _ step: Int) -> Float {
    var share = best, object = object
    switch task.activation {
    case .shares: break
    case .sigmoid:
      share = Float(o2m_logistic(Double(best)))
      object = object.map { Float(o2m_logistic(Double($0))) }
    case .softmax:
      var total = 0.0
      for number in 0..<task.classCount { total += o2m_exp(Double(scores[number * step]) - Double(best)) }
      share = Float(1 / total)
    }
    guard let object else { return share }
    guard task.unit == .cells else { return share * object }
    return Float(o2m_pow(Double(object), 0.6) * o2m_pow(Double(share), 0.4))
  }

  /// The box of a candidate, in pixels of the input.
  private func decoded(_ numbers: UnsafePointer<Float>, _ candidate: Int) -> InputBox {
    let place = fields.box.place(candidate), step = fields.box.step
    var a = numbers[place], b = numbers[place + step], c = numbers[place + 2 * step], d = numbers[place + 3 * step]
    let width = Float(input.width), height = Float(input.height)
    switch task.unit {
    case .pixels: break
    case .shares:
      (a, c) = task.form == .cornersDownFirst ? (a * height, c * height) : (a * width, c * width)
      (b, d) = task.form == .cornersDownFirst ? (b * width, d * width) : (b * height, d * height)
    case .grids:
      let cell = cell(candidate), stride = Float(cell.stride)
      (a, b) = ((a + Float(cell.column)) * stride, (b + Float(cell.row)) * stride)
      (c, d) = (Float(o2m_exp(Double(c))) * stride, Float(o2m_exp(Double(d))) * stride)
    case .cells:
      let columns = fields.columns, rows = fields.box.count / max(1, columns)
      let x = Double(candidate % columns) + o2m_tanh(Double(a)), y = Double(candidate / columns) + o2m_tanh(Double(b))
      (a, b) = (Float(x / Double(columns)) * width, Float(y / Double(rows)) * height)
      (c, d) = (Float(o2m_logistic(Double(c))) * width, Float(o2m_logistic(Double(d))) * height)
    }
    switch task.form {
    case .center: return InputBox(left: a - c / 2, top: b - d / 2, right: a + c / 2, bottom: b + d / 2)
    case .corners: return InputBox(left: a, top: b, right: c, bottom: d)
    case .cornersDownFirst: return InputBox(left: b, top: a, right: d, bottom: c)
    }
  }

  /// The same as above, of a level.
  ///
  /// What a share is the product of is no less than the share, so that most candidates are told by one comparison of logits.
  private func collect(_ level: BoxLevel, _ least: Float, _ output: (Int) -> UnsafeRawPointer, _ queue: inout BoxQueue) {
    guard let levels = task.levels else { return }
    let numbers = level.numbers.numbers(output(level.level.output), memory), step = level.entryStep
    let places = (memory + fields.places).assumingMemoryBound(to: Int.self)
    let best = (memory + fields.best).assumingMemoryBound(to: Float.self)
    let behind = levels.scoresFirst ? 0 : levels.boxEntries
    let objectness = numbers + (levels.scoresFirst ? levels.boxEntries + task.classCount : behind) * step
    let scores = numbers + (behind + (levels.hasObjectness && !levels.scoresFirst ? 1 : 0)) * step
    let bound = task.activation == .shares ? least : Self.logit(least)
    for line in 0..<level.anchors * level.rows {
      var column = 0
      while column < level.columns {
        let block = min(BoxFields.block, level.columns - column), index = line * level.columns + column, start = level.first + index
        var counts = !levels.hasObjectness
        for place in 0..<block {
          places[place] = level.place(index + place)
          best[place] = -.infinity
          classes[start + place] = 0
          if levels.hasObjectness, objectness[places[place]] >= bound { counts = true }
        }
        column += block
        guard counts else { continue }
        findBest(scores, step, places, best, start, block)
        for place in 0..<block where best[place] > -.infinity {
          var object = levels.hasObjectness ? objectness[places[place]] : nil
          if let logit = object {
            guard logit >= bound else { continue }
            if task.activation == .softmax { object = Float(o2m_logistic(Double(logit))) }
          }
          if task.activation == .sigmoid, !(best[place] >= bound) { continue }
          let score = score(best[place], object, scores + places[place], step)
          if score >= least { queue.add(score, start + place) }
        }
      }
    }
  }

  /// A number whose logistic function is no greater than `share`.
  private static func logit(_ share: Float) -> Float {
    guard share > 0 else { return -.infinity }
    guard share < 1 else { return 16 }
    return Float(o2m_log(Double(share) / (1 - Double(share)))) - 0.001
  }

  /// The box of a candidate of a level, in pixels of the input.
  private func decoded(_ candidate: Int, _ output: (Int) -> UnsafeRawPointer) -> InputBox {
    guard let levels = task.levels, let level = fields.levels.last(where: { $0.first <= candidate }) else {
      return InputBox(left: .nan, top: .nan, right: .nan, bottom: .nan)
    }
    let index = candidate - level.first, step = level.entryStep, stride = Double(level.level.stride), center = level.level.center
    let numbers =
      level.numbers.numbers(output(level.level.output), memory) + level.place(index)
      + (levels.scoresFirst ? task.classCount * step : 0)
    let column = Double(index % level.columns), row = Double(index % level.cells / level.columns)
    func share(_ entry: Int) -> Double {
      let number = Double(numbers[entry * step])
      return task.activation == .shares ? number : o2m_logistic(number)
    }
    if levels.sides == .distances {
      let x = (column + center) * stride, y = (row + center) * stride
      func distance(_ side: Int) -> Double {
        guard levels.bins > 1 else { return Double(numbers[side * step]) * stride }
        let bins = numbers + side * levels.bins * step
        var largest = -Double.infinity, total = 0.0, sum = 0.0
        for bin in 0..<levels.bins { largest = max(largest, Double(bins[bin * step])) }
        for bin in 0..<levels.bins {
          let weight = o2m_exp(Double(bins[bin * step]) - largest)
          total += weight
          sum += weight * Double(bin)
        }
        return sum / total * stride
      }
      return InputBox(
        left: Float(x - distance(0)), top: Float(y - distance(1)), right: Float(x + distance(2)), bottom: Float(y + distance(3)))
    }
    let anchor = level.level.anchors[index / level.cells], shift = (center - 1) / 2
    let x = (share(0) * center - shift + column) * stride, y = (share(1) * center - shift + row) * stride
    func side(_ entry: Int, _ anchor: Double) -> Double {
      guard levels.sides == .squares else { return o2m_exp(Double(numbers[entry * step])) * anchor }
      let double = 2 * share(entry)
      return double * double * anchor
    }
    let width = side(2, anchor.width), height = side(3, anchor.height)
    return InputBox(
      left: Float(x - width / 2), top: Float(y - height / 2), right: Float(x + width / 2), bottom: Float(y + height / 2))
  }

  private func cell(_ candidate: Int) -> (column: Int, row: Int, stride: Int) {
    var index = candidate
    for stride in task.strides {
      let columns = input.width / stride, cells = columns * (input.height / stride)
      if index < cells { return (index % columns, index / columns, stride) }
      index -= cells
    }
    return (0, 0, 1)
  }

  /// The box in the stored picture; nil where nothing of it is there.
  private func placed(_ box: InputBox, _ geometry: PictureGeometry) -> DetectedBox? {
    let across = (geometry.across.stored(Double(box.left)), geometry.across.stored(Double(box.right)))
    let down = (geometry.down.stored(Double(box.top)), geometry.down.stored(Double(box.bottom)))
    let (x, y) = geometry.isTurned ? (down, across) : (across, down)
    let area = geometry.area
    func cut(_ ends: (Double, Double), _ first: Int, _ length: Int) -> (Double, Double) {
      (max(Double(first), min(ends.0, ends.1)), min(Double(first + length), max(ends.0, ends.1)))
    }
    let (left, right) = cut(x, geometry.left, area.width), (top, bottom) = cut(y, geometry.top, area.height)
    guard right > left, bottom > top else { return nil }
    var result = DetectedBox()
    result.label = Int(box.number) - (task.background == .unlabelled ? 1 : 0)
    result.score = box.score
    (result.x, result.y, result.width, result.height) = (Float(left), Float(top), Float(right - left), Float(bottom - top))
    return result
  }
}

/// A box in pixels of the input.
struct InputBox {
  var left: Float
  var top: Float
  var right: Float
  var bottom: Float
  var number: UInt32 = 0
  var score: Float = 0

  var isFinite: Bool { left.isFinite && top.isFinite && right.isFinite && bottom.isFinite }
  private var area: Float { (right - left) * (bottom - top) }

  /// Intersection over union; NaN where both are empty.
  func overlap(_ other: InputBox) -> Float {
    let width = max(0, min(right, other.right) - max(left, other.left))
    let height = max(0, min(bottom, other.bottom) - max(top, other.top))
    let common = width * height
    return common / (area + other.area - common)
  }
}

/// The fields of a task in a model's outputs, and where each part of a finder's memory begins.
struct BoxFields {
  /// Those of a head that the model does not decode; else empty.
  let levels: [BoxLevel]
  /// Candidates.
  let count: Int
  let box: BoxField
  let scores: BoxField
  let objectness: BoxField?
  let label: BoxField?
  /// Of the grid of cells.
  let columns: Int
  let keys, classes, kept, found, places, best: Int

  /// Candidates whose scores are looked at together.
  static let block = 64

  init(_ task: PictureTask.Boxes, _ outputs: [TypedShape], _ input: Extent, _ bytes: inout Int) {
    levels = task.levels.map { BoxLevel.all($0, classes: task.classCount, outputs, input, &bytes) } ?? []
    box = BoxField(task.box, outputs[task.box.output], &bytes)
    scores = BoxField(task.scores, outputs[task.scores.output], &bytes)
    objectness = task.objectness.map { BoxField($0, outputs[$0.output], &bytes) }
    label = task.label.map { BoxField($0, outputs[$0.output], &bytes) }
    columns = max(1, outputs[task.box.output].shape.dims.last ?? 1)
    func part(_ count: Int, _ size: Int) -> Int {
      defer { bytes += (count * size + 63) & ~63 }
      return bytes
    }
    count = task.levels == nil ? box.count : levels.reduce(0) { $0 + $1.cells * $1.anchors }
    (keys, classes) = (part(count, 8), part(count, 4))
    (kept, found) = (part(task.most, MemoryLayout<InputBox>.stride), part(task.most, MemoryLayout<DetectedBox>.stride))
    (places, best) = (part(Self.block, MemoryLayout<Int>.stride), part(Self.block, 4))
    bytes += 64
  }
}
