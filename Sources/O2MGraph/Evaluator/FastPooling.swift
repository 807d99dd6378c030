import CO2MReference
import O2MOps
import O2MTensor

extension MaxPool: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let x = try inputs.tensor(0)
    guard x.element == .float32, !givesIndices, let shape = try infer(inputs.facts)[0].shape else { return nil }
    let planes = try PooledPlanes(window, x.shape, shape)
    return [
      loops.filled(.float32, shape, sharing: planes.count, of: planes.work) { [from = x.memory] to, range in
        for plane in range {
          let x = from.floats + plane * planes.input, y = to.floats + plane * planes.output
          y.update(repeating: -.infinity, count: planes.output)
          for row in planes.rows {
            o2m_reference_raise(
              loops.set, row.last - row.first, x + row.input + row.first * planes.step, planes.step, y + row.output + row.first)
          }
        }
      }
    ]
  }
}

extension AveragePool: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let x = try inputs.tensor(0)
    guard x.element == .float32, let shape = try infer(inputs.facts)[0].shape else { return nil }
    let planes = try PooledPlanes(window, x.shape, shape), counts = try counts(x.shape, shape)
    return [
      loops.filled(.float32, shape, sharing: planes.count, of: planes.work) { [from = x.memory] to, range in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: planes.output) { sums in
          guard let sum = sums.baseAddress else { return }
          for plane in range {
            let x = from.floats + plane * planes.input
            sums.initialize(repeating: 0)
            for row in planes.rows {
              o2m_reference_add(
                loops.set, 1, row.last - row.first, x + row.input + row.first * planes.step, planes.step, sum + row.output + row.first)
            }
            for index in sums.indices { sums[index] /= max(1, counts[index]) }
            o2m_reference_round(loops.set, planes.output, sum, to.floats + plane * planes.output)
          }
        }
      }
    ]
  }
}

/// Planes that a window walks, each for itself.
private struct PooledPlanes: Sendable {
  let count: Int
  /// The elements of one plane.
  let input: Int
  let output: Int
  let rows: [WindowRow]
  /// From one output of a row to the next in the input.
  let step: Int

  init(_ window: Window, _ x: Shape, _ y: Shape) throws(OpFault) {
    count = x[0] * x[1]
    input = x.dims.dropFirst(2).reduce(1, *)
    output = y.dims.dropFirst(2).reduce(1, *)
    (rows, step) = try window.resolved(x).rows(input: Array(x.dims.dropFirst(2)), output: Array(y.dims.dropFirst(2)))
  }

  /// The steps of one plane.
  var work: Int { rows.reduce(0) { $0 + $1.last - $1.first } }
}

extension ReduceMean: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let x = try inputs.tensor(0)
    guard x.element == .float32, let shape = try infer(inputs.facts)[0].shape else { return nil }
    let axes = try options.axes(inputs.facts, x.shape), first = x.shape.rank - axes.count
    // The last axes, so that what is summed lies together.
    guard axes == Array(first..<x.shape.rank) else { return nil }
    return [loops.means(x, of: x.shape.dims[first...].reduce(1, *), as: shape)]
  }
}

extension GlobalAveragePool: FastOperator {
  func outputs(_ inputs: [Tensor?], _ loops: FastLoops) throws(OpFault) -> [Tensor]? {
    let x = try inputs.tensor(0)
    guard x.element == .float32, let shape = try infer(inputs.facts)[0].shape else { return nil }
    return [loops.means(x, of: x.shape.dims.dropFirst(2).reduce(1, *), as: shape)]
  }
}

extension FastLoops {
  /// The mean of every `count` elements that lie together.
  fileprivate func means(_ x: Tensor, of count: Int, as shape: Shape) -> Tensor {
    filled(.float32, shape, sharing: shape.count, of: count) { [from = x.memory] to, range in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: range.count) { sums in
        o2m_reference_total(range.count, count, from.floats + range.lowerBound * count, sums.baseAddress)
        for (index, row) in range.enumerated() { to.floats[row] = Float(sums[index] / Double(count)) }
      }
    }
  }
}
