import CO2MPlatform
import O2MOps
import O2MTensor

/// What a session has for the shapes of its inputs: an arena, and a kernel for every step with the places of its operands.
struct SessionSetup {
  /// What one step of the plan does. Steps that do nothing have none.
  struct Work {
    var step: Int
    /// Where the step's operands begin in the tables.
    var inputs: Int
    var outputs: Int
    var kernel: Kernel
    /// Which of `bodies` run; nil where the kernel does.
    var bodies: Int?
  }

  let sized: SizedModel
  /// What sizes the steps that have no kernel before they run; nil where there are none.
  let run: CountedRun?
  private(set) var work: [Work] = []
  /// Where each slot of the plan lies.
  private(set) var memory: [SlotMemory]
  private(set) var scratchBytes = 0
  /// Outputs that lie in an input which is state: it changes when a run has ended, and they are read here.
  private(set) var kept: [(output: Int, offset: Int)] = []
  /// Of arena, inputs and scratch memory, which lie behind one another.
  let memoryBytes: Int
  private let capacity: Int
  /// Of the steps that have any.
  private(set) var bodies: [BodyRuns] = []
  let weights: UnsafeRawPointer?
  /// Of a body: where its inputs lie.
  let bound: UnsafeMutablePointer<UnsafeRawPointer?>
  let arena: UnsafeMutableRawPointer
  let inputTable: UnsafeMutablePointer<UnsafeRawPointer?>
  let outputTable: UnsafeMutablePointer<UnsafeMutableRawPointer?>

  var scratch: UnsafeMutableRawPointer? { scratchBytes > 0 ? arena + (memoryBytes - scratchBytes) : nil }

  /// - Parameter last: the setup that this one takes the place of: kernels whose operands are the same are its own, and so is the arena
  ///   where it is large enough.
  init(_ model: Model, _ sized: SizedModel, threads: Int, sharesInputs: Bool, keeping last: SessionSetup? = nil) throws(RunFault) {
    try self.init(model, sized, threads: threads, sharesInputs: sharesInputs, isBody: false, keeping: last)
    if Included.has(.bodies) { bindBodies() }
  }

  /// What a body has. Its inputs lie elsewhere.
  init(_ model: Model, body: SizedModel, threads: Int) throws(RunFault) {
    try self.init(model, body, threads: threads, sharesInputs: true, isBody: true, keeping: nil)
  }

  private init(
    _ model: Model, _ sized: SizedModel, threads: Int, sharesInputs: Bool, isBody: Bool, keeping last: SessionSetup?
  ) throws(RunFault) {
    self.sized = sized
    weights = model.weights
    run = !Included.has(.counted) || model.counted.isEmpty || isBody ? nil : CountedRun(model, sized, threads: threads)
    let plan = sized.plan
    memory = sized.memory
    work.reserveCapacity(sized.isIdle.reduce(0) { $1 ? $0 : $0 + 1 })
    var reads = 1, writes = 1, known = 0
    for step in plan.steps.indices where !sized.isIdle[step] {
      var kernel: Kernel?
      if Included.has(.shapes), let last {
        while known < last.work.count, last.work[known].step < step { known += 1 }
        if known < last.work.count, last.work[known].step == step, sized.isSame(step, as: last.sized) { kernel = last.work[known].kernel }
      }
      // Of a step that a run sizes this is the kernel for the longest operands, whose scratch memory as a rule is enough.
      let own =
        if let kernel { kernel } else if Included.has(.counted), sized.isCounted[step] {
          sized.longestKernel(of: step, model.weights, threads: threads)
        } else {
          try sized.kernel(of: step, model.weights, threads: threads)
        }
      let operands = plan.steps[step].operands
      work.append(Work(step: step, inputs: reads, outputs: writes, kernel: own))
      reads += operands.inputs.count
      writes += operands.outputs.count
      scratchBytes = max(scratchBytes, own.scratchBytes)
    }
    // Inputs are written before the first run; until then they are zero, not what another program left here. Behind the arena lie the
    // inputs, then the scratch memory. Who reads an input finds it there, a node that would write over it in place as well.
    var end = plan.arenaBytes
    for (input, slot) in plan.inputs.enumerated() where end < Int.max / 4 {
      // State is there for the next run, whatever else is shared.
      let isState = !isBody && model.state.output(for: input) != nil
      guard !sharesInputs || isState else { continue }
      let start = (end + 63) & ~63
      memory[slot].offset = start
      end = start + memory[slot].count
      for (output, other) in plan.outputs.enumerated() where isState && other == slot && end < Int.max / 4 {
        kept.append((output, (end + 63) & ~63))
        end = kept[kept.count - 1].offset + memory[slot].count
      }
    }
    guard end < Int.max / 4, scratchBytes < Int.max / 4 else { throw .memory(bytes: end) }
    memoryBytes = ((end + 63) & ~63) + scratchBytes
    if Included.has(.shapes), let last, last.capacity >= memoryBytes, last.capacity / 4 <= memoryBytes {
      (arena, capacity) = (last.arena, last.capacity)
    } else {
      guard let fresh = o2m_allocate_zeros(memoryBytes) else { throw .memory(bytes: memoryBytes) }
      (arena, capacity) = (fresh, memoryBytes)
    }
    for index in work.indices where Included.has(.bodies) {
      guard let node = plan.steps[work[index].step].node, let found = sized.bodies.first(where: { $0.node == node }) else { continue }
      work[index].bodies = bodies.count
      do throws(RunFault) { bodies.append(try BodyRuns(node, found.bodies, model, threads: threads)) } catch {
        for made in bodies { made.free() }
        if last?.arena != arena { o2m_free_zeros(arena, capacity) }
        throw error
      }
    }
    bound = .allocate(capacity: plan.inputs.count)
    bound.initialize(repeating: nil, count: plan.inputs.count)
    inputTable = .allocate(capacity: reads)
    inputTable.initialize(repeating: nil, count: reads)
    outputTable = .allocate(capacity: writes)
    outputTable.initialize(repeating: nil, count: writes)
    for item in work {
      let operands = plan.steps[item.step].operands
      for (position, slot) in operands.inputs.enumerated() {
        inputTable[item.inputs + position] = slot.flatMap { sized.address(memory[$0], arena, model.weights) }
      }
      for (position, slot) in operands.outputs.enumerated() {
        outputTable[item.outputs + position] =
          sized.address(memory[slot], arena, model.weights).map { UnsafeMutableRawPointer(mutating: $0) }
      }
    }
  }

  /// Gives memory back, but for an arena that `next` has taken over.
  func free(keepingArenaOf next: SessionSetup? = nil) {
    if next?.arena != arena { o2m_free_zeros(arena, capacity) }
    if Included.has(.bodies) { for runs in bodies { runs.free() } }
    bound.deallocate()
    inputTable.deallocate()
    outputTable.deallocate()
  }
}
