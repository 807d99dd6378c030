import O2MOps
import O2MTensor

/// One where a line has its (first) largest element, zero elsewhere.
///
///     y = Cast(ArgMax(x, axis) == [0, 1, …, D − 1])
///
/// - Spec: ONNX Hardmax-13. Before it the tensor is read as a matrix: the axes before `axis` (default 1), and those from it on.
/// - Shapes: `x` float `[*]`, extents known → `y`, same type and shape.
struct Hardmax: Decomposition {
  static let name = "Hardmax"
  static let versions = [1, 11, 13]

  private let axis: Int
  private let flattens: Bool

  init(_ node: some NodeSource) throws(OpFault) {
    try node.requireOperands(1...1)
    flattens = node.opset < 13
    axis = try node.int(.axis, default: flattens ? 1 : -1)
  }

  func expand(_ composer: inout Composer) throws(OpFault) -> [ComposedValue] {
    let x = try composer.input(0), shape = try composer.shape(x)
    guard flattens else { return [try hardmax(x, shape, axis: try shape.resolve(axis), &composer)] }
    let first = axis == shape.rank ? axis : try shape.resolve(axis)
    let matrix: Shape = [shape.dims[..<first].reduce(1, *), shape.dims[first...].reduce(1, *)]
    let flat = try composer.reshape(x, matrix.dims)
    let y = try hardmax(flat, matrix, axis: 1, &composer)
    return [try composer.reshape(y, shape.dims)]
  }

  private func hardmax(_ x: ComposedValue, _ shape: Shape, axis: Int, _ composer: inout Composer) throws(OpFault) -> ComposedValue {
    let winner = try composer.emit("ArgMax", [x], [.axis: .int(axis), .keepdims: .int(1)])
    let places = Shape([shape[axis]] + [Int](repeating: 1, count: shape.rank - axis - 1))
    let steps = composer.constant(Tensor(.int64, places, wrapping: Array(0..<shape[axis])))
    let marks = try composer.emit("Equal", [winner, steps])
    return try composer.emit("Cast", [marks], [.to: .int(Int(composer.element(x).rawValue))])
  }
}
