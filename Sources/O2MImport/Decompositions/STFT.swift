import O2MOps
import O2MTensor

/// The transforms of overlapping frames of a signal:
///
///     y[b, f] = DFT(x[b, f·step ..< f·step + length] · window)        as Gather, Mul, DFT
///
/// - Spec: ONNX STFT-17.
/// - Shapes: `x` float `[B, L, 1]` real or `[B, L, 2]` complex, `frame_step` a scalar integer, `window` float `[length]`, optional,
///   `frame_length` a scalar integer, optional → `y` `[B, (L − length) / step + 1, length or length / 2 + 1, 2]`.
/// - Errors: `.extent` where window and length disagree; `.index` for a step below 1 or a length that the signal does not have.
struct STFT: Decomposition {
  static let name = "STFT"
  static let versions = [17]

  private let isOnesided: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(2...4)
    isOnesided = try node.flag(.onesided, default: true)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), shape = try composer.shape(x)
    guard shape.rank == 3 else { throw .rank(input: 0, expected: 3...3, found: shape.rank) }
    let window = composer.optional(2), windowShape = try window.map { value throws(OpFault) in try composer.shape(value) }
    let length = try composer.knownInts(3)?.first ?? windowShape?.count ?? shape[1]
    let step = try composer.knownInts(1)?.first ?? 0
    guard step >= 1 else { throw .index(input: 1, found: step, limit: shape[1]) }
    guard length >= 1, length <= shape[1] else { throw .index(input: 3, found: length, limit: shape[1]) }
    if let windowShape, windowShape.dims != [length] {
      throw .extent(input: 2, axis: 0, expected: length, found: windowShape.dims.first ?? 1)
    }
    let count = (shape[1] - length) / step + 1
    let places = (0..<count).flatMap { frame in (0..<length).map { Int64(frame * step + $0) } }
    var frames = try composer.emit("Gather", [x, composer.constant(Tensor([count, length], places))], [.axis: .int(1)])
    if let window {
      let column = try composer.reshape(window, [length, 1])
      frames = try composer.emit("Mul", [frames, column])
    }
    return [try composer.emit("DFT", [frames], [.onesided: .int(isOnesided ? 1 : 0)])]
  }
}
