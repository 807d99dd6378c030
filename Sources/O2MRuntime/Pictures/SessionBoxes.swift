import O2MOps
import O2MTensor

extension Session {
  /// Prepares a picture for the input that the bundle names, runs the model, and gives the boxes that it sees, best first.
  ///
  /// The bundle says which boxes count, unless `setBoxLimits` did.
  ///
  /// - Errors: those of `setPicture` and `run`; `.noTask` where the bundle says nothing of boxes.
  public func detect(_ pixels: Pixels, most: Int = .max) throws(RunFault) -> [DetectedBox] {
    let finder = try boxFinder()
    try setPicture(pixels, input: finder.task.input)
    try run()
    return Array(try findBoxes(most))
  }

  /// The boxes of the last run, in pixels of the picture that the input was prepared from last, else of the input.
  public func boxes(most: Int = .max) throws(RunFault) -> [DetectedBox] { Array(try findBoxes(most)) }

  /// The same in pixels of a picture of this form that somebody else prepared, else of the input.
  package func boxes(in form: Pixels.Form?, most: Int = .max) throws(RunFault) -> [DetectedBox] {
    let input = try boxFinder().task.input
    if let form { try assume(form, input: input) } else { pictures.last = nil }
    return try boxes(most: most)
  }

  /// Takes a picture of this form for the one that stands in an input.
  func assume(_ form: Pixels.Form, input: Int) throws(RunFault) {
    let preprocessing = try pictureTask().preprocessing ?? Preprocessing()
    do throws(PictureFault) { pictures.last = (input, try PictureGeometry(preprocessing, form)) } catch { throw .picture(error) }
  }

  /// Replaces what the bundle says; nil leaves that as it is.
  ///
  /// - Parameters:
  ///   - score: the least score of a box, 0...1.
  ///   - overlap: boxes whose intersection is a greater share of their union are one object, 0...1.
  public func setBoxLimits(score: Float?, overlap: Float?) {
    (pictures.score, pictures.overlap) = (score, overlap)
  }

  /// The same without a copy: they stay until the next call.
  func findBoxes(_ most: Int) throws(RunFault) -> UnsafeBufferPointer<DetectedBox> {
    guard Included.has(.boxes) else { throw .noTask(.boxes) }
    let finder = try boxFinder(), task = finder.task
    let limits = BoxLimits(
      score: pictures.score ?? Float(task.score), overlap: pictures.overlap ?? Float(task.overlap), most: max(0, most))
    return finder.find(limits, geometry(task.input, task.layout)) { output($0).baseAddress ?? UnsafeRawPointer(bitPattern: 64)! }
  }

  func boxFinder() throws(RunFault) -> BoxFinder {
    guard Included.has(.boxes) else { throw .noTask(.boxes) }
    if let finder = pictures.boxes { return finder }
    guard let task = try pictureTask().boxes else { throw .noTask(.boxes) }
    let graph = graph
    let finder = try BoxFinder(
      task, outputs: graph.outputs.map { graph.values[$0] }, input: graph.values[task.input].shape.extent(task.layout))
    pictures.boxes = finder
    return finder
  }

  /// Where the pixels of an input came from last.
  func geometry(_ input: Int, _ layout: Preprocessing.AxisOrder) -> PictureGeometry {
    if let last = pictures.last, last.input == input { return last.geometry }
    return PictureGeometry(input: inputType(input).shape.extent(layout))
  }
}

extension PictureTask.Boxes {
  /// The boxes in a model's outputs, in pixels of the input, whose extents these are.
  package func boxes(in outputs: [Tensor], input shape: Shape) throws(RunFault) -> [DetectedBox] {
    let extent = shape.extent(layout)
    let finder = try BoxFinder(self, outputs: outputs.map { TypedShape($0.element, $0.shape) }, input: extent)
    let limits = BoxLimits(score: Float(score), overlap: Float(overlap), most: most)
    return withExtendedLifetime(outputs) {
      Array(
        finder.find(limits, PictureGeometry(input: extent)) { index in
          outputs[index].storage.bytes.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(bitPattern: 64)!
        })
    }
  }
}
