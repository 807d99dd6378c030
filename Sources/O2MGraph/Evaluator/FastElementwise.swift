import CO2MReference
import O2MOps
import O2MTensor

extension FastLoops {
  /// What `kind` makes of every element; nil unless they are float32 or float64.
  func map(
    _ op: some Operator, _ inputs: [Tensor?], _ kind: o2m_reference_activation, _ a: Double = 0, _ b: Double = 0
  ) throws(OpFault) -> [Tensor]? {
    let x = try inputs.tensor(0)
    guard x.element == .float32 || x.element == .float64 else { return nil }
    _ = try op.infer(inputs.facts)
    return [
      filled(x.element, x.shape, sharing: x.count) { [from = x.memory] to, range in
        if x.element == .float32 {
          o2m_reference_map(set, kind, a, b, range.count, from.floats + range.lowerBound, to.floats + range.lowerBound)
        } else {
          let s = to.doubles + range.lowerBound
          s.update(from: from.doubles + range.lowerBound, count: range.count)
          o2m_reference_map_wide(set, kind, a, b, range.count, s)
        }
      }
    ]
  }

  /// Two tensors of float32 or of float64, broadcast together; nil for other elements.
  func combine(
    _ op: some BinaryArithmetic, _ inputs: [Tensor?], _ arithmetic: o2m_reference_arithmetic
  ) throws(OpFault) -> [Tensor]? {
    let a = try inputs.tensor(0), b = try inputs.tensor(1)
    let element = a.element
    guard element == .float32 || element == .float64, let shape = try op.infer(inputs.facts)[0].shape else { return nil }
    let rows = BroadcastRows(a.shape, b.shape, to: shape)
    @Sendable func row(_ a: ElementMemory, _ atA: Int, _ b: ElementMemory, _ atB: Int, _ y: ElementMemory, _ atY: Int, _ count: Int) {
      if element == .float32 {
        o2m_reference_combine(set, arithmetic, count, a.floats + atA, rows.a.step, b.floats + atB, rows.b.step, y.floats + atY)
      } else {
        o2m_reference_combine_wide(
          set, arithmetic, count, a.doubles + atA, rows.a.step, b.doubles + atB, rows.b.step, y.doubles + atY)
      }
    }
    if rows.outer.count == 1 {
      return [
        filled(element, shape, sharing: shape.count) { [a = a.memory, b = b.memory] y, range in
          row(a, range.lowerBound * rows.a.step, b, range.lowerBound * rows.b.step, y, range.lowerBound, range.count)
        }
      ]
    }
    var walk = StridedWalk(rows.outer, strides: [rows.a.outer, rows.b.outer])
    let starts = (0..<rows.outer.count).map { _ in
      defer { walk.advance() }
      return (walk.offsets[0], walk.offsets[1])
    }
    return [
      filled(element, shape, sharing: starts.count, of: rows.row) { [a = a.memory, b = b.memory] y, range in
        for index in range { row(a, starts[index].0, b, starts[index].1, y, index * rows.row, rows.row) }
      }
    ]
  }

  /// A tensor of `count` parts of `size` elements each, which `fill` writes range by range of parts, on threads where there are many.
  func filled(
    _ element: ElementType, _ shape: Shape, sharing count: Int, of size: Int = 1,
    _ fill: @Sendable (ElementMemory, Range<Int>) -> Void
  ) -> Tensor {
    let y = Tensor(element, shape, storage: TensorStorage(unfilled: shape.count * element.size))
    inParallel(count, on: count * size < Self.smallestShared ? 1 : threads) { [to = y.memory] in fill(to, $0) }
    return y
  }

  /// Elements below which threads cost more than they bring.
  private static let smallestShared = 1 << 16
}

/// A tensor's elements, float32 or float64. Threads write to those of a new one, each at its own places.
struct ElementMemory: @unchecked Sendable {
  private let bytes: UnsafeMutableRawPointer

  init(_ bytes: UnsafeMutableRawPointer) { self.bytes = bytes }

  var floats: UnsafeMutablePointer<Float> { bytes.assumingMemoryBound(to: Float.self) }
  var doubles: UnsafeMutablePointer<Double> { bytes.assumingMemoryBound(to: Double.self) }
}

extension Tensor {
  /// The elements of a tensor, which has some and must be kept alive.
  var memory: ElementMemory { ElementMemory(storage.bytes.baseAddress!) }
}

/// Two operands that are broadcast together as rows, which are as long as both go on in even steps.
private struct BroadcastRows {
  private(set) var outer: Shape
  private(set) var row = 1
  private(set) var a: (outer: [Int], step: Int)
  private(set) var b: (outer: [Int], step: Int)

  init(_ aShape: Shape, _ bShape: Shape, to shape: Shape) {
    let left = aShape.broadcastStrides(to: shape), right = bShape.broadcastStrides(to: shape)
    var first = shape.rank
    a = ([], 0)
    b = ([], 0)
    while first > 0 {
      let axis = first - 1
      if shape[axis] != 1 {
        if row == 1 { (a.step, b.step) = (left[axis], right[axis]) }
        guard left[axis] == a.step * row, right[axis] == b.step * row else { break }
        row *= shape[axis]
      }
      first = axis
    }
    outer = Shape(Array(shape.dims[..<first]))
    a.outer = Array(left[..<first])
    b.outer = Array(right[..<first])
  }
}

extension Clip: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let low = inputs.optional(1)?.doubles()[0] ?? -.infinity, high = inputs.optional(2)?.doubles()[0] ?? .infinity
    // What bounds that are not numbers do is the reference's to say.
    guard !low.isNaN, !high.isNaN else { return nil }
    return try loops.map(self, inputs, O2M_REFERENCE_BOUNDS, low, high)
  }
}

extension BatchNormalization: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let x = try inputs.tensor(0)
    guard x.element == .float32 || x.element == .float64, !trains, statistics == 0 else { return nil }
    _ = try infer(inputs.facts)
    let scale = try inputs.tensor(1).doubles(), bias = try inputs.tensor(2).doubles()
    let mean = try inputs.tensor(3).doubles(), slopes = zip(scale, try inputs.tensor(4).doubles()).map { slope($0, variance: $1) }
    let plane = x.shape.dims.dropFirst(2).reduce(1, *)
    return [
      loops.filled(x.element, x.shape, sharing: x.count / plane, of: plane) { [from = x.memory] to, range in
        for row in range {
          let c = row % scale.count, at = row * plane
          if x.element == .float32 {
            o2m_reference_normalize(loops.set, mean[c], slopes[c], bias[c], plane, from.floats + at, to.floats + at)
          } else {
            o2m_reference_normalize_wide(loops.set, mean[c], slopes[c], bias[c], plane, from.doubles + at, to.doubles + at)
          }
        }
      }
    ]
  }
}
