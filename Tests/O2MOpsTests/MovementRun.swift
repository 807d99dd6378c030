import CO2MPlatform
import O2MOps
import O2MTensor
import Testing

/// A tensor as a kernel sees it: an operand and memory in which gaps hold a mark.
final class Placed {
  static let mark: UInt8 = 0xA5

  var operand: Operand
  let bytes: UnsafeMutableRawBufferPointer

  /// `gap` elements follow the channels of each pixel where the layout is channels last.
  init(_ element: ElementType, _ shape: Shape, layout: Layout, gap: Int = 0, from tensor: Tensor? = nil) {
    let isPitched = layout == .channelsLast && shape.rank >= 3
    operand = Operand(TypedShape(element, shape), layout: layout, pitch: isPitched ? shape[1] + gap : nil)
    let count = isPitched && shape[1] > 0 ? shape.count / shape[1] * (shape[1] + gap) : shape.count
    bytes = .allocate(byteCount: max(1, count * element.size), alignment: 64)
    bytes.initializeMemory(as: UInt8.self, repeating: Self.mark)
    guard let tensor else { return }
    visit { memory, dense in
      for byte in 0..<element.size { self.bytes[memory + byte] = tensor.withBytes { $0[dense + byte] } }
    }
  }

  deinit { bytes.deallocate() }

  private func visit(_ body: (Int, Int) -> Void) {
    let size = operand.element.size
    var walk = StridedWalk(operand.shape, strides: [Placement(operand).strides])
    for index in 0..<operand.shape.count {
      body(walk.offsets[0] * size, index * size)
      walk.advance()
    }
  }

  /// The elements in ONNX's order.
  var tensor: Tensor {
    let storage = TensorStorage(byteCount: operand.shape.count * operand.element.size)
    visit { memory, dense in for byte in 0..<self.operand.element.size { storage.bytes[dense + byte] = self.bytes[memory + byte] } }
    return Tensor(operand.element, operand.shape, storage: storage)
  }

  /// Whether no gap was written to.
  var gapsAreMarked: Bool {
    var isElement = [Bool](repeating: false, count: bytes.count)
    visit { memory, _ in for byte in 0..<self.operand.element.size { isElement[memory + byte] = true } }
    return bytes.indices.allSatisfy { isElement[$0] || bytes[$0] == Self.mark }
  }
}

/// What a kernel gave, and which it was.
struct MovementRun {
  var kernel: Kernel
  var outputs: [Tensor]
  var layouts: LayoutChoice

  var isAlias: Bool { if case .alias = kernel { true } else { false } }
  var isReference: Bool { if case .reference = kernel { true } else { false } }
}

/// Runs the device kernel of `op` with input 0 (and every input in `computed`) in `layout`; the others are constants.
func run(_ op: Op, _ inputs: [Tensor?], layout: Layout, gap: Int = 0, computed: Set<Int> = [0]) throws -> MovementRun {
  let types = try op.infer(inputs.facts)
  let facts = inputs.enumerated().map { index, tensor in
    tensor.map {
      let isComputed = computed.contains(index)
      return OperandFact(
        TypedShape($0.element, $0.shape), layout: isComputed && $0.shape.rank >= 3 ? layout : .plain, isConstant: !isComputed)
    }
  }
  let choice = op.layouts(facts, outputs: types.count)
  let rank = inputs.compactMap { $0?.shape.rank }.max() ?? 0
  let placed = zip(inputs, choice.inputs).enumerated().map { index, pair in
    pair.0.map { tensor -> Placed in
      if computed.contains(index) { return Placed(tensor.element, tensor.shape, layout: pair.1, gap: gap, from: tensor) }
      // Constants of lower rank are stored with ones in front and keep their shape.
      let shape = pair.1 == .channelsLast ? tensor.shape.padded(to: rank) : tensor.shape
      let constant = Placed(tensor.element, shape, layout: pair.1, from: tensor.reshaped(shape))
      constant.operand = Operand(TypedShape(tensor.element, tensor.shape), layout: pair.1)
      return constant
    }
  }
  let results = try zip(types, choice.outputs).map { type, layout in
    Placed(type.element, try #require(type.shape), layout: layout, gap: gap)
  }
  for (index, input) in placed.enumerated() where !computed.contains(index) {
    input?.operand.constant = input.map { UnsafeRawPointer($0.bytes.baseAddress!) }
  }
  let kernel = try op.kernel(KernelSite(inputs: placed.map { $0?.operand }, outputs: results.map(\.operand), threads: 2))
  if case .alias = kernel {
    let (from, to) = (try #require(placed[0]), results[0])
    #expect(from.bytes.count == to.bytes.count)
    withExtendedLifetime(from) { to.bytes.copyMemory(from: UnsafeRawBufferPointer(from.bytes)) }
    return MovementRun(kernel: kernel, outputs: [to.tensor], layouts: choice)
  }
  var sources = placed.map { $0.map { UnsafeRawPointer($0.bytes.baseAddress!) } }
  var targets = results.map { Optional($0.bytes.baseAddress!) }
  let scratch = UnsafeMutableRawPointer.allocate(byteCount: max(1, kernel.scratchBytes), alignment: 64)
  defer { scratch.deallocate() }
  let pool = o2m_pool_create(2)
  defer { o2m_pool_destroy(pool) }
  try sources.withUnsafeMutableBufferPointer { sources in
    try targets.withUnsafeMutableBufferPointer { targets in
      try kernel.run(KernelMemory(inputs: sources.baseAddress!, outputs: targets.baseAddress!, scratch: scratch, pool: pool))
    }
  }
  for result in results { #expect(result.gapsAreMarked) }
  withExtendedLifetime((placed, results)) {}
  return MovementRun(kernel: kernel, outputs: results.map(\.tensor), layouts: choice)
}

/// Whether the device kernel gives the reference's bits in both layouts, with and without gaps between pixels.
func expectSameBits(
  _ code: OpCode, _ node: BuiltNode, _ inputs: [Tensor?], computed: Set<Int> = [0], gaps: [Int] = [0, 3], reference: Bool = false,
  _ location: SourceLocation = #_sourceLocation
) throws {
  try expectSameBits(Op(code, node), inputs, computed: computed, gaps: gaps, reference: reference, location)
}

func expectSameBits(
  _ op: Op, _ inputs: [Tensor?], computed: Set<Int> = [0], gaps: [Int] = [0, 3], reference: Bool = false,
  _ location: SourceLocation = #_sourceLocation
) throws {
  let expected = try op.reference(inputs)
  for layout in [Layout.plain, .channelsLast] {
    for gap in layout == .plain ? [0] : gaps {
      let found = try run(op, inputs, layout: layout, gap: gap, computed: computed)
      #expect(found.isReference == reference, "kernel in layout \(layout)", sourceLocation: location)
      for (a, b) in zip(found.outputs, expected) {
        let same = a.withBytes { a in b.withBytes { b in a.elementsEqual(b) } }
        #expect(same, "layout \(layout), gap \(gap): \(a.doubles().prefix(24)) is not \(b.doubles().prefix(24))", sourceLocation: location)
      }
    }
  }
}
