import O2MTensor

/// How a convolution or a pooling window moves over the spatial axes.
///
/// - Spec: ONNX Conv-22 and the pooling operators: `kernel_shape`, `strides`, `pads`, `dilations`, `auto_pad`.
/// - Ranges: extents, strides and dilations 1 to 2^20, pads 0 to 2^20, so that no sum of their products overflows.
public struct Window: Equatable, Sendable {
  static let limit = 1 << 20

  public enum AutoPad: UInt8, Sendable { case explicit, sameUpper, sameLower, valid }

  public var kernel: [Int]
  public var strides: [Int]
  public var dilations: [Int]
  /// Elements added before each axis, then after each axis.
  public var pads: [Int]
  public var autoPad: AutoPad

  public init(kernel: [Int], strides: [Int]? = nil, dilations: [Int]? = nil, pads: [Int]? = nil, autoPad: AutoPad = .explicit) {
    self.kernel = kernel
    self.strides = strides ?? kernel.map { _ in 1 }
    self.dilations = dilations ?? kernel.map { _ in 1 }
    self.pads = pads ?? kernel.flatMap { _ in [0, 0] }
    self.autoPad = autoPad
  }

  /// Reads the attributes; an absent `kernel_shape` stays empty until `resolved` learns it from the weights.
  public init(_ node: some NodeSource, dilated: Bool = true) throws(OpFault) {
    kernel = try node.ints(.kernel_shape) ?? []
    strides = try node.ints(.strides) ?? []
    dilations = dilated ? try node.ints(.dilations) ?? [] : []
    pads = try node.ints(.pads) ?? []
    switch try node.string(.auto_pad) {
    case nil, "NOTSET": autoPad = .explicit
    case "SAME_UPPER": autoPad = .sameUpper
    case "SAME_LOWER": autoPad = .sameLower
    case "VALID": autoPad = .valid
    default: throw .attribute(.auto_pad, .unknownValue)
    }
    guard kernel.allSatisfy({ $0 >= 1 && $0 <= Self.limit }) else { throw .attribute(.kernel_shape, .outOfRange) }
    guard strides.allSatisfy({ $0 >= 1 && $0 <= Self.limit }) else { throw .attribute(.strides, .outOfRange) }
    guard dilations.allSatisfy({ $0 >= 1 && $0 <= Self.limit }) else { throw .attribute(.dilations, .outOfRange) }
    guard pads.allSatisfy({ $0 >= 0 && $0 <= Self.limit }) else { throw .attribute(.pads, .outOfRange) }
  }

  /// The window with defaults filled in and `auto_pad` turned into pads for an input of these spatial extents.
  public func resolved(kernel known: [Int], input: [Int], ceil: Bool = false) throws(OpFault) -> Window {
    let rank = known.count
    var window = self
    if window.kernel.isEmpty { window.kernel = known }
    guard (1...3).contains(rank) else { throw .rank(input: 0, expected: 3...5, found: rank + 2) }
    guard window.kernel.count == rank else { throw .attribute(.kernel_shape, .count(expected: rank, found: window.kernel.count)) }
    guard window.kernel.allSatisfy({ $0 >= 1 && $0 <= Self.limit }) else { throw .attribute(.kernel_shape, .outOfRange) }
    if window.strides.isEmpty { window.strides = [Int](repeating: 1, count: rank) }
    if window.dilations.isEmpty { window.dilations = [Int](repeating: 1, count: rank) }
    if window.pads.isEmpty { window.pads = [Int](repeating: 0, count: 2 * rank) }
    guard window.strides.count == rank else { throw .attribute(.strides, .count(expected: rank, found: window.strides.count)) }
    guard window.dilations.count == rank else { throw .attribute(.dilations, .count(expected: rank, found: window.dilations.count)) }
    guard window.pads.count == 2 * rank else { throw .attribute(.pads, .count(expected: 2 * rank, found: window.pads.count)) }
    guard input.count == rank else { throw .rank(input: 0, expected: rank + 2...rank + 2, found: input.count + 2) }
    if autoPad == .valid { window.pads = [Int](repeating: 0, count: 2 * rank) }
    if autoPad == .sameUpper || autoPad == .sameLower {
      for axis in 0..<rank {
        let output = (input[axis] + window.strides[axis] - 1) / window.strides[axis]
        let total = max(0, (output - 1) * window.strides[axis] + window.reach(axis) - input[axis])
        guard total <= 2 * Self.limit else { throw .attribute(.auto_pad, .tooLarge(found: total, limit: 2 * Self.limit)) }
        window.pads[axis] = autoPad == .sameUpper ? total / 2 : total - total / 2
        window.pads[rank + axis] = total - window.pads[axis]
      }
    }
    window.autoPad = .explicit
    return window
  }

  /// Input elements from the first tap to the last along `axis`.
  public func reach(_ axis: Int) -> Int { (kernel[axis] - 1) * dilations[axis] + 1 }

  /// The output extents of a resolved window.
  ///
  /// - Spec: `floor((in + pads - reach) / stride) + 1`; with `ceil`, the last window must still start inside the input or its
  ///   leading padding.
  public func output(input: [Int], ceil: Bool = false) throws(OpFault) -> [Int] {
    let rank = kernel.count
    var output: [Int] = []
    for axis in 0..<rank {
      let span = input[axis] + pads[axis] + pads[rank + axis] - reach(axis)
      guard span >= 0 else { throw .emptyOutput(axis: axis + 2, extent: span + 1) }
      var extent = (ceil ? span + strides[axis] - 1 : span) / strides[axis] + 1
      if ceil, (extent - 1) * strides[axis] >= input[axis] + pads[axis] { extent -= 1 }
      output.append(extent)
    }
    return output
  }

  public func encode(to record: inout RecordWriter) {
    record.put(kernel)
    record.put(strides)
    record.put(dilations)
    record.put(pads)
    record.put(autoPad.rawValue)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    kernel = try record.ints(in: 1...Self.limit)
    strides = try record.ints(in: 1...Self.limit)
    dilations = try record.ints(in: 1...Self.limit)
    pads = try record.ints(in: 0...Self.limit)
    autoPad = AutoPad(rawValue: UInt8(try record.choice(4))) ?? .explicit
  }
}
