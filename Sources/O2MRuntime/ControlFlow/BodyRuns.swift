import CO2MPlatform
import O2MOps
import O2MTensor

/// The bodies of one step, with memory for each: made when the session is, so that a run allocates nothing.
///
/// A body reads its operands where the step's own lie: no step of it writes there. What it gives is copied to the step's outputs. A value
/// that a loop carries is read from the output that it is to become in the end, so each turn copies it once.
struct BodyRuns {
  let node: Int
  let bodies: [SessionSetup]
  /// Of a loop: the number of the turn, and whether it goes on.
  private let turn: UnsafeMutablePointer<Int64>
  /// For carried values that a body gives back as another one that it was given: they change places.
  private let kept: UnsafeMutableRawPointer?

  /// - Errors: `.memory`; those of kernels.
  init(_ node: Int, _ sized: [SizedModel], _ model: Model, threads: Int) throws(RunFault) {
    self.node = node
    var bodies: [SessionSetup] = []
    do throws(RunFault) {
      for body in sized { bodies.append(try SessionSetup(model, body: body, threads: threads)) }
    } catch {
      for body in bodies { body.free() }
      throw error
    }
    self.bodies = bodies
    turn = .allocate(capacity: 2)
    turn.initialize(repeating: 0, count: 2)
    turn[1] = 1
    var bytes = 0
    for body in bodies { for slot in body.sized.plan.outputs where body.inputNumber(of: slot) != nil { bytes += body.memory[slot].count } }
    kept = bytes > 0 ? o2m_allocate(bytes) : nil
    guard bytes == 0 || kept != nil else {
      free()
      throw .memory(bytes: bytes)
    }
  }

  func free() {
    for body in bodies { body.free() }
    turn.deallocate()
    o2m_free(kept)
  }

  /// Bytes of the bodies' arenas and scratch memory.
  var memoryBytes: Int { bodies.reduce(0) { $0 + $1.memoryBytes } }

  /// Tells the bodies where their inputs lie.
  func bind(_ op: Op, _ inputs: UnsafeMutablePointer<UnsafeRawPointer?>, _ outputs: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
    for body in bodies {
      for input in 0..<body.sized.graph.inputCount {
        if case .boundedLoop(let loop) = op {
          body.bind(input, to: loopInput(input, loop, inputs, outputs))
        } else {
          body.bind(input, to: inputs[1 + input])
        }
      }
      body.bindBodies()
    }
  }

  private func loopInput(
    _ input: Int, _ loop: BoundedLoop, _ inputs: UnsafeMutablePointer<UnsafeRawPointer?>,
    _ outputs: UnsafeMutablePointer<UnsafeMutableRawPointer?>
  ) -> UnsafeRawPointer? {
    if input < 2 { return UnsafeRawPointer(turn + input) }
    return input < 2 + loop.carried ? outputs[input - 2].map { UnsafeRawPointer($0) } : inputs[input]
  }

  /// Copies the values that a loop carries, all at the same time.
  fileprivate func carry(_ body: SessionSetup, _ loop: BoundedLoop, _ outputs: UnsafeMutablePointer<UnsafeMutableRawPointer?>) {
    var offset = 0
    for index in 0..<loop.carried {
      let slot = body.sized.plan.outputs[1 + index]
      guard let input = body.inputNumber(of: slot), input != 2 + index, let kept else { continue }
      body.copy(output: 1 + index, to: kept + offset)
      offset += body.memory[slot].count
    }
    offset = 0
    for index in 0..<loop.carried {
      let slot = body.sized.plan.outputs[1 + index]
      guard let input = body.inputNumber(of: slot) else {
        body.copy(output: 1 + index, to: outputs[index])
        continue
      }
      guard input != 2 + index, let kept else { continue }
      outputs[index]?.copyMemory(from: kept + offset, byteCount: body.memory[slot].count)
      offset += body.memory[slot].count
    }
  }

  /// Begins a turn.
  fileprivate func begin(_ number: Int) { turn[0] = Int64(number) }
}

extension SessionSetup {
  /// The input of the graph that this slot is; nil for any other.
  func inputNumber(of slot: Int) -> Int? { sized.plan.inputs.firstIndex(of: slot) }

  /// Has every step that reads an input of the graph read it at `address`.
  func bind(_ input: Int, to address: UnsafeRawPointer?) {
    let slot = sized.plan.inputs[input]
    bound[input] = address
    for item in work {
      for (position, other) in sized.plan.steps[item.step].operands.inputs.enumerated() where other == slot {
        inputTable[item.inputs + position] = address
      }
    }
  }

  /// Tells all bodies where their inputs lie.
  func bindBodies() {
    for item in work {
      guard let number = item.bodies, case .node(let node, _, _) = sized.plan.steps[item.step] else { continue }
      bodies[number].bind(sized.graph.nodes[node].op, inputTable + item.inputs, outputTable + item.outputs)
    }
  }

  /// Copies an output of the graph.
  func copy(output: Int, to target: UnsafeMutableRawPointer?) {
    let slot = sized.plan.outputs[output], bytes = sized.graph.values[sized.graph.outputs[output]].byteCount
    guard bytes > 0, let target, let source = address(ofOutput: slot) else { return }
    target.copyMemory(from: source, byteCount: bytes)
  }

  private func address(ofOutput slot: Int) -> UnsafeRawPointer? {
    if let input = inputNumber(of: slot) { return bound[input] }
    return sized.address(memory[slot], arena, weights)
  }

  /// The truth value that an output of the graph holds.
  func isTrue(output: Int) -> Bool {
    address(ofOutput: sized.plan.outputs[output])?.load(as: UInt8.self) != 0
  }
}

extension Session {
  /// Runs the body that a step comes to, or all turns of its loop.
  ///
  /// - Errors: `.run` with the step's node, whichever node of a body refused something; `.cancelled`.
  func perform(_ runs: BodyRuns, _ op: Op, _ operands: KernelMemory) throws(RunFault) {
    do throws(RunFault) {
      switch op {
      case .boundedLoop(let loop): try perform(runs, loop, operands)
      default:
        let isTrue = operands.inputs[0]?.load(as: UInt8.self) != 0
        let body = runs.bodies[isTrue ? 0 : 1]
        try perform(body)
        for output in body.sized.plan.outputs.indices { body.copy(output: output, to: operands.outputs[output]) }
      }
    } catch {
      switch error {
      case .run(_, let fault), .kernel(_, let fault): throw .run(node: runs.node, fault)
      default: throw error
      }
    }
  }

  private func perform(_ runs: BodyRuns, _ loop: BoundedLoop, _ operands: KernelMemory) throws(RunFault) {
    let body = runs.bodies[0], types = body.sized.graph
    let count = operands.inputs[0].map { Int(clamping: $0.load(as: Int64.self)) } ?? .max
    var goesOn = operands.inputs[1].map { $0.load(as: UInt8.self) != 0 } ?? true
    for index in 0..<loop.carried {
      guard let source = operands.inputs[2 + index], let target = operands.outputs[index] else { continue }
      target.copyMemory(from: source, byteCount: types.values[2 + index].byteCount)
    }
    var turn = 0
    while goesOn, turn < count {
      guard turn < loop.limit else { throw .run(node: runs.node, .limit(.iterations, found: loop.limit + 1, limit: loop.limit)) }
      runs.begin(turn)
      try perform(body)
      if operands.inputs[1] != nil { goesOn = body.isTrue(output: 0) }
      for item in 0..<loop.itemCount {
        let bytes = types.values[types.outputs[1 + loop.carried + item]].byteCount
        body.copy(output: 1 + loop.carried + item, to: operands.outputs[loop.carried + item].map { $0 + turn * bytes })
      }
      runs.carry(body, loop, operands.outputs)
      turn += 1
    }
    for item in 0..<loop.itemCount {
      let bytes = types.values[types.outputs[1 + loop.carried + item]].byteCount
      guard bytes > 0, let rows = operands.outputs[loop.carried + item] else { continue }
      (rows + turn * bytes).initializeMemory(as: UInt8.self, repeating: 0, count: (loop.limit - turn) * bytes)
    }
    operands.outputs[loop.carried + loop.itemCount]?.storeBytes(of: Int64(turn), as: Int64.self)
  }
}
