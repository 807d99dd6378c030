import O2MOps
import O2MTensor
import Testing

/// Operands that a shape rule refuses, and as what.
private struct Refusal: Sendable, CustomStringConvertible {
  let description: String
  let fault: OpFault
  let found: @Sendable () -> OpFault?

  init(_ description: String, _ fault: OpFault, _ found: @escaping @Sendable () -> OpFault?) {
    self.description = description
    self.fault = fault
    self.found = found
  }

  /// Of a node over constants.
  init(
    _ name: String, _ fault: OpFault, _ code: OpCode, opset: Int = 21, _ attributes: [(AttributeName, BuiltNode.Value)],
    _ tensors: Tensor?...
  ) {
    let node = BuiltNode(tensors.count, opset: opset, attributes)
    self.init("\(code)-\(name)", fault) { O2MOpsTests.fault(code, node, tensors.facts) }
  }
}

/// A window, an extent, a list of axes or an index that does not fit is refused where the shape is inferred, with the numbers.
struct RefusalTests {
  private static let x = counted([2, 3])

  private static let all: [Refusal] = [
    Refusal(
      "kernel-of-other-weights", .attribute(.kernel_shape, .outOfRange), .conv, [(.kernel_shape, .ints([2, 2]))], counted([1, 1, 5, 5]),
      counted([1, 1, 3, 3])),
    Refusal(
      "five-pads", .attribute(.pads, .count(expected: 4, found: 5)), .conv, [(.pads, .ints([1, 1, 1, 1, 1]))], counted([1, 1, 5, 5]),
      counted([1, 1, 3, 3])),
    Refusal(
      "channels-over", .extent(input: 1, axis: 1, expected: 2, found: 2), .conv, [(.group, .int(2))], counted([1, 5, 4]),
      counted([2, 2, 3])),
    Refusal(
      "outputs-over", .extent(input: 1, axis: 0, expected: 2, found: 3), .conv, [(.group, .int(2))], counted([1, 4, 4]), counted([3, 2, 3])),
    Refusal(
      "other-channels", .extent(input: 1, axis: 0, expected: 3, found: 4), .convTranspose, [], counted([1, 3, 4]), counted([4, 2, 3])),
    Refusal(
      "one-place-more", .extent(input: 0, axis: 2, expected: 4, found: 5), .col2Im, [], counted([1, 4, 5]), .indices([3, 3]),
      .indices([2, 2])),
    Refusal("wide-kernel", .emptyOutput(axis: 2, extent: 0), .maxPool, [(.kernel_shape, .ints([3]))], counted([1, 1, 2])),
    Refusal("narrower", .extent(input: 1, axis: 1, expected: 3, found: 2), .concat, [(.axis, .int(0))], x, counted([2, 2])),
    Refusal(
      "other-element", .elementTypes(input: 1, found: .int64, expected: .float32), .concat, [(.axis, .int(0))], x,
      counted([2, 3], as: .int64)),
    Refusal("smaller", .broadcast(axis: 1, left: 3, right: 2), .expand, [], x, .indices([2, 2])),
    Refusal("remainder", .elementCount(expected: 7, found: 2), .reshape, [], counted([7]), .indices([2, -1])),
    Refusal("axis-twice", .axis(0, rank: 2), .slice, [], x, .indices([0, 0]), .indices([1, 1]), .indices([0, 0])),
    Refusal("of-two", .extent(input: 0, axis: 0, expected: 1, found: 2), .squeeze, [], x, .indices([0])),
    Refusal("axis-twice", .axis(0, rank: 4), .unsqueeze, [], x, .indices([0, 0])),
    Refusal("behind-the-end", .index(input: 1, found: 2, limit: 2), .gather, [], x, .indices([2])),
    Refusal("before-the-start", .index(input: 1, found: -3, limit: 2), .gather, [], x, .indices([-3])),
    Refusal(
      "long-tuple", .extent(input: 1, axis: 1, expected: 2, found: 3), .gatherND, [], x, Tensor(.int64, [1, 3], wrapping: [0, 0, 0])),
    Refusal("uneven-halves", .elementCount(expected: 6, found: 5)) {
      fault(.split, BuiltNode(1, outputs: 2, opset: 13), [counted([5])].facts)
    },
    Refusal("activated-integers", .elementType(input: 0, found: .int32)) {
      fault([counted([1, 2], as: .int32), counted([2, 1], as: .int32)].facts) { () throws(OpFault) in .matMul(MatMul(activation: .relu)) }
    },
    Refusal("narrow-queries", .extent(input: 0, axis: 2, expected: 8, found: 7)) {
      fault(facts([1, 3, 7], [1, 3, 8], [1, 3, 8])) { () throws(OpFault) in
        .fusedAttention(FusedAttention(heads: 2, depth: 4, columns: 4, scale: 1))
      }
    },
  ]

  @Test(arguments: all.indices) func isRefused(index: Int) {
    let refusal = Self.all[index]
    #expect(refusal.found() == refusal.fault, "\(refusal)")
  }
}
