import CO2MKernels
import O2MOps
import O2MTensor
import Testing

/// Runs one operator's kernel as a planner would: layouts by the operator's choice, constants packed, everything else converted.
struct KernelRun {
  var constants: [Int] = []
  /// The layout in which computed inputs of rank 3 and above lie before the operator is asked.
  var layout = Layout.channelsLast
  /// Elements left free behind each pixel of channels-last operands.
  var gap = 0
  var threads = 1
  var precision = WeightPrecision.float32
  /// Whether the first output takes the memory of input 0.
  var inPlace = false

  /// The kernel's outputs, plain.
  func outputs(_ op: Op, _ inputs: [Tensor?]) throws -> [Tensor] {
    let results = try op.infer(inputs.facts).map { ($0.element, try #require($0.shape)) }
    let facts = inputs.indices.map { index in
      inputs[index].map {
        OperandFact(
          TypedShape($0.element, $0.shape), layout: $0.shape.rank >= 3 && !constants.contains(index) ? layout : .plain,
          isConstant: constants.contains(index))
      }
    }
    let choice = op.layouts(facts, outputs: results.count)
    let rank = inputs.map { $0?.shape.rank ?? 0 }.max() ?? 0

    var kept: [Buffer] = []
    var operands: [Operand?] = []
    var addresses: [UnsafeMutableRawPointer?] = []
    for (index, tensor) in inputs.enumerated() {
      guard let tensor else {
        operands.append(nil)
        addresses.append(nil)
        continue
      }
      let layout = constants.contains(index) ? op.weightLayouts(of: index, facts)[0] : .plain
      if layout != .plain {
        let (operand, buffers) = packed(tensor, layout)
        operands.append(operand)
        addresses.append(buffers[0].bytes.baseAddress)
        kept += buffers
        continue
      }
      let isPadded = constants.contains(index) && choice.inputs[index] == .channelsLast
      let value = isPadded ? tensor.reshaped(tensor.shape.padded(to: rank)) : tensor
      let buffer = Buffer(value.element, value.shape, choice.inputs[index], gap: constants.contains(index) ? 0 : gap)
      buffer.store(value)
      var operand = buffer.operand
      if constants.contains(index) { operand.constant = UnsafeRawPointer(buffer.bytes.baseAddress) }
      operands.append(operand)
      addresses.append(buffer.bytes.baseAddress)
      kept.append(buffer)
    }
    let targets = results.indices.map { index in
      inPlace && index == 0
        ? kept[0] : Buffer(results[index].0, results[index].1, choice.outputs[index], gap: gap)
    }
    let kernel = try op.kernel(KernelSite(inputs: operands, outputs: targets.map(\.operand), threads: threads))
    if case .reference = kernel { Issue.record("\(op.name) has no kernel for these operands") }

    let scratch = Buffer(.uint8, [kernel.scratchBytes + 64], .plain, gap: 0)
    let pool = threads > 1 ? o2m_pool_create(UInt32(threads)) : nil
    defer { o2m_pool_destroy(pool) }
    var ins = addresses.map { $0.map { UnsafeRawPointer($0) } }
    var outs: [UnsafeMutableRawPointer?] = targets.map { $0.bytes.baseAddress }
    try ins.withUnsafeMutableBufferPointer { ins in
      try outs.withUnsafeMutableBufferPointer { outs in
        try kernel.run(
          KernelMemory(inputs: ins.baseAddress!, outputs: outs.baseAddress!, scratch: scratch.bytes.baseAddress, pool: pool))
      }
    }
    withExtendedLifetime(kept) {}
    for buffer in targets + [scratch] { #expect(buffer.isIntact, "\(op.name) wrote past an operand") }
    return targets.map { $0.load() }
  }

  /// A constant as the bundle stores it, with its scales.
  private func packed(_ tensor: Tensor, _ layout: WeightLayout) -> (Operand, [Buffer]) {
    let precision = layout.packing.isWeights ? precision : .float32
    let elements: [WeightPrecision: ElementType] = [.float32: .float32, .float16: .float16, .int8: .int8]
    let buffer = Buffer(elements[precision]!, [layout.elements], .plain, gap: 0)
    // int8 tests use weights that are whole numbers; each channel's scale is 1/64.
    let scales = Buffer(.float32, [layout.vector.elements], .plain, gap: 0)
    switch precision {
    case .float32: buffer.store(layout.packed(tensor.floats.map(\.bitPattern)))
    case .float16: buffer.store(layout.packed(tensor.floats.map { Float16($0).bitPattern }))
    case .int8:
      buffer.store(layout.packed(tensor.floats.map { Int8($0 * 64) }))
      let scale = Float(1) / 64
      scales.store(layout.vector.packed([Float](repeating: scale, count: layout.channels).map(\.bitPattern), padding: Float(1).bitPattern))
    }
    let operand = Operand(
      TypedShape(.float32, tensor.shape), constant: buffer.bytes.baseAddress, packing: layout.packing, precision: precision,
      scales: precision == .int8 ? UnsafePointer(scales.floats) : nil)
    return (operand, [buffer, scales])
  }
}

/// Memory for one operand with a guard behind it; NaN where nothing was stored.
final class Buffer {
  let operand: Operand
  let bytes: UnsafeMutableRawBufferPointer
  private let used: Int
  private static let guardBytes = 256

  init(_ element: ElementType, _ shape: Shape, _ layout: Layout, gap: Int) {
    let channels = shape.rank >= 2 ? shape[1] : 1
    let spreads = layout == .channelsLast && shape.rank >= 3
    operand = Operand(TypedShape(element, shape), layout: layout, pitch: channels + (spreads ? gap : 0))
    used = (spreads && channels > 0 ? shape.count / channels * operand.pitch : shape.count) * element.size
    bytes = UnsafeMutableRawBufferPointer(start: o2m_allocate(used + Self.guardBytes), count: used + Self.guardBytes)
    bytes.initializeMemory(as: UInt8.self, repeating: 0xFF)
  }

  deinit { o2m_free(bytes.baseAddress) }

  var floats: UnsafeMutablePointer<Float> { bytes.baseAddress!.assumingMemoryBound(to: Float.self) }
  var isIntact: Bool { bytes[used...].allSatisfy { $0 == 0xFF } }

  func store(_ tensor: Tensor) {
    convert(tensor.storage.bytes.baseAddress, Operand(TypedShape(tensor.element, tensor.shape)), bytes.baseAddress, operand)
  }

  func store<T>(_ values: [T]) { values.withUnsafeBytes { bytes.baseAddress!.copyMemory(from: $0.baseAddress!, byteCount: $0.count) } }

  func load() -> Tensor {
    let storage = TensorStorage(byteCount: operand.shape.count * operand.element.size)
    convert(bytes.baseAddress, operand, storage.bytes.baseAddress, Operand(operand.type))
    return Tensor(operand.element, operand.shape, storage: storage)
  }

  private func convert(_ from: UnsafeMutableRawPointer?, _ source: Operand, _ to: UnsafeMutableRawPointer?, _ target: Operand) {
    guard source.shape.count > 0 else { return }
    let kernel = layoutConversion(from: source, to: target)
    if case .alias = kernel {
      to?.copyMemory(from: from!, byteCount: source.shape.count * source.element.size)
      return
    }
    var ins = [from.map { UnsafeRawPointer($0) }], outs = [to]
    try? ins.withUnsafeMutableBufferPointer { ins in
      try outs.withUnsafeMutableBufferPointer { outs in
        try kernel.run(KernelMemory(inputs: ins.baseAddress!, outputs: outs.baseAddress!, scratch: nil, pool: nil))
      }
    }
  }
}
