import CO2MPlatform
import O2MOps
import O2MTensor

/// One run after another of a model: an arena, scratch memory, threads, and a kernel for every step.
///
/// Everything is allocated by `init`; `run` allocates nothing unless an operator has no kernel and its reference serves. A session
/// belongs to one thread at a time, but for `cancel`; sessions of one model do not disturb each other. Results do not depend on `threads`.
public final class Session {
  public let model: Model
  public let threads: Int
  private let arena: UnsafeMutableRawPointer
  private let pool: OpaquePointer?
  private let inputTable: UnsafeMutablePointer<UnsafeRawPointer?>
  private let outputTable: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  private let work: [Work]
  /// Where each slot of the plan lies.
  private let memory: [SlotMemory]
  private let cancelFlag: UnsafeMutablePointer<Int32>
  var pictures = SessionPictures()

  /// What one step of the plan does. Steps that do nothing have none.
  private struct Work {
    var step: Int
    /// Where the step's operands begin in the tables.
    var inputs: Int
    var outputs: Int
    var kernel: Kernel
  }

  /// Bytes of scratch memory behind the arena.
  public let scratchBytes: Int
  private let memoryBytes: Int
  private let scratch: UnsafeMutableRawPointer?

  /// - Parameter sharesInputs: inputs lie in the arena, where a run may use their memory for something else: fewer bytes, and every input
  ///   is to be written before every run. Else they have memory of their own and keep what was written.
  /// - Errors: `.memory`, `.threads`; `.kernel` and `.operands` where the plan's operands suit no kernel.
  public convenience init(_ model: Model, threads: Int = 1, sharesInputs: Bool = false) throws(RunFault) {
    let parts = try Parts(model, threads: max(1, threads), sharesInputs: sharesInputs)
    self.init(model, parts)
  }

  // Nothing throws once there is an object: Embedded Swift does not free one that is half made.
  private init(_ model: Model, _ parts: Parts) {
    self.model = model
    threads = parts.threads
    work = parts.work
    memory = parts.memory
    scratchBytes = parts.scratchBytes
    memoryBytes = parts.memoryBytes
    arena = parts.arena
    scratch = scratchBytes > 0 ? arena + (memoryBytes - scratchBytes) : nil
    pool = parts.pool
    cancelFlag = .allocate(capacity: 1)
    cancelFlag.initialize(to: 0)
    inputTable = .allocate(capacity: parts.reads)
    inputTable.initialize(repeating: nil, count: parts.reads)
    outputTable = .allocate(capacity: parts.writes)
    outputTable.initialize(repeating: nil, count: parts.writes)
    for item in work {
      let operands = model.plan.steps[item.step].operands
      for (position, slot) in operands.inputs.enumerated() {
        inputTable[item.inputs + position] = slot.flatMap { model.address(memory[$0], arena) }
      }
      for (position, slot) in operands.outputs.enumerated() {
        outputTable[item.outputs + position] = model.address(memory[slot], arena).map { UnsafeMutableRawPointer(mutating: $0) }
      }
    }
  }

  /// What a session needs, as far as it can fail.
  private struct Parts {
    let threads: Int
    var work: [Work] = []
    var reads = 1
    var writes = 1
    var scratchBytes = 0
    var memory: [SlotMemory]
    let memoryBytes: Int
    let arena: UnsafeMutableRawPointer
    let pool: OpaquePointer?

    init(_ model: Model, threads: Int, sharesInputs: Bool) throws(RunFault) {
      self.threads = threads
      memory = model.memory
      work.reserveCapacity(model.isIdle.reduce(0) { $1 ? $0 : $0 + 1 })
      for step in model.plan.steps.indices where !model.isIdle[step] {
        let kernel = try model.kernel(of: step, threads: threads), operands = model.plan.steps[step].operands
        work.append(Work(step: step, inputs: reads, outputs: writes, kernel: kernel))
        reads += operands.inputs.count
        writes += operands.outputs.count
        scratchBytes = max(scratchBytes, kernel.scratchBytes)
      }
      // Inputs are written before the first run; until then they are zero, not what another program left here. Behind the arena lie the
      // inputs, then the scratch memory. Who reads an input finds it there, a node that would write over it in place as well.
      var end = model.plan.arenaBytes
      for slot in model.plan.inputs where !sharesInputs && end < Int.max / 4 {
        let start = (end + 63) & ~63
        memory[slot].offset = start
        end = start + memory[slot].count
      }
      guard end < Int.max / 4, scratchBytes < Int.max / 4 else { throw .memory(bytes: end) }
      memoryBytes = ((end + 63) & ~63) + scratchBytes
      guard let arena = o2m_allocate_zeros(memoryBytes) else { throw .memory(bytes: memoryBytes) }
      self.arena = arena
      pool = threads > 1 ? o2m_pool_create(UInt32(threads)) : nil
      if threads > 1, pool == nil {
        o2m_free_zeros(arena, memoryBytes)
        throw .threads(threads)
      }
    }
  }

  deinit {
    o2m_pool_destroy(pool)
    o2m_free_zeros(arena, memoryBytes)
    cancelFlag.deallocate()
    inputTable.deallocate()
    outputTable.deallocate()
  }

  /// Where the elements of an input belong, row-major. They stay over runs, unless the session shares inputs.
  public func input(_ index: Int) -> UnsafeMutableRawBufferPointer {
    let slot = memory[model.plan.inputs[index]]
    return UnsafeMutableRawBufferPointer(start: arena + slot.offset, count: slot.count)
  }

  /// The elements of an output of the last run, row-major; they are there until the next run begins, or an input is written where the
  /// output is that input or the session shares inputs.
  public func output(_ index: Int) -> UnsafeRawBufferPointer {
    let slot = model.plan.outputs[index]
    let value = model.graph.values[model.plan.slots[slot].value]
    return UnsafeRawBufferPointer(start: model.address(memory[slot], arena), count: value.byteCount)
  }

  /// Runs the model on what stands in the inputs.
  ///
  /// - Errors: `.run` where an operator refuses what an input holds, such as an index outside its axis; `.cancelled`. Then the outputs hold
  ///   anything, and the next run begins afresh.
  public func run() throws(RunFault) {
    o2m_pool_begin(pool)
    defer { o2m_pool_end(pool) }
    for index in work.indices {
      // A look costs less than an exchange, and almost always there is nothing to take.
      if o2m_flag_is_up(cancelFlag) != 0, o2m_flag_take(cancelFlag) != 0 { throw .cancelled }
      try perform(index)
    }
  }

  /// Ends the run that is going on before its next step, or else the next run before its first. Any thread may call it while another runs the
  /// session.
  public func cancel() { o2m_flag_raise(cancelFlag) }

  /// Runs the model; `look` sees every step of the plan right after it.
  public func run(observing look: (StepView) -> Void) throws(RunFault) {
    o2m_pool_begin(pool)
    defer { o2m_pool_end(pool) }
    var next = 0
    for step in model.plan.steps.indices {
      let start = o2m_nanoseconds()
      var end = start
      if next < work.count, work[next].step == step {
        try perform(next)
        end = o2m_nanoseconds()
        next += 1
      }
      look(StepView(model: model, index: step, nanoseconds: end - start, arena: arena, memory: memory))
    }
  }

  /// Where the elements of a slot lie, for those who run single steps; nil for a weight.
  public func memory(of slot: Int) -> UnsafeMutableRawBufferPointer? {
    let place = memory[slot]
    guard place.region == .arena else { return nil }
    return UnsafeMutableRawBufferPointer(start: arena + place.offset, count: place.count)
  }

  /// Runs one step of the plan alone, on what its operands hold. All steps in their order are a run.
  public func run(step: Int) throws(RunFault) -> StepView {
    o2m_pool_begin(pool)
    defer { o2m_pool_end(pool) }
    let start = o2m_nanoseconds()
    if let index = work.firstIndex(where: { $0.step == step }) { try perform(index) }
    return StepView(model: model, index: step, nanoseconds: o2m_nanoseconds() - start, arena: arena, memory: memory)
  }

  /// Runs the model and adds to `nanoseconds`, which has a place for each step of the plan, what each step took.
  public func run(addingTo nanoseconds: UnsafeMutableBufferPointer<UInt64>) throws(RunFault) {
    precondition(nanoseconds.count == model.plan.steps.count)
    try run { nanoseconds[$0.index] += $0.nanoseconds }
  }

  private func perform(_ index: Int) throws(RunFault) {
    let step = work[index].step
    let operands = KernelMemory(
      inputs: inputTable + work[index].inputs, outputs: outputTable + work[index].outputs, scratch: scratch, pool: pool)
    if work[index].kernel.isAlias { return copyAlias(operands, step) }
    do throws(OpFault) { try work[index].kernel.run(operands) } catch { throw .run(node: model.plan.steps[step].node ?? 0, error) }
  }

  /// An alias whose operands lie apart is a copy.
  private func copyAlias(_ operands: KernelMemory, _ step: Int) {
    guard let source = operands.inputs[0], let target = operands.outputs[0], source != UnsafeRawPointer(target),
      let output = model.plan.steps[step].operands.outputs.first
    else { return }
    target.copyMemory(from: source, byteCount: memory[output].count)
  }
}
