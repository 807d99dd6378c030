internal import CO2MRuntime

/// A model of the runtime, and the memory that it lies in. It never changes, so that any thread may use it.
package final class ModelHandle: @unchecked Sendable {
  package let pointer: OpaquePointer
  /// The bytes that the model uses, where they are this object's.
  private let memory: UnsafeMutableRawPointer?

  /// Opens what `open` gives a handle of; `place` is what its errors speak of.
  package init(at place: String, _ open: (UnsafeMutableRawPointer) -> OpaquePointer?) throws(ModelError) {
    pointer = try Self.opened(at: place, open)
    memory = nil
  }

  /// Opens a copy of `bytes`, at a multiple of 64.
  init(copying bytes: UnsafeRawBufferPointer, flags: UInt32) throws(ModelError) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 64)
    if let start = bytes.baseAddress { memory.copyMemory(from: start, byteCount: bytes.count) }
    do throws(ModelError) {
      pointer = try Self.opened(at: nil) {
        o2m_model_from_memory(memory, bytes.count, flags, $0.assumingMemoryBound(to: o2m_error.self))
      }
    } catch {
      memory.deallocate()
      throw error
    }
    self.memory = memory
  }

  private static func opened(at place: String?, _ open: (UnsafeMutableRawPointer) -> OpaquePointer?) throws(ModelError) -> OpaquePointer {
    var error = o2m_error()
    guard let pointer = open(&error) else { throw ModelError(error, at: place) }
    return pointer
  }

  deinit {
    o2m_model_close(pointer)
    memory?.deallocate()
  }

  var labels: [String] {
    (0..<o2m_model_label_count(pointer)).map { index in text { o2m_model_label(pointer, index, $0, $1) } }
  }

  var task: ModelTask { ModelTask(rawValue: o2m_model_task(pointer)) ?? .none }

  func inputs() throws(ModelError) -> [ModelPort] {
    var inputs = try ports(o2m_model_input_count(pointer), o2m_model_input, o2m_model_input_name)
    for index in inputs.indices { inputs[index].extents = inputs[index].shape.indices.map { extent(UInt32(index), UInt32($0)) } }
    let outputs = try outputs()
    for index in inputs.indices {
      let output = o2m_model_input_state(pointer, UInt32(index))
      if output != .max { inputs[index].state = outputs[Int(output)].name }
    }
    return inputs
  }

  private func extent(_ input: UInt32, _ axis: UInt32) -> ModelExtent {
    var range = o2m_range()
    _ = o2m_model_input_range(pointer, input, axis, &range)
    return ModelExtent(minimum: Int(clamping: range.minimum), maximum: Int(clamping: range.maximum), step: Int(clamping: range.step))
  }

  func outputs() throws(ModelError) -> [ModelPort] {
    try ports(o2m_model_output_count(pointer), o2m_model_output, o2m_model_output_name)
  }

  private func ports(
    _ count: UInt32, _ type: (OpaquePointer?, UInt32, UnsafeMutablePointer<o2m_tensor>?) -> Int32,
    _ name: (OpaquePointer?, UInt32, UnsafeMutablePointer<CChar>?, Int) -> Int
  ) throws(ModelError) -> [ModelPort] {
    var ports: [ModelPort] = []
    for index in 0..<count {
      var tensor = o2m_tensor()
      _ = type(pointer, index, &tensor)
      ports.append(try ModelPort(text { name(pointer, index, $0, $1) }, tensor))
    }
    return ports
  }
}
