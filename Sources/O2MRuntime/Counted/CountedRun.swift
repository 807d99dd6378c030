import CO2MPlatform
import O2MOps
import O2MTensor

/// The steps of a run whose operands have extents that the run itself decides: each is sized right before it runs.
///
/// A node whose extents follow from what its operands hold, such as a Shorten, reads them where the steps before have put them. Types are
/// what the operators infer. A kernel is kept as long as its operands keep their extents.
///
/// Places and bytes are those of the plan, which `PlanCheck` has proved for the room of every value. Here every value is held to its room,
/// so a run reads and writes no byte that the proof did not cover.
final class CountedRun {
  /// The graph with the types of the run at hand, as far as it has come.
  private(set) var graph: FlatGraph
  private let sized: SizedModel
  private let counted: CountedValues
  private let weights: UnsafeRawBufferPointer
  private let threads: Int
  private let limit: Int
  /// By step of the plan.
  private var steps: [Sized?]
  /// For kernels that need more scratch memory than the session has.
  private var scratch: UnsafeMutableRawPointer?
  private var scratchBytes = 0

  /// A step as it last ran.
  private struct Sized {
    /// Of the inputs, then of the outputs.
    var types: [TypedShape] = []
    /// nil where there is nothing to do.
    var kernel: Kernel?
  }

  init(_ model: Model, _ sized: SizedModel, threads: Int) {
    graph = sized.graph
    self.sized = sized
    counted = sized.counted
    weights = model.weightBytes
    self.threads = threads
    limit = model.limits.arenaBytes
    steps = [Sized?](repeating: nil, count: sized.plan.steps.count)
  }

  deinit { o2m_free(scratch) }

  /// Whether this is for the run to size.
  func sizes(_ step: Int) -> Bool { sized.isCounted[step] }

  /// Scratch memory of at least so many bytes.
  func scratch(_ bytes: Int) throws(RunFault) -> UnsafeMutableRawPointer? {
    guard bytes > scratchBytes else { return scratch }
    guard let fresh = o2m_allocate(bytes) else { throw .memory(bytes: bytes) }
    o2m_free(scratch)
    (scratch, scratchBytes) = (fresh, bytes)
    return fresh
  }

  /// Finds the types of a step's results and its kernel; nil where there is nothing to do.
  ///
  /// - Parameter inputs: where the operands lie.
  /// - Errors: `.run` where the operator refuses what its operands hold, or gives more than there is room for.
  func kernel(of step: Int, _ inputs: UnsafeMutablePointer<UnsafeRawPointer?>) throws(RunFault) -> Kernel? {
    switch sized.plan.steps[step] {
    case .convert(let from, let to):
      if let last = steps[step], last.types[0] == type(from) { return last.kernel }
      guard sized.plan.slots[from].layout == sized.plan.slots[to].layout || !isAlias(to) || Layout.isOneOrder(type(from).shape) else {
        throw .operands(node: sized.graph.producer(of: sized.plan.slots[from].value) ?? 0)
      }
      let kernel = type(from).shape.count == 0 ? nil : layoutConversion(from: operand(from), to: operand(to))
      steps[step] = Sized(types: [type(from)], kernel: kernel)
      return kernel
    case .node(let node, let reads, let writes): return try kernel(step, node, reads, writes, inputs)
    }
  }

  private func kernel(
    _ step: Int, _ node: Int, _ reads: [Int?], _ writes: [Int], _ inputs: UnsafeMutablePointer<UnsafeRawPointer?>
  ) throws(RunFault) -> Kernel? {
    let isSized = sized.isSized[step]
    if !isSized, let last = steps[step], isSame(reads, as: last) {
      for (index, slot) in writes.enumerated() { graph.values[sized.plan.slots[slot].value] = last.types[reads.count + index] }
      return last.kernel
    }
    steps[step] = nil
    var facts: [InputFact?] = []
    facts.reserveCapacity(reads.count)
    for (index, slot) in reads.enumerated() {
      guard let slot else {
        facts.append(nil)
        continue
      }
      let type = type(slot)
      var value = sized.constant(slot, weights)
      if isSized, value == nil, let address = inputs[index] {
        let bytes = UnsafeRawBufferPointer(start: address, count: type.byteCount)
        value = Tensor(type.element, type.shape, storage: TensorStorage(borrowing: bytes))
      }
      facts.append(InputFact(TensorType(type), value: value))
    }
    let op = graph.nodes[node].op
    let types: [TensorType]
    do throws(OpFault) { types = try op.infer(facts) } catch { throw .run(node: node, error) }
    guard writes.count <= types.count else { throw .run(node: node, .outputCount(expected: 0...types.count, found: writes.count)) }
    for (index, slot) in writes.enumerated() { try set(sized.plan.slots[slot].value, types[index], node) }
    var last = Sized()
    for slot in reads { last.types.append(slot.map { type($0) } ?? TypedShape(.bool, [])) }
    var isEmpty = true
    for slot in writes {
      last.types.append(type(slot))
      isEmpty = isEmpty && type(slot).shape.count == 0
    }
    if !isEmpty { last.kernel = try kernel(step, node, reads, writes, values: isSized ? inputs : nil) }
    steps[step] = last
    return last.kernel
  }

  private func kernel(
    _ step: Int, _ node: Int, _ reads: [Int?], _ writes: [Int], values: UnsafeMutablePointer<UnsafeRawPointer?>?
  ) throws(RunFault) -> Kernel {
    do throws(FormatFault) { try checkPacked(step, graph.nodes[node], reads, sized.plan, graph, weights.count) } catch {
      throw .operands(node: node)
    }
    let rank = reads.reduce(0) { max($0, $1.map { type($0).shape.rank } ?? 0) }
    var operands: [Operand?] = [], results: [Operand] = []
    for (index, slot) in reads.enumerated() {
      guard let slot else {
        operands.append(nil)
        continue
      }
      var operand = operand(slot, rank: rank)
      // Axes, places and lengths are read when the kernel is made.
      if let values, index > 0, operand.constant == nil { operand.constant = values[index] }
      operands.append(operand)
    }
    for slot in writes { results.append(operand(slot, rank: rank)) }
    let site = KernelSite(inputs: operands, outputs: results, threads: threads)
    let kernel: Kernel
    do throws(OpFault) { kernel = try graph.nodes[node].op.kernel(site) } catch { throw .run(node: node, error) }
    guard site.allows(kernel), kernel.isAlias || !writes.contains(where: { isAlias($0) }) else { throw .operands(node: node) }
    return kernel
  }

  private func isSame(_ reads: [Int?], as last: Sized) -> Bool {
    for (index, slot) in reads.enumerated() {
      if let slot, last.types[index] != type(slot) { return false }
    }
    return true
  }

  /// Gives a value its type in this run.
  private func set(_ value: Int, _ type: TensorType, _ node: Int) throws(RunFault) {
    guard let shape = type.shape, shape.rank <= BundleFormat.maximumRank, type.element == sized.graph.values[value].element else {
      throw .run(node: node, .dataDependent(input: 0))
    }
    guard let volume = shape.volume else { throw .run(node: node, .overflow) }
    let found = TypedShape(type.element, shape)
    guard let room = counted.room(value) else {
      guard found == sized.graph.values[value] else { throw .operands(node: node) }
      return
    }
    // As elsewhere, extents of 0 count as 1: then no product of extents overflows.
    guard volume <= limit / type.element.size else { throw .run(node: node, .overflow) }
    guard found.byteCount <= room else { throw .run(node: node, .limit(.memoryBytes, found: found.byteCount, limit: room)) }
    graph.values[value] = found
  }

  func type(_ slot: Int) -> TypedShape { graph.values[sized.plan.slots[slot].value] }

  private func isAlias(_ slot: Int) -> Bool { if case .alias = sized.plan.slots[slot].place { true } else { false } }

  private func operand(_ slot: Int, rank: Int = 0) -> Operand {
    var operand = sized.plan.slots[slot].operand(graph, weights: weights.baseAddress, rank: rank)
    if counted.contains(sized.plan.slots[slot].value) { operand.pitch = Operand(operand.type).pitch }
    return operand
  }
}

extension FlatGraph {
  /// The node that gives a value; nil for inputs and constants.
  fileprivate func producer(of value: Int) -> Int? { nodes.firstIndex { $0.outputs.contains(value) } }
}
