import O2MTensor

/// Where the elements of a tensor lie: the extents and the elements from one neighbour to the next, both by ONNX axis.
///
/// The strides hide layout and pitch, so that one description of a movement serves the dense reference and every layout of a kernel.
public struct Placement: Equatable, Sendable {
  public var shape: Shape
  public var strides: [Int]

  public init(_ shape: Shape, strides: [Int]) {
    self.shape = shape
    self.strides = strides
  }

  /// Row-major without gaps.
  public init(dense shape: Shape) { self.init(shape, strides: shape.strides) }

  /// `shape` in `layout`; with channels last, pixels are `pitch` elements apart.
  public init(_ shape: Shape, layout: Layout, pitch: Int) {
    self.init(dense: shape)
    guard layout == .channelsLast, shape.rank >= 3 else { return }
    var next = pitch
    strides[1] = 1
    for axis in stride(from: shape.rank - 1, through: 2, by: -1) {
      strides[axis] = next
      next *= shape[axis]
    }
    strides[0] = next
  }

  public init(_ operand: Operand) { self.init(operand.shape, layout: operand.layout, pitch: operand.pitch) }
}

/// A box of an input that becomes a box of an output.
///
/// - Units: elements. A source stride of 0 repeats, a negative one reverses; target boxes of one output do not overlap.
public struct StridedCopy: Equatable, Sendable {
  /// nil: zeros.
  public var input: Int? = 0
  public var output = 0
  public var dims: [Int]
  /// The first element in the input and in the output.
  public var origin = 0
  public var target = 0
  public var sourceStrides: [Int]
  public var targetStrides: [Int]

  public init(dims: [Int], sourceStrides: [Int], targetStrides: [Int]) {
    self.dims = dims
    self.sourceStrides = sourceStrides
    self.targetStrides = targetStrides
  }

  public var count: Int { dims.reduce(1, *) }

  /// Copies elements of `size` bytes, line by line: as many of the last axes as are dense on both sides are one line.
  func run(size: Int, from source: UnsafeRawPointer, to destination: UnsafeMutableRawPointer) {
    var first = dims.count, dense = 1
    while first > 0, dims[first - 1] == 1 || sourceStrides[first - 1] == dense && targetStrides[first - 1] == dense {
      first -= 1
      dense *= dims[first]
    }
    // Without a dense axis a line goes on in steps.
    var line = (count: 1, source: 0, target: 0)
    if dense == 1, first > 0 {
      first -= 1
      line = (dims[first], sourceStrides[first], targetStrides[first])
    }
    let outer = Shape(Array(dims[..<first]))
    var walk = StridedWalk(
      outer, strides: [Array(sourceStrides[..<first]), Array(targetStrides[..<first])], origins: [origin, target])
    for _ in 0..<outer.count {
      for index in 0..<line.count {
        destination.advanced(by: (walk.offsets[1] + index * line.target) * size).copyMemory(
          from: source.advanced(by: (walk.offsets[0] + index * line.source) * size), byteCount: dense * size)
      }
      walk.advance()
    }
  }
}

/// A run of positions along one axis: outputs `to ..< to + count` come from inputs `from, from + step, ...`.
struct AxisRun: Equatable, Sendable {
  var from: Int
  var to: Int
  var count: Int
  var step: Int

  /// `sources[o]` as runs; positions that are -1 come from nowhere and are left out.
  static func runs(_ sources: [Int]) -> [AxisRun] {
    var runs: [AxisRun] = []
    for (to, from) in sources.enumerated() where from >= 0 {
      if let last = runs.last, last.to + last.count == to, last.count == 1 || from == last.from + last.count * last.step {
        if last.count == 1 { runs[runs.count - 1].step = from - last.from }
        runs[runs.count - 1].count += 1
      } else {
        runs.append(AxisRun(from: from, to: to, count: 1, step: 1))
      }
    }
    return runs
  }
}

extension Placement {
  /// The boxes that take each axis of `output` from this tensor by one of that axis's runs.
  func copies(_ axes: [[AxisRun]], to output: Placement) -> [StridedCopy] {
    var copies = [StridedCopy(dims: [], sourceStrides: [], targetStrides: [])]
    for (axis, runs) in axes.enumerated() {
      var next: [StridedCopy] = []
      for copy in copies {
        for run in runs {
          var longer = copy
          longer.dims.append(run.count)
          longer.sourceStrides.append(strides[axis] * run.step)
          longer.targetStrides.append(output.strides[axis])
          longer.origin += strides[axis] * run.from
          longer.target += output.strides[axis] * run.to
          next.append(longer)
        }
      }
      copies = next
    }
    return copies
  }

  /// The whole tensor at `offset` along `axis` of `output`.
  func copy(to output: Placement, at offset: Int = 0, along axis: Int = 0) -> StridedCopy {
    var copy = StridedCopy(dims: shape.dims, sourceStrides: strides, targetStrides: output.strides)
    if offset > 0 { copy.target = output.strides[axis] * offset }
    return copy
  }
}

/// An operator whose outputs are put together from boxes of its inputs.
public protocol Movement: ElementMovement {
  /// The boxes, for inputs and outputs that lie as `from` and `to` say.
  func copies(_ inputs: [InputFact?], from: [Placement?], to: [Placement]) throws(OpFault) -> [StridedCopy]
}

extension Movement {
  public static var elements: ElementClass { .any }
  /// Every box copied element by element between dense tensors.
  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let facts = inputs.facts
    return try moved(inputs, try infer(facts)) { (from, to) throws(OpFault) in try copies(facts, from: from, to: to) }
  }
}

@inline(never)  // once, not once per operator
private func moved(
  _ inputs: [Tensor?], _ types: [TensorType], _ boxes: ([Placement?], [Placement]) throws(OpFault) -> [StridedCopy]
) throws(OpFault) -> [Tensor] {
  let shapes = try types.map { (type) throws(OpFault) in try type.knownShape() }
  let from = inputs.map { tensor in tensor.map { Placement(dense: $0.shape) } }
  let copies = try boxes(from, shapes.map { Placement(dense: $0) })
  let element = try inputs.tensor(0).element
  let outputs = shapes.map { Tensor(element, $0, storage: TensorStorage(byteCount: $0.count * element.size)) }
  for copy in copies where copy.count > 0 {
    guard let input = copy.input else { continue }
    let source = try inputs.tensor(input)
    guard let origin = source.storage.bytes.baseAddress, let target = outputs[copy.output].storage.bytes.baseAddress else { continue }
    copy.run(size: element.size, from: origin, to: target)
  }
  return outputs
}

/// An operator whose output is its first input's elements in the same order under another shape.
public protocol Reinterpretation: OnnxOperator, ElementMovement {}

extension Reinterpretation {
  public static var dataflow: Dataflow { .moves([0]) }
  public func view(_ inputs: [InputFact?]) -> ElementView? { .reshaped }
  public static var elements: ElementClass { .any }
  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    [try reshaped(try inputs.tensor(0), try infer(inputs.facts))]
  }
}

@inline(never)
private func reshaped(_ x: Tensor, _ types: [TensorType]) throws(OpFault) -> Tensor { x.reshaped(try types[0].knownShape()) }
