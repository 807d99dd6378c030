import CO2MKernels
import O2MTensor

/// Slices picked by indices that are computed when the model runs, between plain operands.
///
/// - Errors: `.index` for an index outside the axis; nothing outside the input is read.
public struct GatherKernel {
  private let outer, extent, innerBytes, count: Int
  private let indexType: o2m_element

  /// nil unless all operands are plain and the indices int32 or int64.
  init?(axis: Int, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), indices = try site.input(1), y = site.outputs[0]
    guard x.isRowMajor, indices.isRowMajor, y.isRowMajor, indices.element == .int32 || indices.element == .int64 else { return nil }
    indexType = o2m_element(rawValue: UInt32(indices.element.rawValue))
    outer = x.shape.dims[..<axis].reduce(1, *)
    extent = x.shape[axis]
    innerBytes = x.shape.dims[(axis + 1)...].reduce(1, *) * x.element.size
    count = indices.shape.count
  }

  func run(_ memory: KernelMemory) throws(OpFault) {
    guard let x = memory.inputs[0], let indices = memory.inputs[1], let y = memory.outputs[0] else { return }
    guard o2m_gather(outer, extent, innerBytes, indexType, count, indices, x, y, memory.pool) != 0 else { return }
    throw .index(input: 1, found: Self.firstOutside(extent, indexType, count, indices), limit: extent)
  }

  /// The first of `count` int32 or int64 indices that lies outside of an axis of `extent` elements; 0 where none does.
  static func firstOutside(_ extent: Int, _ type: o2m_element, _ count: Int, _ indices: UnsafeRawPointer) -> Int {
    for position in 0..<count {
      let index =
        type == O2M_ELEMENT_S32
        ? Int(indices.load(fromByteOffset: position * 4, as: Int32.self))
        : Int(indices.load(fromByteOffset: position * 8, as: Int64.self))
      if index < -extent || index >= extent { return index }
    }
    return 0
  }
}

/// Slices picked by tuples of indices, between plain operands.
///
/// - Errors: `.index` for an index outside its axis; nothing outside the input is read.
public struct GatherNDKernel {
  private let batch, count, innerBytes: Int
  private let extents: [Int]
  private let indexType: o2m_element

  /// nil unless all operands are plain and the indices int32 or int64.
  init?(batch: Int, _ site: KernelSite) throws(OpFault) {
    let x = try site.input(0), indices = try site.input(1), y = site.outputs[0]
    guard x.isRowMajor, indices.isRowMajor, y.isRowMajor, indices.element == .int32 || indices.element == .int64 else { return nil }
    let depth = indices.shape[indices.shape.rank - 1]
    guard depth >= 1, depth <= 8, batch + depth <= x.shape.rank else { return nil }
    indexType = o2m_element(rawValue: UInt32(indices.element.rawValue))
    extents = Array(x.shape.dims[batch..<batch + depth])
    self.batch = x.shape.dims[..<batch].reduce(1, *)
    count = self.batch == 0 ? 0 : indices.shape.count / depth / self.batch
    innerBytes = x.shape.dims[(batch + depth)...].reduce(1, *) * x.element.size
  }

  func run(_ memory: KernelMemory) throws(OpFault) {
    guard let x = memory.inputs[0], let indices = memory.inputs[1], let y = memory.outputs[0] else { return }
    let code = extents.withUnsafeBufferPointer { extents in
      extents.withMemoryRebound(to: UInt.self) { extents in
        o2m_gather_nd(batch, count, UInt32(extents.count), extents.baseAddress, innerBytes, indexType, indices, x, y, memory.pool)
      }
    }
    guard code != 0 else { return }
    for position in 0..<batch * count * extents.count {
      let extent = extents[position % extents.count]
      let index =
        indexType == O2M_ELEMENT_S32
        ? Int(indices.load(fromByteOffset: position * 4, as: Int32.self))
        : Int(indices.load(fromByteOffset: position * 8, as: Int64.self))
      if index < -extent || index >= extent { throw .index(input: 1, found: index, limit: extent) }
    }
  }
}

extension GatherND: CPUKernels {
  public static var memory: OperandMemory { [] }
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice { .plain(inputs, outputs: outputs) }
  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? { try GatherNDKernel(batch: batch, site).map { .gatherND($0) } }
}

extension Gather: CPUKernels {
  public static var memory: OperandMemory { [] }

  /// A list of constant indices keeps the rank, and the copies it becomes run in any layout.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    let indices = inputs.count > 1 ? inputs[1] : nil
    return .keep(inputs, outputs: outputs, if: indices?.isConstant == true && indices?.shape.rank == 1)
  }

  public func kernel(_ site: KernelSite) throws(OpFault) -> Kernel? {
    let x = try site.input(0), y = site.outputs[0]
    let axis = try x.shape.resolve(axis)
    if let kernel = try GatherKernel(axis: axis, site) { return .gather(kernel) }
    guard x.layout == .channelsLast, let indices = try site.facts.knownInts(1), x.shape.rank == y.shape.rank else { return nil }
    var runs = x.shape.dims.map { [AxisRun(from: 0, to: 0, count: $0, step: 1)] }
    runs[axis] = AxisRun.runs(indices.map { $0 < 0 ? $0 + x.shape[axis] : $0 })
    return CopyKernel(Placement(x).copies(runs, to: Placement(y)), elementSize: x.element.size).map { .copy($0) }
  }
}
