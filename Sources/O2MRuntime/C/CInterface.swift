import CO2MPlatform
import O2MOps
import O2MTensor

// The functions of include/o2m.h, which documents them. Handles are retained references.

func model(_ handle: OpaquePointer?) -> Model? {
  handle.map { Unmanaged<Model>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

func session(_ handle: OpaquePointer?) -> Session? {
  handle.map { Unmanaged<Session>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
}

/// Calls `body` with a session that no other thread uses meanwhile, and returns the code of what goes wrong.
func using(
  _ handle: OpaquePointer?, _ error: UnsafeMutableRawPointer?, _ body: (Session) throws(RunFault) -> CError
) -> Int32 {
  guard let session = session(handle) else { return CError.null.returned(error) }
  guard session.enter() else { return CError(.busy).returned(error) }
  defer { session.leave() }
  var result = CError.ok
  do throws(RunFault) { result = try body(session) } catch { result = CError(error) }
  return result.returned(error)
}

/// `O2M_TRUSTED` of o2m.h.
package let trustedFlag: UInt32 = 1

/// Opens what `bytes` makes and hands out a handle, or nil with the error.
package func openModel(
  _ flags: UInt32, _ error: UnsafeMutableRawPointer?, _ bytes: () throws(RunFault) -> BundleBytes
) -> OpaquePointer? {
  guard flags & ~trustedFlag == 0 else {
    CError.argument(Int(truncatingIfNeeded: flags), limit: Int(trustedFlag)).store(error)
    return nil
  }
  do throws(RunFault) {
    let model = try Model(bytes(), trusted: flags & trustedFlag != 0)
    CError.ok.store(error)
    return OpaquePointer(Unmanaged.passRetained(model).toOpaque())
  } catch let fault {
    CError(fault).store(error)
    return nil
  }
}

@c(o2m_error_text)
public func cErrorText(_ error: UnsafeRawPointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  copyText(error.map { CError(loading: $0).text } ?? CError.ok.text, text, capacity)
}

@c(o2m_model_open)
public func cModelOpen(_ path: UnsafePointer<CChar>?, _ flags: UInt32, _ error: UnsafeMutableRawPointer?) -> OpaquePointer? {
  guard let path else {
    CError.null.store(error)
    return nil
  }
  return openModel(flags, error) { () throws(RunFault) in try BundleBytes(mapping: path) }
}

@c(o2m_model_open_descriptor)
public func cModelOpenDescriptor(
  _ file: Int32, _ offset: UInt64, _ size: UInt64, _ flags: UInt32, _ error: UnsafeMutableRawPointer?
) -> OpaquePointer? {
  openModel(flags, error) { () throws(RunFault) in try BundleBytes(mapping: file, offset: offset, count: size) }
}

@c(o2m_model_from_memory)
public func cModelFromMemory(
  _ bytes: UnsafeRawPointer?, _ size: Int, _ flags: UInt32, _ error: UnsafeMutableRawPointer?
) -> OpaquePointer? {
  guard let bytes, size >= 0 else {
    CError.null.store(error)
    return nil
  }
  return openModel(flags, error) { () throws(RunFault) in BundleBytes(borrowing: UnsafeRawBufferPointer(start: bytes, count: size)) }
}

@c(o2m_model_close)
public func cModelClose(_ handle: OpaquePointer?) {
  if let handle { Unmanaged<Model>.fromOpaque(UnsafeRawPointer(handle)).release() }
}

@c(o2m_model_input_count)
public func cInputCount(_ handle: OpaquePointer?) -> UInt32 { UInt32(model(handle)?.manifest.inputs.count ?? 0) }

@c(o2m_model_output_count)
public func cOutputCount(_ handle: OpaquePointer?) -> UInt32 { UInt32(model(handle)?.manifest.outputs.count ?? 0) }

private func portName(
  _ ports: [Manifest.Port]?, _ index: UInt32, _ name: UnsafeMutablePointer<CChar>?, _ capacity: Int
) -> Int {
  guard let ports, index < UInt32(ports.count) else { return copyText("", name, capacity) }
  return copyText(ports[Int(index)].$name, name, capacity)
}

@c(o2m_model_input_name)
public func cInputName(_ handle: OpaquePointer?, _ index: UInt32, _ name: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  portName(model(handle)?.manifest.inputs, index, name, capacity)
}

@c(o2m_model_output_name)
public func cOutputName(_ handle: OpaquePointer?, _ index: UInt32, _ name: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  portName(model(handle)?.manifest.outputs, index, name, capacity)
}

/// The node of that number; nil where there is none.
private func node(_ model: Model?, _ index: UInt64) -> FlatGraph.Node? {
  model.flatMap { index < UInt64($0.graph.nodes.count) ? $0.graph.nodes[Int(index)] : nil }
}

@c(o2m_model_node_operator)
public func cNodeOperator(_ handle: OpaquePointer?, _ index: UInt64, _ name: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  copyText(node(model(handle), index).map { "\($0.code.name)" } ?? UTF8Text(), name, capacity)
}

@c(o2m_model_node_output)
public func cNodeOutput(_ handle: OpaquePointer?, _ index: UInt64, _ name: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  let model = model(handle)
  return copyText(node(model, index).flatMap { model?.names?.text(of: $0.outputs.lowerBound) } ?? "", name, capacity)
}

@c(o2m_model_label_count)
public func cLabelCount(_ handle: OpaquePointer?) -> UInt32 { UInt32(model(handle)?.manifest.$labels.count ?? 0) }

@c(o2m_model_label)
public func cLabel(_ handle: OpaquePointer?, _ index: UInt32, _ label: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
  guard let labels = model(handle)?.manifest.$labels, index < UInt32(labels.count) else { return copyText("", label, capacity) }
  return copyText(labels[Int(index)], label, capacity)
}

/// Writes the 88 bytes of an `o2m_tensor`.
private func storeTensor(_ ports: [Manifest.Port]?, _ index: UInt32, _ target: UnsafeMutableRawPointer?) -> Int32 {
  guard let ports, index < UInt32(ports.count) else { return CError.Code.argument.rawValue }
  return storeTensor(ports[Int(index)].type, target)
}

private func storeTensor(_ type: TypedShape, _ target: UnsafeMutableRawPointer?) -> Int32 {
  guard let target else { return CError.Code.argument.rawValue }
  target.storeBytes(of: Int32(type.element.rawValue), as: Int32.self)
  target.storeBytes(of: UInt32(type.shape.rank), toByteOffset: 4, as: UInt32.self)
  for axis in 0..<BundleFormat.maximumRank {
    target.storeBytes(of: axis < type.shape.rank ? UInt64(type.shape[axis]) : 0, toByteOffset: 8 + 8 * axis, as: UInt64.self)
  }
  target.storeBytes(of: UInt64(type.byteCount), toByteOffset: 72, as: UInt64.self)
  target.storeBytes(of: UInt64(type.shape.count), toByteOffset: 80, as: UInt64.self)
  return CError.Code.ok.rawValue
}

@c(o2m_model_input)
public func cInputType(_ handle: OpaquePointer?, _ index: UInt32, _ tensor: UnsafeMutableRawPointer?) -> Int32 {
  storeTensor(model(handle)?.manifest.inputs, index, tensor)
}

@c(o2m_model_output)
public func cOutputType(_ handle: OpaquePointer?, _ index: UInt32, _ tensor: UnsafeMutableRawPointer?) -> Int32 {
  storeTensor(model(handle)?.manifest.outputs, index, tensor)
}

@c(o2m_model_arena_bytes)
public func cArenaBytes(_ handle: OpaquePointer?) -> Int { model(handle)?.plan.arenaBytes ?? 0 }

/// A pool takes at most this many threads.
private let threadLimit = 1024

private let sharesInputsFlag: UInt32 = 1

@c(o2m_session_create)
public func cSessionCreate(_ handle: OpaquePointer?, _ threads: UInt32, _ error: UnsafeMutableRawPointer?) -> OpaquePointer? {
  cSessionCreateWith(handle, threads, 0, error)
}

@c(o2m_session_create_with)
public func cSessionCreateWith(
  _ handle: OpaquePointer?, _ threads: UInt32, _ flags: UInt32, _ error: UnsafeMutableRawPointer?
) -> OpaquePointer? {
  let wrong: CError? =
    if model(handle) == nil {
      .null
    } else if threads > threadLimit {
      .argument(Int(truncatingIfNeeded: threads), limit: threadLimit)
    } else if flags & ~sharesInputsFlag != 0 {
      .argument(Int(truncatingIfNeeded: flags), limit: Int(sharesInputsFlag))
    } else {
      nil
    }
  guard wrong == nil, let model = model(handle) else {
    wrong?.store(error)
    return nil
  }
  do throws(RunFault) {
    let count = Int(threads == 0 ? o2m_cpu_count() : threads)
    let session = try Session(model, threads: count, sharesInputs: flags & sharesInputsFlag != 0)
    CError.ok.store(error)
    return OpaquePointer(Unmanaged.passRetained(session).toOpaque())
  } catch let fault {
    CError(fault).store(error)
    return nil
  }
}

/// The rank that stands for the shape that follows from those of the other inputs.
private let followingRank = UInt32.max

/// Reads the shapes of `count` times 88 bytes; nil where a rank or an extent is none.
private func loadShapes(_ source: UnsafeRawPointer, _ count: Int, _ model: Model) -> [Shape]? {
  var shapes: [Shape?] = []
  for index in 0..<count {
    let tensor = source + 88 * index, rank = tensor.load(fromByteOffset: 4, as: UInt32.self)
    if rank == followingRank, model.state.output(for: index) != nil {
      shapes.append(nil)
      continue
    }
    guard rank <= UInt32(BundleFormat.maximumRank) else { return nil }
    var dims: [Int] = []
    for axis in 0..<Int(rank) {
      guard let extent = Int(exactly: tensor.load(fromByteOffset: 8 + 8 * axis, as: UInt64.self)) else { return nil }
      dims.append(extent)
    }
    shapes.append(Shape(dims))
  }
  return model.shapes(following: shapes)
}

@c(o2m_session_resize)
public func cSessionResize(
  _ handle: OpaquePointer?, _ shapes: UnsafeRawPointer?, _ count: UInt32, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  using(handle, error) { (session) throws(RunFault) in
    let inputs = session.model.plan.inputs.count
    guard count == UInt32(inputs), shapes != nil || count == 0 else { return .argument(Int(truncatingIfNeeded: count), limit: inputs) }
    guard let given = shapes.map({ loadShapes($0, Int(count), session.model) }) ?? [] else {
      return .argument(BundleFormat.maximumRank + 1, limit: BundleFormat.maximumRank)
    }
    try session.resize(given)
    return .ok
  }
}

@c(o2m_session_input_shape)
public func cSessionInputShape(_ handle: OpaquePointer?, _ index: UInt32, _ tensor: UnsafeMutableRawPointer?) -> Int32 {
  guard let session = session(handle), index < UInt32(session.model.plan.inputs.count) else { return CError.Code.argument.rawValue }
  return storeTensor(session.inputType(Int(index)), tensor)
}

@c(o2m_session_output_shape)
public func cSessionOutputShape(_ handle: OpaquePointer?, _ index: UInt32, _ tensor: UnsafeMutableRawPointer?) -> Int32 {
  guard let session = session(handle), index < UInt32(session.model.plan.outputs.count) else { return CError.Code.argument.rawValue }
  return storeTensor(session.outputType(Int(index)), tensor)
}

@c(o2m_session_cancel)
public func cSessionCancel(_ handle: OpaquePointer?) { session(handle)?.cancel() }

/// Writes the 40 bytes of an `o2m_self_test`.
private func store(_ test: SelfTest, _ target: UnsafeMutableRawPointer?) {
  guard let target else { return }
  target.storeBytes(of: UInt32(truncatingIfNeeded: test.cases), as: UInt32.self)
  target.storeBytes(of: UInt32(truncatingIfNeeded: test.failures), toByteOffset: 4, as: UInt32.self)
  target.storeBytes(of: UInt64(test.values), toByteOffset: 8, as: UInt64.self)
  target.storeBytes(of: test.maxError, toByteOffset: 16, as: Double.self)
  target.storeBytes(of: test.sqnr, toByteOffset: 24, as: Double.self)
  target.storeBytes(of: test.share, toByteOffset: 32, as: Double.self)
}

@c(o2m_model_self_test)
public func cSelfTest(
  _ handle: OpaquePointer?, _ threads: UInt32, _ result: UnsafeMutableRawPointer?, _ error: UnsafeMutableRawPointer?
) -> Int32 {
  var outcome = CError.noCertificate
  store(SelfTest(), result)
  if let model = model(handle), threads <= threadLimit {
    do throws(RunFault) {
      if let test = try Session(model, threads: Int(threads == 0 ? o2m_cpu_count() : threads)).selfTest() {
        store(test, result)
        outcome = test.passed ? .ok : .selfTest(test, outputs: model.graph.outputs.count)
      }
    } catch { outcome = CError(error) }
  } else {
    outcome = .argument(Int(truncatingIfNeeded: threads), limit: handle == nil ? 1 : threadLimit)
  }
  return outcome.returned(error)
}

@c(o2m_session_destroy)
public func cSessionDestroy(_ handle: OpaquePointer?) {
  if let handle { Unmanaged<Session>.fromOpaque(UnsafeRawPointer(handle)).release() }
}

@c(o2m_session_input)
public func cSessionInput(_ handle: OpaquePointer?, _ index: UInt32) -> UnsafeMutableRawPointer? {
  guard let session = session(handle), index < UInt32(session.model.plan.inputs.count) else { return nil }
  return session.input(Int(index)).baseAddress
}

@c(o2m_session_run)
public func cSessionRun(_ handle: OpaquePointer?, _ error: UnsafeMutableRawPointer?) -> Int32 {
  using(handle, error) { (session) throws(RunFault) in
    try session.run()
    return .ok
  }
}

@c(o2m_session_output)
public func cSessionOutput(_ handle: OpaquePointer?, _ index: UInt32) -> UnsafeRawPointer? {
  guard let session = session(handle), index < UInt32(session.model.plan.outputs.count) else { return nil }
  return session.output(Int(index)).baseAddress
}
