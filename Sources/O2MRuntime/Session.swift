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
  private let sharesInputs: Bool
  private let pool: OpaquePointer?
  private let cancelFlag: UnsafeMutablePointer<Int32>
  /// Up while nobody is between `enter` and `leave`.
  private let idleFlag: UnsafeMutablePointer<Int32>
  private var setup: SessionSetup
  var pictures = SessionPictures()

  /// Bytes of scratch memory behind the arena.
  public var scratchBytes: Int { setup.scratchBytes }
  /// Bytes of the arena at the shapes that the inputs have now.
  public var arenaBytes: Int { setup.sized.plan.arenaBytes }
  /// The graph at these shapes.
  public var graph: FlatGraph {
    if Included.has(.counted), let run = setup.run { return run.graph }
    return setup.sized.graph
  }

  /// - Parameter sharesInputs: inputs lie in the arena, where a run may use their memory for something else: fewer bytes, and every input
  ///   but state is to be written before every run. Else they have memory of their own and keep what was written.
  /// - Errors: `.memory`, `.threads`; `.kernel` and `.operands` where the plan's operands suit no kernel.
  public convenience init(_ model: Model, threads: Int = 1, sharesInputs: Bool = false) throws(RunFault) {
    let threads = max(1, threads), setup = try SessionSetup(model, model.sized, threads: threads, sharesInputs: sharesInputs)
    let pool = threads > 1 ? o2m_pool_create(UInt32(threads)) : nil
    if threads > 1, pool == nil {
      setup.free()
      throw .threads(threads)
    }
    self.init(model, setup, pool, threads: threads, sharesInputs: sharesInputs)
  }

  // Nothing throws once there is an object: Embedded Swift does not free one that is half made.
  private init(_ model: Model, _ setup: SessionSetup, _ pool: OpaquePointer?, threads: Int, sharesInputs: Bool) {
    self.model = model
    self.threads = threads
    self.sharesInputs = sharesInputs
    self.setup = setup
    self.pool = pool
    cancelFlag = .allocate(capacity: 1)
    cancelFlag.initialize(to: 0)
    idleFlag = .allocate(capacity: 1)
    idleFlag.initialize(to: 1)
    resetState()
  }

  deinit {
    o2m_pool_destroy(pool)
    setup.free()
    cancelFlag.deallocate()
    idleFlag.deallocate()
  }

  /// Takes the session for a thread; false where another has it. `leave` gives it back.
  package func enter() -> Bool { o2m_flag_take(idleFlag) != 0 }

  package func leave() { o2m_flag_raise(idleFlag) }

  /// Gives the inputs other shapes, one for each: types, places and kernels follow, weights stay as they are. What the inputs held is lost,
  /// and memory that was handed out before is no longer theirs. Kernels of steps whose operands keep their extents are kept. State stays
  /// where its own shape does, and is as before the first run elsewhere.
  ///
  /// - Errors: `.shapes` where the bundle does not take them; else those of `init`. The session then is as it was.
  public func resize(_ shapes: [Shape]) throws(RunFault) {
    let sized = try model.sized(for: shapes, from: setup.sized)
    guard Included.has(.shapes) else { return }
    let next = try SessionSetup(model, sized, threads: threads, sharesInputs: sharesInputs, keeping: setup)
    let held = heldState(of: next.sized.graph)
    setup.free(keepingArenaOf: next)
    setup = next
    setState(held)
    pictures.forgetShapes()
  }

  /// Where the elements of an input belong, row-major. They stay over runs, unless the session shares inputs; those of a state are what its
  /// output was after the last run that ended well.
  public func input(_ index: Int) -> UnsafeMutableRawBufferPointer {
    let slot = setup.memory[model.plan.inputs[index]]
    return UnsafeMutableRawBufferPointer(start: setup.arena + slot.offset, count: slot.count)
  }

  /// The elements of an output of the last run, row-major; they are there until the next run begins, or an input is written where the
  /// output is that input or the session shares inputs.
  public func output(_ index: Int) -> UnsafeRawBufferPointer {
    if let kept = setup.kept.first(where: { $0.output == index }) {
      return UnsafeRawBufferPointer(start: setup.arena + kept.offset, count: outputType(index).byteCount)
    }
    let slot = model.plan.outputs[index]
    let address = setup.sized.address(setup.memory[slot], setup.arena, model.weights)
    return UnsafeRawBufferPointer(start: address, count: outputType(index).byteCount)
  }

  /// Runs the model on what stands in the inputs, and carries state over to the next run.
  ///
  /// - Errors: `.run` where an operator refuses what an input holds, such as an index outside its axis; `.cancelled`. Then the outputs hold
  ///   anything, state is what it was before, and the next run begins afresh.
  public func run() throws(RunFault) {
    o2m_pool_begin(pool)
    defer { o2m_pool_end(pool) }
    let setup = setup
    try perform(setup)
    carry(setup)
  }

  /// All steps of the plan, or of a body.
  func perform(_ setup: SessionSetup) throws(RunFault) {
    for index in setup.work.indices {
      // A look costs less than an exchange, and almost always there is nothing to take.
      if o2m_flag_is_up(cancelFlag) != 0, o2m_flag_take(cancelFlag) != 0 { throw .cancelled }
      try perform(index, setup)
    }
  }

  /// Ends the run that is going on before its next step, or else the next run before its first. Any thread may call it while another runs
  /// the session.
  public func cancel() { o2m_flag_raise(cancelFlag) }

  /// Runs the model; `look` sees every step of the plan right after it.
  public func run(observing look: (StepView) -> Void) throws(RunFault) {
    o2m_pool_begin(pool)
    defer { o2m_pool_end(pool) }
    var next = 0
    let setup = setup
    for step in model.plan.steps.indices {
      let start = o2m_nanoseconds()
      var end = start
      if next < setup.work.count, setup.work[next].step == step {
        try perform(next, setup)
        end = o2m_nanoseconds()
        next += 1
      }
      look(view(step, nanoseconds: end - start))
    }
    carry(setup)
  }

  /// Where the elements of a slot lie, for those who run single steps; nil for a weight.
  public func memory(of slot: Int) -> UnsafeMutableRawBufferPointer? {
    let place = setup.memory[slot]
    guard place.region == .arena else { return nil }
    return UnsafeMutableRawBufferPointer(start: setup.arena + place.offset, count: place.count)
  }

  /// Runs one step of the plan alone, on what its operands hold. All steps in their order are a run, but for the state, which stays.
  public func run(step: Int) throws(RunFault) -> StepView {
    o2m_pool_begin(pool)
    defer { o2m_pool_end(pool) }
    let start = o2m_nanoseconds()
    if let index = setup.work.firstIndex(where: { $0.step == step }) { try perform(index, setup) }
    return view(step, nanoseconds: o2m_nanoseconds() - start)
  }

  private func view(_ step: Int, nanoseconds: UInt64) -> StepView {
    StepView(
      model: model, sized: setup.sized, graph: graph, index: step, nanoseconds: nanoseconds, arena: setup.arena, memory: setup.memory)
  }

  /// Runs the model and adds to `nanoseconds`, which has a place for each step of the plan, what each step took.
  public func run(addingTo nanoseconds: UnsafeMutableBufferPointer<UInt64>) throws(RunFault) {
    precondition(nanoseconds.count == model.plan.steps.count)
    try run { nanoseconds[$0.index] += $0.nanoseconds }
  }

  private func perform(_ index: Int, _ setup: SessionSetup) throws(RunFault) {
    let step = setup.work[index].step, plan = setup.sized.plan
    let operands = KernelMemory(
      inputs: setup.inputTable + setup.work[index].inputs, outputs: setup.outputTable + setup.work[index].outputs, scratch: setup.scratch,
      pool: pool)
    if Included.has(.bodies), let bodies = setup.work[index].bodies, let node = plan.steps[step].node {
      return try perform(setup.bodies[bodies], setup.sized.graph.nodes[node].op, operands)
    }
    if Included.has(.counted), let run = setup.run, run.sizes(step) { return try perform(step, run, operands, setup) }
    if setup.work[index].kernel.isAlias {
      return copyAlias(operands, bytes: setup.memory[plan.steps[step].operands.outputs[0]].count)
    }
    do throws(OpFault) { try setup.work[index].kernel.run(operands) } catch { throw .run(node: plan.steps[step].node ?? 0, error) }
  }

  /// A step whose operands have the extents that this run found.
  private func perform(_ step: Int, _ run: CountedRun, _ operands: KernelMemory, _ setup: SessionSetup) throws(RunFault) {
    guard let kernel = try run.kernel(of: step, operands.inputs) else { return }
    if kernel.isAlias { return copyAlias(operands, bytes: run.type(model.plan.steps[step].operands.outputs[0]).byteCount) }
    var operands = operands
    if kernel.scratchBytes > setup.scratchBytes { operands.scratch = try run.scratch(kernel.scratchBytes) }
    do throws(OpFault) { try kernel.run(operands) } catch { throw .run(node: model.plan.steps[step].node ?? 0, error) }
  }

  /// An alias whose operands lie apart is a copy.
  private func copyAlias(_ operands: KernelMemory, bytes: Int) {
    guard let source = operands.inputs[0], let target = operands.outputs[0], source != UnsafeRawPointer(target) else { return }
    target.copyMemory(from: source, byteCount: bytes)
  }
}
