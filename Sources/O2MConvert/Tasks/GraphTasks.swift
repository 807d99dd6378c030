import O2MGraph
import O2MImage
import O2MOps
import O2MRuntime
import O2MTensor

extension Graph {
  /// What a bundle says of pictures: what `request` asks for, else the classes that the outputs may give.
  ///
  /// - Errors: as `TaskError` says, where the outputs do not do what is asked for.
  public func task(_ request: TaskRequest?, _ manifest: Manifest) throws(TaskError) -> (task: PictureTask, head: BoxHead?) {
    var task = PictureTask(preprocessing: manifest.preparation), head: BoxHead?
    switch request {
    case nil: task.classes = classes(manifest)
    case .classify:
      task.classes = rowOfClasses(manifest)
      guard task.classes != nil else { throw .noClasses }
    case .detect(let wanted):
      let (boxes, found) = try boxes(wanted, manifest)
      (task.boxes, head) = (boxes, found)
    case .segment(let wanted): task.classMap = try classMap(wanted, manifest)
    }
    return (task, head)
  }

  /// The first input that takes pictures, and the order of its axes.
  private func pictureInput(_ manifest: Manifest) throws(TaskError) -> (index: Int, layout: Preprocessing.AxisOrder, extent: Extent) {
    for (index, input) in inputs.enumerated() {
      guard let shape = shape(input), shape.rank == 3 || shape.rank == 4 else { continue }
      let isPlanar = [1, 3].contains(shape[shape.rank - 3]), isLast = [1, 3].contains(shape[shape.rank - 1])
      guard isPlanar || isLast else { continue }
      let layout = manifest.preparation?.layout ?? (isPlanar ? .nchw : .nhwc)
      return (index, layout, shape.extent(layout))
    }
    throw .noPicture
  }

  private func boxes(_ wanted: DetectRequest, _ manifest: Manifest) throws(TaskError) -> (PictureTask.Boxes, BoxHead) {
    let picture = try pictureInput(manifest)
    var types: [BoxOutputs.Output] = []
    for id in outputs {
      guard let shape = shape(id) else { throw .noHead(wanted.head, labels: manifest.labels.count) }
      types.append(
        BoxOutputs.Output(
          name: self[id].name, type: TypedShape(self[id].type.element, shape), values: values(id), isDecoded: takesExponential(id)))
    }
    let known = BoxOutputs(outputs: types, labels: manifest.labels, anchors: wanted.anchors, extent: picture.extent)
    let heads = wanted.head.map { [$0] } ?? known.heads()
    guard heads.count <= 1 else { throw .severalHeads(heads) }
    guard let head = heads.first, var boxes = known.boxes(head) else { throw .noHead(wanted.head, labels: manifest.labels.count) }
    (boxes.input, boxes.layout) = (picture.index, picture.layout)
    if let score = wanted.score { boxes.score = score }
    if let overlap = wanted.overlap { boxes.overlap = overlap }
    if let most = wanted.most { boxes.most = most }
    if let suppression = wanted.suppression { boxes.suppression = suppression }
    if !wanted.anchors.isEmpty, !head.hasAnchors { throw .needlessAnchors(head) }
    if let form = wanted.form { boxes.form = form }
    if let unit = wanted.unit, boxes.unit == .pixels || boxes.unit == .shares { boxes.unit = unit }
    if let activation = wanted.activation { boxes.activation = activation }
    if let hasBackground = wanted.hasBackground, boxes.background != .unlabelled {
      boxes.background = hasBackground ? .labelled : .none
    }
    return (boxes, head)
  }

  private func classMap(_ wanted: SegmentRequest, _ manifest: Manifest) throws(TaskError) -> PictureTask.ClassMap {
    let picture = try pictureInput(manifest), labels = manifest.labels.count
    var found: [(map: PictureTask.ClassMap, classes: Int)] = []
    for (index, id) in outputs.enumerated() where wanted.output == nil || self[id].name == wanted.output {
      guard let shape = shape(id) else { continue }
      guard let (map, classes) = map(index, TypedShape(self[id].type.element, shape), labels) else { continue }
      found.append((map, classes))
    }
    // The one with a class for each label; else the first, which torchvision's have before what only training needs.
    guard let (chosen, classes) = found.first(where: { $0.classes == labels }) ?? found.first else {
      throw .noMap(output: wanted.output)
    }
    var map = chosen
    guard classes <= PictureTask.ClassMap.mostClasses else {
      throw .tooManyClasses(classes, limit: PictureTask.ClassMap.mostClasses)
    }
    (map.input, map.layout) = (picture.index, picture.layout)
    if map.content == .number { map.threshold = wanted.threshold ?? (values(outputs[map.output]) == .any ? 0 : 0.5) }
    return map
  }

  /// What a map of this type is, and of how many classes; nil where it is none.
  private func map(_ output: Int, _ type: TypedShape, _ labels: Int) -> (PictureTask.ClassMap, classes: Int)? {
    let dims = type.shape.dims
    guard dims.count >= 2, dims.count <= 4 else { return nil }
    if type.element.isInteger {
      let map = PictureTask.ClassMap(output: output, content: .classes, axis: nil)
      return map.fits(type.shape) && dims.suffix(2).allSatisfy { $0 > 1 } ? (map, max(labels, 1)) : nil
    }
    guard type.element.isFloat, dims.count >= 3, dims.count < 4 || dims[0] == 1 else { return nil }
    let first = dims.count - 3, last = dims.count - 1
    // As many as there are labels; else the axis that is shorter.
    let isFirst =
      labels > 1 && dims[first] != dims[last] && [dims[first], dims[last]].contains(labels)
      ? dims[first] == labels : dims[first] <= dims[last]
    let axis = isFirst ? first : last, classes = dims[axis]
    let sides = [first, first + 1, last].filter { $0 != axis }
    guard sides.allSatisfy({ dims[$0] > 1 }) else { return nil }
    return (PictureTask.ClassMap(output: output, content: classes == 1 ? .number : .scores, axis: axis), max(classes, 2))
  }

  /// What the last nodes before a value make of it.
  private func values(_ value: ValueID) -> BoxOutputs.Values {
    guard let node = producer(of: value) else { return .any }
    switch node.op {
    case .softmax: return .softmax
    case .sigmoid, .hardSigmoid: return .sigmoid
    case .identity, .reshape, .flatten, .squeeze, .unsqueeze, .cast, .transpose, .concat, .slice:
      return node.inputs.first.flatMap { $0 }.map(values) ?? .any
    default: return .any
    }
  }

  /// Whether an exponential stands between the last convolutions and a value.
  private func takesExponential(_ value: ValueID) -> Bool {
    var waiting = [value], seen: Set<ValueID> = []
    while let id = waiting.popLast() {
      guard seen.insert(id).inserted, let node = producer(of: id) else { continue }
      switch node.op {
      case .exp: return true
      case .conv, .convTranspose, .gemm, .matMul: continue
      default: waiting += node.inputs.compactMap { $0 }
      }
    }
    return false
  }
}
