import O2MOps
import O2MTensor

// What inputs may be, and errors that name them, for o2m.h.

extension Model {
  /// What an axis of an input may be; a minimum and a maximum that are one number where it is fixed. nil where there is no such axis.
  public func extents(input: Int, axis: Int) -> OpenShapes.Symbol? {
    guard input >= 0, input < manifest.inputs.count, axis >= 0 else { return nil }
    let shape = manifest.inputs[input].type.shape
    guard axis < shape.rank else { return nil }
    if let shapes, let symbol = shapes.axes[input][axis] { return shapes.symbols[symbol] }
    return OpenShapes.Symbol("", minimum: shape[axis], maximum: shape[axis], typical: shape[axis])
  }

  /// One English line for an error, with the names that its numbers have here.
  fileprivate func sentence(_ error: CError) -> UTF8Text {
    switch error.code {
    case .run:
      guard error.found < UInt64(graph.nodes.count) else { return error.text }
      let node = graph.nodes[Int(error.found)]
      let origin: UTF8Text = names?.text(of: node.outputs.lowerBound).map { ", which gives '\($0)'" } ?? ""
      return "\(error.text) (\(node.code.name)\(origin))"
    case .shape:
      let input = Int(truncatingIfNeeded: error.detail >> 32), axis = error.detail & 0xFFFF_FFFF
      guard error.detail != .max, input < manifest.inputs.count else { return error.text }
      let name: UTF8Text = "input '\(manifest.inputs[input].$name)'"
      if axis == UInt64(UInt32.max) { return "\(name) has \(error.expected) axes, not \(error.found)" }
      guard let extents = extents(input: input, axis: Int(axis)) else { return error.text }
      let found = Int(truncatingIfNeeded: error.found)
      return extents.contains(found)
        ? "\(name): axis \(axis) is \(found), another of its name is \(error.expected)"
        : "\(name): axis \(axis) is \(extents.range), not \(found)"
    case .state:
      let input = Int(truncatingIfNeeded: error.found), output = Int(truncatingIfNeeded: error.expected)
      guard Included.has(.state), input >= 0, input < manifest.inputs.count else { return error.text }
      let name: UTF8Text = "'\(manifest.inputs[input].$name)'"
      if error.detail == 2 {
        return "this state was saved at other extents of input \(name): resize the session to them, or reset the state"
      }
      guard error.detail == 3, output >= 0, output < manifest.outputs.count else { return error.text }
      return "at these shapes input \(name) has other extents than output '\(manifest.outputs[output].$name)', which it takes as state"
    default: return error.text
    }
  }
}

extension OpenShapes.Symbol {
  /// What it may be, in words.
  fileprivate var range: UTF8Text {
    if minimum == maximum { return "\(minimum)" }
    let steps: UTF8Text = step > 1 ? " in steps of \(step)" : ""
    return "\(minimum) to \(maximum)\(steps)"
  }
}

@c(o2m_model_input_range)
public func cInputRange(_ handle: OpaquePointer?, _ index: UInt32, _ axis: UInt32, _ range: UnsafeMutableRawPointer?) -> Int32 {
  guard let range, let extents = model(handle)?.extents(input: Int(truncatingIfNeeded: index), axis: Int(truncatingIfNeeded: axis)) else {
    return CError.Code.argument.rawValue
  }
  range.storeBytes(of: UInt64(extents.minimum), as: UInt64.self)
  range.storeBytes(of: UInt64(extents.maximum), toByteOffset: 8, as: UInt64.self)
  range.storeBytes(of: UInt64(extents.step), toByteOffset: 16, as: UInt64.self)
  return CError.Code.ok.rawValue
}

@c(o2m_model_error_text)
public func cModelErrorText(
  _ handle: OpaquePointer?, _ error: UnsafeRawPointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> Int {
  guard let error, let model = model(handle) else { return cErrorText(error, text, capacity) }
  return copyText(model.sentence(CError(loading: error)), text, capacity)
}
