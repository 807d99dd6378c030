import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport

/// A node of every operator that runs, small enough to be run many thousand times.
enum Specimens {
  enum Operand {
    /// Computed when the model runs.
    case input(ElementType, Shape)
    /// Stored in the bundle.
    case constant(Tensor)
    case absent
  }

  struct Specimen {
    var op: Op
    var operands: [Operand]
  }

  private static let x = Operand.input(.float32, [1, 4, 6, 6])
  private static let matrix = Operand.input(.float32, [4, 6])
  private static func f(_ dims: Int...) -> Operand { .input(.float32, Shape(dims)) }
  private static func w(_ dims: Int...) -> Operand {
    var random = SeededInput(seed: 5)
    return .constant(random.tensor(.float32, Shape(dims), .symmetric))
  }
  private static func i(_ dims: Int..., as element: ElementType = .int64) -> Operand { .input(element, Shape(dims)) }
  private static func known(_ values: Int...) -> Operand { .constant(.indices(values)) }
  private static func one(_ value: Int) -> Operand { .constant(.scalar(Int64(value))) }

  /// The operands and attributes of a node of this operator, one for each form that is worth trying.
  static func forms(_ code: OpCode) -> [(operands: [Operand], attributes: [AttributeName: Attributes.Value], outputs: Int)] {
    let window: [AttributeName: Attributes.Value] = [.kernel_shape: .ints([3, 2]), .strides: .ints([2, 1]), .pads: .ints([1, 0, 1, 1])]
    let u8 = { (dims: Shape) in Operand.input(.uint8, dims) }, scale = w(), zero = Operand.constant(Tensor(.uint8, [], wrapping: [3]))
    let recurrent = { (gates: Int) in [f(3, 2, 4), w(1, gates * 5, 4), w(1, gates * 5, 5), w(1, 2 * gates * 5)] }
    switch code {
    case .conv:
      return [
        ([x, w(8, 2, 3, 3), w(8)], [.group: .int(2), .pads: .ints([1, 1, 1, 1])], 1), ([x, w(8, 4, 1, 1)], [:], 1),
        ([x, w(4, 1, 3, 3)], [.group: .int(4), .auto_pad: .string("SAME_UPPER")], 1), ([x, f(8, 4, 3, 3)], [:], 1),
      ]
    case .convTranspose:
      return [
        ([x, w(4, 3, 2, 2)], [.strides: .ints([2, 2]), .output_padding: .ints([1, 0])], 1),
        ([x, w(4, 3, 3, 3), w(6)], [.group: .int(2), .output_shape: .ints([8, 8])], 1),
      ]
    case .col2Im: return [([f(1, 8, 9), known(6, 6), known(2, 2)], [.strides: .ints([2, 2])], 1)]
    case .deformConv: return [([x, w(3, 4, 2, 2), f(1, 8, 5, 5)], [.offset_group: .int(1)], 1)]
    case .maxPool: return [([x], window, 1), ([x], window, 2)]
    case .averagePool, .lpPool: return [([x], window, 1), ([f(1, 4, 6)], [.kernel_shape: .ints([2])], 1)]
    case .maxUnpool: return [([f(1, 2, 3, 3), i(1, 2, 3, 3)], [.kernel_shape: .ints([2, 2]), .strides: .ints([2, 2])], 1)]
    case .gemm: return [([matrix, w(6, 5), w(5)], [:], 1), ([matrix, w(5, 6), f(4, 5)], [.transB: .int(1), .beta: .float(0.5)], 1)]
    case .matMul: return [([f(2, 4, 6), w(6, 5)], [:], 1), ([f(2, 4, 6), f(1, 6, 5)], [:], 1)]
    case .det: return [([f(2, 3, 3)], [:], 1)]
    case .einsum: return [([f(2, 3, 4), f(2, 4, 5)], [.equation: .string("bij,bjk->bik")], 1)]
    case .batchNormalization: return [([x, w(4), w(4), w(4), w(4)], [:], 1), ([x, f(4), f(4), f(4), f(4)], [:], 1)]
    case .instanceNormalization: return [([x, w(4), w(4)], [:], 1)]
    case .layerNormalization: return [([x, w(6), w(6)], [.axis: .int(-1)], 1), ([x, w(6)], [.axis: .int(3)], 3)]
    case .lrn: return [([x], [.size: .int(3)], 1)]
    case .softmax, .logSoftmax: return [([x], [.axis: .int(1)], 1)]
    case .cast: return [([x], [.to: .int(7)], 1)]
    case .bitCast: return [([x], [.to: .int(6)], 1)]
    case .where: return [([.input(.bool, [6]), x, f(6)], [:], 1)]
    case .and, .or, .xor: return [([.input(.bool, [4, 6]), .input(.bool, [6])], [:], 1)]
    case .not: return [([.input(.bool, [4, 6])], [:], 1)]
    case .bitShift: return [([u8([4, 6]), u8([6])], [.direction: .string("LEFT")], 1)]
    case .bitwiseAnd, .bitwiseOr, .bitwiseXor: return [([i(4, 6), i(6)], [:], 1)]
    case .bitwiseNot: return [([i(4, 6)], [:], 1)]
    case .add, .sub, .mul, .div, .pow, .min, .max, .equal, .greater, .less, .greaterOrEqual, .lessOrEqual, .mod, .sum, .mean, .pRelu:
      return [([x, f(4, 1, 1)], code == .mod ? [.fmod: .int(1)] : [:], 1), ([x, w(4, 1, 1)], code == .mod ? [.fmod: .int(1)] : [:], 1)]
    case .reduceMean, .reduceSum, .reduceMax, .reduceMin, .reduceProd, .reduceL1, .reduceL2, .reduceSumSquare, .reduceLogSumExp,
      .reduceLogSum:
      return [([x, known(2, 3)], [:], 1), ([x, known(1)], [.keepdims: .int(0)], 1)]
    case .argMax, .argMin: return [([x], [.axis: .int(1)], 1)]
    case .cumSum, .cumProd: return [([matrix, one(1)], [:], 1), ([matrix, i()], [:], 1)]
    case .reshape: return [([x, known(1, -1, 6)], [:], 1)]
    case .flatten: return [([x], [:], 1)]
    case .squeeze: return [([x, known(0)], [:], 1)]
    case .unsqueeze: return [([x, known(0)], [:], 1)]
    case .transpose: return [([x], [.perm: .ints([0, 2, 3, 1])], 1)]
    case .concat: return [([x, x], [.axis: .int(1)], 1)]
    case .split: return [([x], [.axis: .int(1)], 2), ([x, known(1, 3)], [.axis: .int(1)], 2)]
    case .slice: return [([x, known(1, 0), known(5, 4), known(2, 3), known(2, 1)], [:], 1)]
    case .expand: return [([f(4, 1, 6), known(2, 4, 6, 6)], [:], 1)]
    case .tile: return [([matrix, known(2, 3)], [:], 1)]
    case .pad:
      return [
        ([x, known(0, 0, 1, 1, 0, 0, 2, 2)], [:], 1), ([x, known(0, 0, 1, 1, 0, 0, 2, 2)], [.mode: .string("reflect")], 1),
        ([x, known(-1, 1), w(), known(3)], [:], 1), ([x, known(-1, 1), w(), known(3)], [.mode: .string("edge")], 1),
      ]
    case .shape: return [([x], [.start: .int(1), .end: .int(-1)], 1)]
    case .constantOfShape: return [([known(2, 3)], [:], 1)]
    case .range: return [([one(2), one(11), one(3)], [:], 1)]
    case .depthToSpace: return [([x], [.blocksize: .int(2)], 1)]
    case .spaceToDepth: return [([x], [.blocksize: .int(2)], 1)]
    case .dropout: return [([x], [:], 1), ([x], [:], 2)]
    case .gather: return [([x, known(0, 2)], [.axis: .int(1)], 1), ([matrix, i(2, 3)], [:], 1)]
    case .gatherElements: return [([matrix, i(2, 6)], [.axis: .int(0)], 1)]
    case .gatherND: return [([x, i(1, 2, 2)], [.batch_dims: .int(1)], 1)]
    case .scatterElements:
      return [([matrix, i(2, 6), f(2, 6)], [.axis: .int(0)], 1), ([matrix, i(2, 6), f(2, 6)], [.reduction: .string("add")], 1)]
    case .scatterND: return [([matrix, i(2, 1), f(2, 6)], [:], 1)]
    case .tensorScatter: return [([f(2, 4, 6), f(2, 2, 6), i(2)], [.axis: .int(1)], 1)]
    case .topK: return [([matrix, known(3)], [.axis: .int(1)], 2)]
    case .trilu: return [([matrix, one(1)], [:], 1), ([matrix, i()], [:], 1)]
    case .reverseSequence: return [([f(4, 2, 3), i(2)], [:], 1)]
    case .oneHot: return [([i(3), one(5), w(2)], [:], 1)]
    case .eyeLike: return [([matrix], [.k: .int(1)], 1)]
    case .quantizeLinear:
      return [
        ([x, scale, zero], [:], 1), ([x, w(4)], [.axis: .int(1)], 1), ([matrix, w(4, 2)], [.axis: .int(1), .block_size: .int(3)], 1),
      ]
    case .dequantizeLinear:
      return [([u8([1, 4, 6]), scale, zero], [:], 1), ([u8([4, 6]), w(4, 2)], [.axis: .int(1), .block_size: .int(3)], 1)]
    case .qLinearMatMul: return [([u8([4, 6]), scale, zero, u8([6, 5]), scale, zero, scale, zero], [:], 1)]
    case .qLinearConv: return [([u8([1, 4, 6, 6]), scale, zero, u8([3, 4, 2, 2]), scale, zero, scale, zero], [:], 1)]
    case .matMulInteger: return [([u8([4, 6]), u8([6, 5]), zero, zero], [:], 1)]
    case .convInteger: return [([u8([1, 4, 6, 6]), u8([4, 2, 2, 2]), zero, zero], [.group: .int(2), .pads: .ints([1, 1, 1, 1])], 1)]
    case .dynamicQuantizeLinear: return [([x], [:], 3)]
    case .lstm:
      return [(recurrent(4), [.hidden_size: .int(5)], 3), (recurrent(4) + [i(2, as: .int32), f(1, 2, 5)], [.hidden_size: .int(5)], 1)]
    case .gru: return [(recurrent(3), [.hidden_size: .int(5), .linear_before_reset: .int(1)], 2)]
    case .rnn: return [(recurrent(1), [.hidden_size: .int(5)], 2)]
    case .resize:
      return [
        ([x, .absent, .constant(Tensor([4], [1, 1, 2, 2] as [Float]))], [.mode: .string("linear")], 1),
        ([x, .absent, .absent, known(1, 4, 9, 4)], [.mode: .string("nearest")], 1),
        ([x, .absent, .absent, known(9, 4)], [.mode: .string("cubic"), .axes: .ints([2, 3])], 1),
      ]
    case .maxRoiPool: return [([x, f(2, 5)], [.pooled_shape: .ints([2, 3])], 1)]
    case .roiAlign: return [([x, f(2, 4), i(2)], [.output_height: .int(2), .output_width: .int(3)], 1)]
    case .gridSample: return [([x, f(1, 3, 4, 2)], [:], 1)]
    case .dft: return [([f(2, 6, 1)], [.axis: .int(1)], 1), ([f(2, 6, 2), .absent, one(1)], [.onesided: .int(0)], 1)]
    default: return [([x], [:], 1)]
    }
  }

  /// A chain of nodes, of inputs of which the last one is read.
  private static func body(_ shape: Shape, _ ops: [Op], behind others: [TypedShape] = []) -> Body {
    let first = others.count, type = TypedShape(.float32, shape)
    return Body(
      FlatGraph(
        values: others + [TypedShape](repeating: type, count: ops.count + 1), inputCount: first + 1, constantCount: 0,
        nodes: ops.enumerated().map { FlatGraph.Node($1, inputs: [first + $0], outputs: first + $0 + 1..<first + $0 + 2) },
        outputs: [first + ops.count]))
  }

  static func all(_ code: OpCode) throws -> [Specimen] {
    switch code {
    case .channelShuffle: return [Specimen(op: .channelShuffle(ChannelShuffle(groups: 2)), operands: [x])]
    case .expandDepthwise:
      let window = Window(kernel: [3, 3], pads: [1, 1, 1, 1])
      return [Specimen(op: .expandDepthwise(ExpandDepthwise(window: window)), operands: [x, w(8, 4, 1, 1), w(8), w(8, 1, 3, 3), w(8)])]
    case .fusedAttention:
      let attention = FusedAttention(heads: 2, depth: 3, columns: 4, scale: 0.5, first: (query: 1, key: 2, value: 3), summands: 1)
      return [Specimen(op: .fusedAttention(attention), operands: [f(1, 5, 9), f(1, 4, 9), f(1, 4, 12), f(1, 2, 5, 4)])]
    case .nonZero: return [Specimen(op: .nonZero(NonZero()), operands: [x])]
    case .unique: return [Specimen(op: .unique(Unique(axis: 1, isSorted: true)), operands: [x])]
    case .branch:
      let then = body([2], [Op.neg(Neg())]), otherwise = body([2], [Op.relu(Relu()), .neg(Neg())])
      return [Specimen(op: .branch(Branch(then: then, otherwise: otherwise)), operands: [.input(.bool, []), f(2)])]
    case .boundedLoop:
      // A turn gives its condition, the value that is carried, and an item.
      var turn = body([2], [Op.neg(Neg())], behind: [TypedShape(.int64, []), TypedShape(.bool, [])])
      turn.graph.outputs = [1, 3, 2]
      let op = Op.boundedLoop(BoundedLoop(carried: 1, limit: 4, body: turn))
      return [
        Specimen(op: op, operands: [one(3), .absent, f(2)]), Specimen(op: op, operands: [i(), .input(.bool, []), f(2)]),
      ]
    case .shorten: return [Specimen(op: .shorten(Shorten()), operands: [f(5, 3), .constant(.indices([3]))])]
    case .nonMaxSuppression:
      let numbers = [Operand.constant(.indices([3])), .constant(.scalar(Float(0.5))), .constant(.scalar(Float(0.1)))]
      return [Specimen(op: .nonMaxSuppression(NonMaxSuppression(isCentered: false)), operands: [f(2, 6, 4), f(2, 3, 6)] + numbers)]
    default:
      return try forms(code).map { form in
        let present = form.operands.map { if case .absent = $0 { false } else { true } }
        let opset = [OpCode.dft, .reduceMean].contains(code) ? 20 : 24
        return Specimen(
          op: try Op(code, Attributes(form.attributes, inputs: present, outputs: form.outputs, opset: opset)), operands: form.operands)
      }
    }
  }
}

extension Specimens.Specimen {
  /// What is known of the operands before the model runs.
  var facts: [InputFact?] {
    operands.map { operand in
      switch operand {
      case .input(let element, let shape): InputFact(TensorType(element, shape))
      case .constant(let tensor): InputFact(tensor.type, value: tensor)
      case .absent: nil
      }
    }
  }

  /// A graph of this node alone.
  func graph() throws -> Graph {
    var graph = Graph(name: "\(op.code.name)")
    var values: [ValueID?] = []
    for (index, operand) in operands.enumerated() {
      switch operand {
      case .input(let element, let shape): values.append(graph.addInput("x\(index)", TensorType(element, shape)))
      case .constant(let tensor): values.append(graph.addConstant("c\(index)", tensor))
      case .absent: values.append(nil)
      }
    }
    let count = try op.infer(facts).count
    for output in try graph.addNode(op, values, name: "n", outputs: (0..<count).map { "y\($0)" }) { graph.addOutput(output) }
    return graph
  }
}
