import O2MOps
import O2MTensor

extension Session {
  /// Prepares a picture for the input that the bundle names, runs the model, and writes the class of every pixel, row by row.
  ///
  /// - Parameters:
  ///   - map: `width` · `height` bytes, which show the whole stored picture at that size; 255 is what the model did not see, beside a crop.
  /// - Errors: those of `setPicture` and `run`; `.noTask` where the bundle says nothing of such a map; `.picture(.argument)` where a side
  ///   is not in 1...8192.
  public func segment(_ pixels: Pixels, into map: UnsafeMutablePointer<UInt8>, width: Int, height: Int) throws(RunFault) {
    try setPicture(pixels, input: classMapTask().input)
    try run()
    try fillClassMap(map, width: width, height: height)
  }

  /// The map of the last run, over the picture that the input was prepared from last, else over the input.
  public func fillClassMap(_ map: UnsafeMutablePointer<UInt8>, width: Int, height: Int) throws(RunFault) {
    guard Included.has(.classMap) else { throw .noTask(.classMap) }
    let mapper = try classMapper(width, height)
    guard let output = output(try classMapTask().output).baseAddress else { return }
    mapper.fill(map, from: output)
  }

  /// The map, of the size of a picture of this form that somebody else prepared, else of the input.
  package func classMap(in form: Pixels.Form?) throws(RunFault) -> (map: [UInt8], extent: Extent) {
    let task = try classMapTask()
    if let form { try assume(form, input: task.input) } else { pictures.last = nil }
    let extent = geometry(task.input, task.layout).stored
    var map = [UInt8](repeating: PictureTask.ClassMap.unseen, count: extent.width * extent.height)
    try map.withUnsafeMutableBufferPointer { (map) throws(RunFault) in
      if let start = map.baseAddress { try fillClassMap(start, width: extent.width, height: extent.height) }
    }
    return (map, extent)
  }

  func classMapTask() throws(RunFault) -> PictureTask.ClassMap {
    guard let task = try pictureTask().classMap else { throw .noTask(.classMap) }
    return task
  }

  private func classMapper(_ width: Int, _ height: Int) throws(RunFault) -> ClassMapper {
    let task = try classMapTask(), geometry = geometry(task.input, task.layout)
    if let kept = pictures.mapper, kept.geometry == geometry, kept.width == width, kept.height == height { return kept }
    let limit = Preprocessing.longestSide
    for side in [width, height] where !(1...limit).contains(side) { throw .picture(.argument(.mapSide, found: side, limit: limit)) }
    let type = outputType(task.output)
    guard let mapper = ClassMapper(task, type, geometry, width: width, height: height) else { throw .noTask(.classMap) }
    pictures.mapper = mapper
    return mapper
  }
}
