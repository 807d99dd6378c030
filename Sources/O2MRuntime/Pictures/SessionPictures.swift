import O2MOps

/// What a session keeps of the pictures that it was given.
struct SessionPictures {
  /// What the bundle says, once it was asked.
  fileprivate var task: PictureTask?
  fileprivate var plans: [(input: Int, plan: PicturePlan)] = []
  /// Where the picture that was prepared last lies in its input.
  var last: (input: Int, geometry: PictureGeometry)?
  /// What finds boxes, and what replaces the bundle's limits.
  var boxes: BoxFinder?
  var score: Float?
  var overlap: Float?
  var mapper: ClassMapper?

  /// A camera gives pictures of few forms: as it is held, and of the other side.
  fileprivate static let mostPlans = 4

  /// Drops what was made for other shapes: also what the bundle says, which is to be checked against the new ones.
  mutating func forgetShapes() { (task, plans, last, boxes, mapper) = (nil, [], nil, nil, nil) }
}

extension Session {
  /// Prepares a picture as the bundle says, and writes it to an input.
  ///
  /// The first picture of a form allocates tables and memory to work in, which the session keeps; then nothing is allocated.
  ///
  /// - Errors: `.picture`; `.memory`; `.format` where what the bundle says cannot be read.
  public func setPicture(_ pixels: Pixels, input index: Int) throws(RunFault) {
    precondition(model.graph.inputCount > index)
    guard Included.has(.pictures) else { throw .picture(.unprepared) }
    let plan = try plan(pixels.form, index), target = input(index)
    guard let start = target.baseAddress else { return }
    do throws(PictureFault) { try plan.fill(start, from: pixels) } catch { throw .picture(error) }
    pictures.last = (index, plan.geometry)
  }

  private func plan(_ form: Pixels.Form, _ index: Int) throws(RunFault) -> PicturePlan {
    for (input, plan) in pictures.plans where input == index && plan.form == form { return plan }
    guard let preprocessing = try pictureTask().preprocessing else { throw .picture(.unprepared) }
    let plan = try PicturePlan(preprocessing, form, filling: inputType(index))
    if pictures.plans.count == SessionPictures.mostPlans { pictures.plans.removeFirst() }
    pictures.plans.append((index, plan))
    return plan
  }

  /// What the bundle says of pictures; nothing where it has no such section.
  func pictureTask() throws(RunFault) -> PictureTask {
    guard Included.has(.pictures) else { return PictureTask() }
    if let task = pictures.task { return task }
    let read: PictureTask?
    do throws(FormatFault) { read = try model.section(PictureTask.self, of: graph) } catch { throw .format(error) }
    let task = read ?? PictureTask()
    pictures.task = task
    return task
  }
}
