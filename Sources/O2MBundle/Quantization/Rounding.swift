import O2MOps
import O2MRuntime
import O2MTensor

/// A float32 constant rounded to int8, symmetric, one scale per output channel.
///
///     scale[m] = max|w[m]| / 127        q = round(w / scale[m]), ties to even, in -127...127        w ≈ q · scale[m]
///
/// Then the fewest q of a channel that were rounded by nearly half a step are rounded the other way, until the channel's errors sum
/// to less than half a step: inputs behind a rectifier have a mean well above zero, and it is the sum of the errors that meets it.
///
/// Scales and quotients are float32, sums of errors float64. A channel of zeros has the scale 1.
struct ChannelInt8 {
  let values: [Int8]
  let scales: [Float]

  init(_ weights: [Float], channelCount: Int, channel: (Int) -> Int) {
    var largest = [Float](repeating: 0, count: channelCount)
    for (index, w) in weights.enumerated() { largest[channel(index)] = max(largest[channel(index)], w.magnitude) }
    let scales = largest.map { $0 / 127 > 0 ? $0 / 127 : 1 }
    var values: [Int8] = [], errors: [Float] = []
    var sums = [Double](repeating: 0, count: channelCount)
    for index in weights.indices {
      let quotient = weights[index] / scales[channel(index)]
      let q = min(127, max(-127, quotient.rounded(.toNearestOrEven)))
      values.append(Int8(q))
      errors.append(quotient - q)
      sums[channel(index)] += Double(quotient - q)
    }
    Self.balance(&values, errors, sums, channel)
    self.values = values
    self.scales = scales
  }

  /// Takes |round(sum)| steps in every channel, each where it costs least; equal costs go by index.
  private static func balance(_ values: inout [Int8], _ errors: [Float], _ sums: [Double], _ channel: (Int) -> Int) {
    var members = [[Int]](repeating: [], count: sums.count)
    for index in errors.indices { members[channel(index)].append(index) }
    for (m, sum) in sums.enumerated() {
      let steps = Int(sum.rounded(.toNearestOrEven))
      guard steps != 0 else { continue }
      let direction: Float = steps > 0 ? 1 : -1
      let candidates = members[m].filter { errors[$0] * direction > 0 && abs(Int(values[$0]) + Int(direction)) <= 127 }
      let order = candidates.sorted { errors[$0] != errors[$1] ? errors[$0] * direction > errors[$1] * direction : $0 < $1 }
      for index in order.prefix(abs(steps)) { values[index] += Int8(direction) }
    }
  }
}

/// How a constant that a node reads packed is stored.
struct PackedUse: Equatable {
  var packing: Packing
  var groups: Int
  /// The order of a transposed convolution's taps, nil where it is the natural one.
  var taps: [Int]?

  func order(_ shape: Shape) -> PackedOrder { PackedOrder(packing, shape, groups: groups, taps: taps) }
}

extension FlatModel {
  /// In which packed forms each constant is read, in the order of the nodes that read it.
  func packedUses() -> [[PackedUse]] {
    var uses = [[PackedUse]](repeating: [], count: constants.count)
    for node in graph.nodes {
      for (index, input) in node.inputs.enumerated() {
        guard let input, graph.isConstant(input) else { continue }
        let use = packedUse(node, input: index)
        if !uses[input - graph.inputCount].contains(use) { uses[input - graph.inputCount].append(use) }
      }
    }
    return uses
  }

  /// The form in which a node reads the constant that is its input `index`.
  func packedUse(_ node: FlatGraph.Node, input index: Int) -> PackedUse {
    let types = types(node)
    let packing = node.op.packing(of: index, types)
    guard packing != .plain, node.inputs.count > 1, let x = node.inputs[0], let w = node.inputs[1], graph.isConstant(w),
      let y = node.outputs.first
    else { return PackedUse(packing: packing, groups: 1) }
    let groups = Plan.groups(node.op.packing(of: 1, types), weights: shape(w), input: shape(x), output: shape(y))
    return PackedUse(packing: packing, groups: groups, taps: packing == .transposedConvPanels ? node.op.tapOrder(shape(w)) : nil)
  }

  /// What each constant is stored as, when `wanted` gives a wish for its value index; float32 means its own type.
  ///
  /// Only float32 weights in a packed form are rounded, only where the result is finite, and only where every reader gets the
  /// same numbers: int8 needs one form for all readers.
  public func storedPrecisions(_ wanted: [Int: WeightPrecision]) -> [WeightPrecision] {
    let uses = packedUses()
    return constants.indices.map { index in
      let tensor = constants[index]
      guard let wish = wanted[index + graph.inputCount], wish != .float32, tensor.element == .float32, tensor.count > 0,
        !uses[index].isEmpty, uses[index].allSatisfy({ $0.packing.isWeights })
      else { return .float32 }
      let largest = tensor.withElements(of: Float.self) { $0.reduce(Float(0)) { $1.isNaN ? .infinity : max($0, $1.magnitude) } }
      guard largest.isFinite else { return .float32 }
      if wish == .int8, uses[index].count == 1 { return .int8 }
      return Float16(largest).isFinite ? .float16 : .float32
    }
  }

  /// The constants that could be stored as int8 or float16: those that every reader reads as packed weights.
  public func roundableConstants() -> [Int] {
    let all = Dictionary(uniqueKeysWithValues: graph.constants.map { ($0, WeightPrecision.float16) })
    let stored = storedPrecisions(all)
    return graph.constants.filter { stored[$0 - graph.inputCount] != .float32 }
  }

  /// The constants that storing changes, as float32 tensors of the values that kernels will see, by value index.
  ///
  /// The rounding is the one that `emit` applies, so errors can be measured on the reference before anything is written.
  public func roundedConstants(_ wanted: [Int: WeightPrecision]) -> [Int: Tensor] {
    let uses = packedUses()
    var rounded: [Int: Tensor] = [:]
    for (index, precision) in storedPrecisions(wanted).enumerated() where precision != .float32 {
      rounded[index + graph.inputCount] = Self.rounded(constants[index], precision, uses[index][0])
    }
    return rounded
  }

  private static func rounded(_ tensor: Tensor, _ precision: WeightPrecision, _ use: PackedUse) -> Tensor {
    let weights = tensor.withElements(of: Float.self) { Array($0) }
    if precision == .float16 { return Tensor(tensor.shape, weights.map { Float(Float16($0)) }) }
    let order = use.order(tensor.shape)
    let int8 = ChannelInt8(weights, channelCount: order.channelCount, channel: order.channel)
    return Tensor(tensor.shape, weights.indices.map { Float(int8.values[$0]) * int8.scales[order.channel($0)] })
  }
}

extension Op {
  /// The order in which a transposed convolution's taps are packed: those that meet in one output pixel side by side.
  func tapOrder(_ weights: Shape) -> [Int]? {
    guard case .convTranspose(let op) = self else { return nil }
    let kernel = Array(weights.dims.dropFirst(2))
    let ones = kernel.map { _ in 1 }
    let strides = op.window.strides.isEmpty ? ones : op.window.strides
    let dilations = op.window.dilations.isEmpty ? ones : op.window.dilations
    return Window(kernel: kernel, strides: strides, dilations: dilations).tapOrder
  }
}
