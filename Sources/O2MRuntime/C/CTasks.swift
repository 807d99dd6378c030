// Boxes and maps of classes, for o2m.h.

import O2MOps

/// `O2M_TASK_NONE` and what follows; a section that cannot be read says nothing.
@c(o2m_model_task)
public func cModelTask(_ handle: OpaquePointer?) -> UInt32 {
  guard let model = model(handle) else { return 0 }
  let task: PictureTask?
  do throws(FormatFault) { task = try model.section(PictureTask.self) } catch { return 0 }
  return UInt32((task?.kind ?? .none).rawValue)
}

/// Prepares the picture, where there is one, for an input, and runs the model.
private func run(_ session: Session, _ image: UnsafeRawPointer?, input: Int) throws(RunFault) {
  if let image { try session.setPicture(try Pixels(loading: image), input: input) }
  try session.run()
}

@c(o2m_session_detect)
public func cDetect(
  _ handle: OpaquePointer?, _ image: UnsafeRawPointer?, _ most: UInt32, _ boxes: UnsafeMutableRawPointer?,
  _ count: UnsafeMutablePointer<UInt32>?, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  count?.pointee = 0
  guard let boxes else { return CError.null.returned(error) }
  return using(handle, error) { (session) throws(RunFault) in
    try run(session, image, input: session.boxFinder().task.input)
    let found = try session.findBoxes(Int(truncatingIfNeeded: min(most, UInt32(Int32.max))))
    for (index, box) in found.enumerated() {
      let place = 24 * index
      boxes.storeBytes(of: UInt32(truncatingIfNeeded: box.label), toByteOffset: place, as: UInt32.self)
      boxes.storeBytes(of: box.score, toByteOffset: place + 4, as: Float.self)
      boxes.storeBytes(of: box.x, toByteOffset: place + 8, as: Float.self)
      boxes.storeBytes(of: box.y, toByteOffset: place + 12, as: Float.self)
      boxes.storeBytes(of: box.width, toByteOffset: place + 16, as: Float.self)
      boxes.storeBytes(of: box.height, toByteOffset: place + 20, as: Float.self)
    }
    count?.pointee = UInt32(found.count)
    return .ok
  }
}

@c(o2m_session_set_box_limits)
public func cSetBoxLimits(_ handle: OpaquePointer?, _ score: Float, _ overlap: Float, _ error: UnsafeMutableRawPointer?) -> Int32 {
  using(handle, error) { (session) throws(RunFault) in
    // What is negative stays as the bundle says; NaN is above every limit.
    guard score <= 1, overlap <= 1 else { return .argument(2, limit: 1) }
    session.setBoxLimits(score: score < 0 ? nil : score, overlap: overlap < 0 ? nil : overlap)
    return .ok
  }
}

@c(o2m_session_segment)
public func cSegment(
  _ handle: OpaquePointer?, _ image: UnsafeRawPointer?, _ map: UnsafeMutablePointer<UInt8>?, _ width: UInt32, _ height: UInt32,
  _ error: UnsafeMutableRawPointer?
) -> Int32 {
  guard let map else { return CError.null.returned(error) }
  return using(handle, error) { (session) throws(RunFault) in
    try run(session, image, input: session.classMapTask().input)
    try session.fillClassMap(map, width: Int(truncatingIfNeeded: width), height: Int(truncatingIfNeeded: height))
    return .ok
  }
}
