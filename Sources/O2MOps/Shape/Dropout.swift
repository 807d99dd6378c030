import O2MTensor

/// Dropout at inference: `y = x`, and a mask that keeps everything.
///
/// - Spec: ONNX Dropout-22 with `training_mode` false, when the ratio has no effect, or with a ratio of 0.
/// - Shapes: `x` float `[*]`, `ratio` `[]` optional, `training_mode` bool `[]` optional → `y` like `x`, mask bool, same shape, optional.
///   Before -10 the mask has the type of `x`.
/// - Parity: exact.
/// - Errors: `.unsupported(.trainingMode)` where it trains: `training_mode` is true and the ratio not 0, or `is_test` is 0 before -7.
///   `.dataDependent` where the model decides that when it runs.
public struct Dropout: OnnxOperator, ElementMovement {
  public static let name: StaticString = "Dropout"
  public static let code = OpCode.dropout
  public static let versions = [1, 6, 7, 10, 12, 13, 22]
  public static let elements = ElementClass.floats
  public static let dataflow = Dataflow.moves([0])

  public var hasMask: Bool
  /// Whether the mask is bool; before version 10 it has the type of `x`.
  public var maskIsBool: Bool

  public init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...3, outputs: 1...2)
    hasMask = node.outputCount == 2
    maskIsBool = node.opset >= 10
    if node.opset < 7, !(try node.flag(.is_test, default: false)) { throw .unsupported(.trainingMode) }
  }

  public func view(_ inputs: [InputFact?]) -> ElementView? { .identity }

  public func infer(_ inputs: [InputFact?]) throws(OpFault) -> [TensorType] {
    let x = try inputs.require(0, elements: Self.elements).type
    if inputs.has(2) {
      guard let training = try inputs.require(2, elements: .bool).value else { throw .dataDependent(input: 2) }
      if training.ints().contains(where: { $0 != 0 }) {
        guard let ratio = try inputs.knownFloats(1), ratio == [0] else { throw .unsupported(.trainingMode) }
      }
    }
    return hasMask ? [x, TensorType(maskIsBool ? .bool : x.element, x.dims)] : [x]
  }

  public func reference(_ inputs: [Tensor?]) throws(OpFault) -> [Tensor] {
    let types = try infer(inputs.facts)
    let x = try inputs.tensor(0)
    return [x] + types.dropFirst().map { Tensor($0.element, x.shape, wrapping: [Int](repeating: 1, count: x.count)) }
  }

  public func encode(to record: inout RecordWriter) {
    record.put(hasMask)
    record.put(maskIsBool)
  }

  public init(from record: inout RecordReader) throws(FormatFault) {
    hasMask = try record.flag()
    maskIsBool = try record.flag()
  }
}
