import O2MTensor

/// The order in which a tensor's axes lie in memory.
public enum Layout: UInt8, Sendable {
  /// As ONNX has them, row-major.
  case plain = 0
  /// `[N, C, D…]` stored as `[N, D…, C]`, for rank 3 and above.
  case channelsLast = 1

  /// The axes in memory order, outermost first.
  public func axes(rank: Int) -> [Int] {
    self == .plain || rank < 3 ? Array(0..<rank) : [0] + Array(2..<rank) + [1]
  }

  /// Where `axis` lies in memory order.
  public func position(of axis: Int, rank: Int) -> Int {
    if self == .plain || rank < 3 || axis == 0 { return axis }
    return axis == 1 ? rank - 1 : axis - 1
  }

  /// The extents in memory order.
  public func arrange(_ shape: Shape) -> Shape { Shape(axes(rank: shape.rank).map { shape[$0] }) }
}

/// One input or output of a kernel: what is fixed when a bundle is loaded.
public struct Operand {
  /// The extents are in ONNX's order.
  public var type: TypedShape
  public var layout: Layout
  /// Elements from one pixel to the next where the layout is channels last; the number of channels unless the tensor is a slice.
  public var pitch: Int
  /// Where a weight lies; nil for what is computed.
  public var constant: UnsafeRawPointer?
  public var packing: Packing
  public var precision: WeightPrecision
  /// One float32 per output channel (padded like `bias`) where `precision` is int8.
  public var scales: UnsafePointer<Float>?

  public init(
    _ type: TypedShape, layout: Layout = .plain, pitch: Int? = nil, constant: UnsafeRawPointer? = nil,
    packing: Packing = .plain, precision: WeightPrecision = .float32, scales: UnsafePointer<Float>? = nil
  ) {
    self.type = type
    self.layout = layout
    self.pitch = pitch ?? (type.shape.rank >= 2 ? type.shape[1] : 1)
    self.constant = constant
    self.packing = packing
    self.precision = precision
    self.scales = scales
  }

  public var element: ElementType { type.element }
  public var shape: Shape { type.shape }

  /// The extents in memory order.
  public var stored: Shape { layout.arrange(shape) }

  /// Whether the elements lie without gaps.
  public var isDense: Bool { layout == .plain || shape.rank < 3 || pitch == shape[1] }

  /// A plain constant as a tensor that borrows the weight's memory.
  public var value: Tensor? {
    guard let constant, packing == .plain, precision == .float32 else { return nil }
    let bytes = UnsafeRawBufferPointer(start: constant, count: type.byteCount)
    return Tensor(element, stored, storage: TensorStorage(borrowing: bytes))
  }
}

/// Where a kernel is to run: its operands and the number of threads.
public struct KernelSite {
  public var inputs: [Operand?]
  public var outputs: [Operand]
  public var threads: Int

  public init(inputs: [Operand?], outputs: [Operand], threads: Int) {
    self.inputs = inputs
    self.outputs = outputs
    self.threads = threads
  }

  public func input(_ index: Int) throws(OpFault) -> Operand {
    guard index < inputs.count, let operand = inputs[index] else { throw .missingInput(index) }
    return operand
  }

  public func optional(_ index: Int) -> Operand? { index < inputs.count ? inputs[index] : nil }

  /// The operands as inference sees them; constants that are stored plain have their values.
  public var facts: [InputFact?] {
    inputs.map { operand in
      operand.map { InputFact(TensorType($0.type), value: $0.layout == .plain ? $0.value : nil) }
    }
  }
}

/// What the planner knows of an operand when it asks an operator for layouts.
public struct OperandFact: Sendable {
  public var type: TypedShape
  public var layout: Layout
  /// Constants are stored as the operator wants them, so they bring no wish of their own.
  public var isConstant: Bool

  public init(_ type: TypedShape, layout: Layout, isConstant: Bool) {
    self.type = type
    self.layout = layout
    self.isConstant = isConstant
  }

  public var element: ElementType { type.element }
  public var shape: Shape { type.shape }
}

/// The layouts in which a kernel takes its inputs and leaves its outputs.
public struct LayoutChoice: Equatable, Sendable {
  public var inputs: [Layout]
  public var outputs: [Layout]

  public init(inputs: [Layout], outputs: [Layout]) {
    self.inputs = inputs
    self.outputs = outputs
  }

  /// All operands plain.
  public static func plain(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    LayoutChoice(inputs: inputs.map { _ in .plain }, outputs: [Layout](repeating: .plain, count: outputs))
  }

  /// All operands of the largest rank in the layout of the first computed one that has it; channels last needs every
  /// computed operand to have that rank, and constants of lower rank are padded with ones in front.
  public static func follow(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    let rank = inputs.map { $0?.shape.rank ?? 0 }.max() ?? 0
    let computed = inputs.compactMap { $0 }.filter { !$0.isConstant }
    let wanted = computed.contains { $0.layout == .channelsLast } && computed.allSatisfy { $0.shape.rank == rank }
    let layout: Layout = wanted && rank >= 3 ? .channelsLast : .plain
    return LayoutChoice(inputs: inputs.map { _ in layout }, outputs: [Layout](repeating: layout, count: outputs))
  }

  /// Input 0 and all outputs channels last, everything else plain.
  public static func channelsLast(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    LayoutChoice(
      inputs: inputs.indices.map { $0 == 0 ? .channelsLast : .plain }, outputs: [Layout](repeating: .channelsLast, count: outputs))
  }
}
