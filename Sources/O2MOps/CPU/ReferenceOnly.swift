import O2MTensor

// The operators without kernels, by folder.

extension Col2Im: ReferenceOnly {}
extension DeformConv: ReferenceOnly {}
extension BitwiseNot: ReferenceOnly { public static var memory: OperandMemory { .inPlace } }
extension BitShift: ReferenceOnly {}
extension BitwiseAnd: ReferenceOnly {}
extension BitwiseOr: ReferenceOnly {}
extension BitwiseXor: ReferenceOnly {}
extension IsInf: ReferenceOnly {}
extension IsNaN: ReferenceOnly {}
extension Shrink: ReferenceOnly {}
extension EyeLike: ReferenceOnly {}
extension GatherElements: ReferenceOnly {}
extension OneHot: ReferenceOnly {}
extension ReverseSequence: ReferenceOnly {}
extension ScatterND: ReferenceOnly {}
extension TensorScatter: ReferenceOnly {}
extension Trilu: ReferenceOnly {}
extension Det: ReferenceOnly {}
extension Einsum: ReferenceOnly {}
extension LpPool: ReferenceOnly {}
extension MaxUnpool: ReferenceOnly {}
extension CumProd: ReferenceOnly {}
extension CumSum: ReferenceOnly {}
extension ArithmeticRange: ReferenceOnly {}
extension BitCast: ReferenceOnly {}
extension DFT: ReferenceOnly {}
extension MaxRoiPool: ReferenceOnly {}
extension RoiAlign: ReferenceOnly {}
extension Unique: ReferenceOnly {}
extension Branch: ReferenceOnly {}
extension BoundedLoop: ReferenceOnly {}

extension ShapeOf: ReferenceOnly {
  /// The elements are not read, so the input may lie as it likes.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    LayoutChoice(inputs: inputs.map { $0?.layout ?? .plain }, outputs: [.plain])
  }
}

extension SizeOf: ReferenceOnly {
  /// The elements are not read, so the input may lie as it likes.
  public func layouts(_ inputs: [OperandFact?], outputs: Int) -> LayoutChoice {
    LayoutChoice(inputs: inputs.map { $0?.layout ?? .plain }, outputs: [.plain])
  }
}

extension ReferenceOnly where Self: IntegerFunction {
  public static var memory: OperandMemory { .inPlace }
}
