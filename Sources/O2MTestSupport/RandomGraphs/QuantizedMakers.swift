import O2MOps
import O2MTensor

extension GraphGenerator {
  private mutating func scale(_ shape: Shape = []) -> String {
    // A power of two leaves the quotients exact, and so on the boundary between two codes.
    let isPower = chance(0.3)
    return constant(Tensor(shape, (0..<shape.count).map { _ in isPower ? Float(pick([0.5, 0.25, 0.0625])) : random.uniform(0.01...0.2) }))
  }

  private mutating func zero(_ element: ElementType, _ shape: Shape = []) -> String {
    let range = element.isUnsigned ? 100...140 : -8...8
    return constant(Tensor(element, shape, wrapping: (0..<shape.count).map { _ in int(range) }))
  }

  /// QuantizeLinear of `x`, and the scale and zero point that undo it.
  mutating func makeQuantize(_ given: String? = nil) -> (codes: String, scale: String, zero: String?, axis: Int)? {
    guard let x = given ?? operand(isSum: true) else { return nil }
    let element: ElementType = pick([.uint8, .int8, .uint8, .int8, .int16, .uint16]), rank = extents(x).rank
    let axis = rank > 0 && chance(0.3) ? int(0...rank - 1) : -1, own: Shape = axis < 0 ? [] : [extents(x)[axis]]
    let scale = scale(own), zero = element != .uint8 || chance(0.8) ? zero(element, own) : nil
    guard let codes = one(.quantizeLinear, [x, scale, zero], axis < 0 ? [:] : [.axis: .int(axis)]) else { return nil }
    return (codes, scale, zero, axis)
  }

  /// A quantized pair: what most of these nodes are in models.
  mutating func makePair(_ x: String? = nil) -> String? {
    guard let (codes, scale, zero, axis) = makeQuantize(x) else { return nil }
    return one(.dequantizeLinear, [codes, scale, zero], axis < 0 ? [:] : [.axis: .int(axis)])
  }

  mutating func makeDequantize() -> Bool {
    if chance(0.5) { return makePair() != nil }
    guard let x = operand(pick([.uint8, .int8, .int16, .int32])) else { return false }
    let axis = extents(x).rank > 0 && chance(0.4) ? int(0...extents(x).rank - 1) : -1, own: Shape = axis < 0 ? [] : [extents(x)[axis]]
    let zero = element(x) != .int32 && chance(0.7) ? zero(element(x), own) : nil
    return one(.dequantizeLinear, [x, scale(own), zero], axis < 0 ? [:] : [.axis: .int(axis)]) != nil
  }

  mutating func makeDynamicQuantize() -> Bool {
    guard let x = operand(isSum: true, { $0.count > 0 }) else { return false }
    return node(.dynamicQuantizeLinear, [x], outputs: 3) != nil
  }

  /// A constant of codes, often computed ones.
  private mutating func codes(_ shape: Shape) -> String {
    let element: ElementType = pick([.int8, .uint8])
    return constant(Tensor(element, shape, wrapping: (0..<shape.count).map { _ in int(element.isUnsigned ? 0...255 : -127...127) }))
  }

  mutating func makeIntegerMatMul(_ code: OpCode) -> Bool {
    guard let a = operand(pick([.uint8, .int8]), rank: 2...3, { $0.count > 0 && $0.count < 1500 }) else { return false }
    let b = codes([extents(a)[extents(a).rank - 1], extent(mayBeEmpty: false)])
    if code == .matMulInteger {
      return one(code, [a, b, chance(0.6) ? zero(element(a)) : nil, chance(0.6) ? zero(element(b)) : nil]) != nil
    }
    return one(code, [a, scale(), zero(element(a)), b, scale(), zero(element(b)), scale(), zero(pick([.uint8, .int8]))]) != nil
  }

  mutating func makeIntegerConv(_ code: OpCode) -> Bool {
    let x = picture(pick([.uint8, .int8]), rank: 4...4), dims = extents(x).dims, spatial = Array(dims.dropFirst(2)),
      kernel = kernel(spatial)
    let isDepthwise = chance(0.25), group = isDepthwise ? dims[1] : 1, outputs = isDepthwise ? dims[1] : int(1...9)
    let w = codes(Shape([outputs, dims[1] / group] + kernel))
    var attributes = window(kernel, over: spatial)
    if group > 1 { attributes[.group] = .int(group) }
    if code == .convInteger { return one(code, [x, w, chance(0.6) ? zero(element(x)) : nil], attributes) != nil }
    let bias = Tensor([outputs], (0..<outputs).map { _ in Int32(int(-500...500)) }), perChannel = chance(0.5)
    let lines: Shape = perChannel ? [outputs] : []
    let operands = [
      x, scale(), zero(element(x)), w, scale(lines), zero(element(w), lines), scale(), zero(pick([.uint8, .int8])),
    ]
    return one(code, operands + (chance(0.5) ? [constant(bias)] : []), attributes) != nil
  }
}
