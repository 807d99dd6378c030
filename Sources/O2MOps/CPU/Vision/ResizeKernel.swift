import CO2MKernels
import O2MTensor

/// Resampling of float32, two neighbouring axes at a time, by tables made when the bundle is loaded.
///
/// A pass reads `[batch, height, width, channels]`, where height and width are the resized axes, channels what lies inside them in
/// memory and batch what lies outside. More than two axes, or two that are not neighbours, take several passes through scratch memory.
public struct ResizeKernel {
  private struct Pass {
    var rows: ResizeTable
    var columns: ResizeTable
    var params: o2m_f32_resize_params
    var outputCount: Int
  }

  private var passes: [Pass] = []
  /// Bytes of each of the two buffers between passes.
  private let bufferBytes: Int

  public var scratchBytes: Int { passes.count > 2 ? 2 * bufferBytes : passes.count > 1 ? bufferBytes : 0 }

  /// Most taps per axis that the kernel has room for; antialiasing can need more.
  private static let mostTaps = 4

  /// nil unless the elements are float32, input and output have one layout, and no axis has too many taps.
  init?(_ op: Resize, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), y = site.outputs[0]
    guard x.element == .float32, y.element == .float32, x.layout == y.layout else { return nil }
    let plan = try op.plan(site.facts)
    let axes = x.layout.axes(rank: plan.count)
    var extents = axes.map { plan[$0].input }
    let resized = axes.indices.filter { !plan[axes[$0]].isIdentity }
    // Only what is never resized may have gaps.
    guard x.isDense && y.isDense || resized.last != axes.count - 1 else { return nil }
    var next = 0
    while next < resized.count {
      let first = resized[next]
      let pair = next + 1 < resized.count && resized[next + 1] == first + 1
      let second = pair ? first + 1 : first
      let rows = plan[axes[first]]
      let inner = extents[(second + 1)...].reduce(1, *)
      let table = ResizeTable(op, rows), columns = pair ? ResizeTable(op, plan[axes[second]]) : ResizeTable()
      guard table.taps <= Self.mostTaps, columns.taps <= Self.mostTaps else { return nil }
      var params = o2m_f32_resize_params()
      params.batch = extents[..<first].reduce(1, *)
      params.in_height = rows.input
      params.out_height = rows.output
      params.in_width = pair ? plan[axes[second]].input : 1
      params.out_width = pair ? plan[axes[second]].output : 1
      params.channels = inner
      params.x_pitch = inner
      params.y_pitch = inner
      params.extrapolation = op.extrapolation
      for index in first...second { extents[index] = plan[axes[index]].output }
      passes.append(Pass(rows: table, columns: columns, params: params, outputCount: extents.reduce(1, *)))
      next += pair ? 2 : 1
    }
    bufferBytes = (passes.dropLast().map { $0.outputCount }.max() ?? 0) * 4
    guard !passes.isEmpty else { return nil }
    if !x.isDense || !y.isDense {
      // A gap lies between pixels, so pixels are not one run of channels: each pass must end at the channels.
      guard passes.count == 1, resized.last == axes.count - 2 else { return nil }
      passes[0].params.x_pitch = x.pitch
      passes[0].params.y_pitch = y.pitch
    }
  }

  func run(_ memory: KernelMemory) {
    guard var source = memory.inputs[0], let output = memory.outputs[0] else { return }
    for index in passes.indices {
      let target = index == passes.count - 1 ? output : memory.scratch?.advanced(by: index % 2 * bufferBytes)
      guard let target else { return }
      var params = passes[index].params
      params.taps_y = passes[index].rows.taps
      params.taps_x = passes[index].columns.taps
      passes[index].rows.withPointers { indices, weights in
        params.indices_y = indices
        params.weights_y = weights
        passes[index].columns.withPointers { indices, weights in
          params.indices_x = indices
          params.weights_x = weights
          o2m_f32_resize(
            &params, source.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self), memory.pool)
        }
      }
      source = UnsafeRawPointer(target)
    }
  }
}

/// What each output position of one axis reads.
private struct ResizeTable {
  var taps: UInt32
  var indices: [Int32]
  var weights: [Float]

  /// One position that reads itself.
  init() {
    taps = 1
    indices = [0]
    weights = [1]
  }

  init(_ op: Resize, _ axis: ResizeAxis) {
    let table = op.taps(axis)
    taps = UInt32(table.width)
    indices = table.indices.map { Int32($0) }
    weights = table.weights.map { Float($0) }
    // The kernel takes -1 in the first tap for a position that the extrapolation value fills.
    for o in 0..<axis.output where op.coordinates == .cropAndResize && axis.isOutside(o) { indices[o * table.width] = -1 }
  }

  func withPointers(_ body: (UnsafePointer<Int32>?, UnsafePointer<Float>?) -> Void) {
    indices.withUnsafeBufferPointer { indices in weights.withUnsafeBufferPointer { body(indices.baseAddress, $0.baseAddress) } }
  }
}

extension Resize: CPUKernels {
  public static var memory: OperandMemory { [] }

  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    guard let x = inputs.first ?? nil, x.element == .float32, (3...5).contains(x.shape.rank) else {
      return .plain(inputs, outputs: outputs)
    }
    return .channelsLast(inputs, outputs: outputs)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    if let kernel = try ResizeKernel(self, site) { return .resize(kernel) }
    let x = try site.input(0), y = site.outputs[0]
    return try plan(site.facts).allSatisfy { $0.isIdentity } ? layoutConversion(from: x, to: y) : nil
  }
}
