import O2MOps

extension Pixels {
  /// Reads an `o2m_image` of o2m.h: twelve 32-bit fields, three pointers, three lengths.
  init(loading image: UnsafeRawPointer) throws(RunFault) {
    func field(_ index: Int) -> UInt32 { image.load(fromByteOffset: 4 * index, as: UInt32.self) }
    func length(_ index: Int) -> Int { Int(truncatingIfNeeded: field(index) & 0x7FFF_FFFF) }
    func option<Option: CaseIterable & RawRepresentable<UInt32>>(_: Option.Type, _ index: Int) throws(RunFault) -> Option {
      guard let option = Option(rawValue: field(index)) else {
        throw .picture(.argument(.option, found: length(index), limit: Option.allCases.count - 1))
      }
      return option
    }
    var form = Form(try option(Format.self, 0), Extent(width: length(5), height: length(6)))
    form.matrix = try option(Matrix.self, 1)
    form.range = try option(Range.self, 2)
    form.rotation = length(3)
    form.isMirrored = field(4) != 0
    if field(9) != 0 || field(10) != 0 {
      form.crop = (length(7), length(8), Extent(width: length(9), height: length(10)))
    }
    let pointer = MemoryLayout<UnsafeRawPointer>.size, lengths = 48 + 3 * pointer
    func plane(_ index: Int) -> UnsafePointer<UInt8>? {
      image.load(fromByteOffset: 48 + index * pointer, as: UnsafePointer<UInt8>?.self)
    }
    func stride(_ index: Int) -> Int { image.load(fromByteOffset: lengths + index * pointer, as: Int.self) }
    self.init(form, planes: (plane(0), plane(1), plane(2)), strides: (stride(0), stride(1), stride(2)))
  }
}

@c(o2m_session_set_image)
public func cSetImage(_ handle: OpaquePointer?, _ index: UInt32, _ image: UnsafeRawPointer?, _ error: UnsafeMutableRawPointer?) -> Int32 {
  guard let image else { return CError.null.returned(error) }
  return using(handle, error) { (session) throws(RunFault) in
    let inputs = session.model.graph.inputCount
    guard index < UInt32(inputs) else { return .argument(Int(index), limit: inputs) }
    try session.setPicture(try Pixels(loading: image), input: Int(index))
    return .ok
  }
}

@c(o2m_session_classify)
public func cClassify(
  _ handle: OpaquePointer?, _ image: UnsafeRawPointer?, _ top: UInt32, _ classes: UnsafeMutableRawPointer?,
  _ count: UnsafeMutablePointer<UInt32>?, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  count?.pointee = 0
  guard let classes else { return CError.null.returned(error) }
  return using(handle, error) { (session) throws(RunFault) in
    if let image { try session.setPicture(try Pixels(loading: image)) }
    try session.run()
    let best = try session.bestClasses(Int(truncatingIfNeeded: min(top, UInt32(Int32.max))))
    for (index, item) in best.enumerated() {
      classes.storeBytes(of: UInt32(truncatingIfNeeded: item.index), toByteOffset: 8 * index, as: UInt32.self)
      classes.storeBytes(of: Float(item.share), toByteOffset: 8 * index + 4, as: Float.self)
    }
    count?.pointee = UInt32(best.count)
    return .ok
  }
}
