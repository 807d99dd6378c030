import O2MBundle
import O2MGraph
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport

/// Graphs built in code, with seeded weights.
struct ModelBuilder {
  var graph = Graph(name: "built")
  private var random = SeededInput(seed: 7)
  private var count = 0

  mutating func weights(_ dims: Int..., scale: Double = 1) -> ValueID {
    let shape = Shape(dims)
    let drawn = random.tensor(.float32, shape, .symmetric)
    count += 1
    return graph.addConstant("w\(count)", Tensor(.float32, shape, rounding: drawn.doubles().map { $0 * scale }))
  }

  mutating func input(_ dims: Int..., named name: String = "x") -> ValueID {
    graph.addInput(name, TensorType(.float32, Shape(dims)))
  }

  mutating func node(_ op: Op, _ inputs: ValueID?...) -> ValueID {
    count += 1
    do { return try graph.addNode(op, inputs, name: "n\(count)", outputs: ["v\(count)"])[0] } catch { fatalError("\(error)") }
  }

  mutating func conv(_ x: ValueID, _ outputs: Int, _ kernel: Int, group: Int = 1, stride: Int = 1, activation: Activation = .none)
    -> ValueID
  {
    let channels = graph.shape(x)![1]
    let w = weights(outputs, channels / group, kernel, kernel), b = weights(outputs)
    let pad = kernel / 2
    return node(
      .conv(
        Conv(
          window: Window(kernel: [kernel, kernel], strides: [stride, stride], pads: [pad, pad, pad, pad]), group: group,
          activation: activation)),
      x, w, b)
  }
}

enum Models {
  /// Two convolutions, for what is run many times.
  static func small() -> Graph {
    var m = ModelBuilder()
    let wide = m.conv(m.input(1, 3, 4, 4), 5, 3, activation: .relu)
    m.graph.addOutput(m.conv(wide, 4, 1))
    return m.graph
  }

  /// A small mobile net: convolutions of every kind, a residual, a value that lives long, a reshape.
  static func mobile() -> Graph {
    var m = ModelBuilder()
    let x = m.input(1, 3, 9, 9)
    let stem = m.conv(x, 18, 3, stride: 2, activation: .relu)
    let wide = m.conv(stem, 36, 1, activation: .clip(low: 0, high: 6))
    let deep = m.conv(wide, 36, 3, group: 36)
    let narrow = m.conv(deep, 18, 1)
    let sum = m.node(.add(Add()), narrow, stem)
    let grouped = m.conv(sum, 24, 3, group: 3)
    let bent = m.node(.relu(Relu()), grouped)
    let joined = m.node(.add(Add()), bent, m.weights(24, 1, 1))
    let pooled = m.conv(joined, 10, 1)
    let flat = m.node(.reshape(Reshape(allowsZero: false)), pooled, m.graph.addConstant("shape", Tensor.indices([1, 250])))
    m.graph.addOutput(flat)
    m.graph.addOutput(sum)
    return m.graph
  }

  /// What format 1.1 brought: a convolution by Winograd, and an expansion with its depthwise convolution.
  static func winograd() -> Graph {
    var m = ModelBuilder()
    let x = m.input(1, 16, 12, 11)
    let plain = m.conv(x, 20, 3, activation: .silu)
    let expand = m.node(
      .expandDepthwise(ExpandDepthwise(window: Window(kernel: [3, 3], pads: [1, 1, 1, 1]), expansion: .relu, activation: .none)), plain,
      m.weights(24, 20, 1, 1), m.weights(24), m.weights(24, 1, 3, 3), m.weights(24))
    m.graph.addOutput(expand)
    return m.graph
  }

  /// Operators of every kind, plain and channels last, with weights of every packing.
  static func mixed() -> Graph {
    var m = ModelBuilder()
    let x = m.input(2, 4, 8, 8), pair = Window(kernel: [2, 2], strides: [2, 2])
    let a = m.conv(x, 20, 3, activation: .silu)
    let pooled = m.node(.maxPool(MaxPool(window: pair)), a), mean = m.node(.averagePool(AveragePool(window: pair)), a)
    let joined = m.node(.concat(Concat(axis: 1)), pooled, mean)
    let turned = m.node(.transpose(Transpose(perm: [0, 2, 3, 1])), joined)
    let back = m.node(.transpose(Transpose(perm: [0, 3, 1, 2])), turned)
    let cut = m.node(
      .slice(Slice()), back, m.graph.addConstant("starts", .indices([8])), m.graph.addConstant("ends", .indices([24])),
      m.graph.addConstant("axes", .indices([1])))
    let wide = m.node(
      .convTranspose(ConvTranspose(window: Window(kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1]), group: 2)), cut,
      m.weights(16, 5, 3, 3),
      m.weights(10))
    let scaled = m.node(.mul(Mul()), wide, m.node(.sigmoid(Sigmoid()), m.node(.globalAveragePool(GlobalAveragePool()), wide)))
    let bent = m.node(.pRelu(PRelu()), scaled, m.weights(10, 1, 1))
    let flat = m.node(.reshape(Reshape()), bent, m.graph.addConstant("rows", .indices([2, 490])))
    let dense = m.node(.gemm(Gemm(transB: true)), flat, m.weights(17, 490), m.weights(17))
    let mixed = m.node(.matMul(MatMul()), dense, m.weights(17, 9))
    m.graph.addOutput(m.node(.softmax(Softmax(axis: 1)), mixed))
    m.graph.addOutput(back)
    return m.graph
  }

  /// Every recurrent cell, one behind the other: 13 steps of 2 rows.
  static func recurrent() -> Graph {
    var m = ModelBuilder(), count = 0
    func op(_ code: OpCode, _ attributes: [AttributeName: Attributes.Value]) -> Op {
      do { return try Op(code, Attributes(attributes, inputs: 4)) } catch { fatalError("\(error)") }
    }
    func layer(_ op: Op, _ x: ValueID, gates: Int, hidden: Int, directions: Int = 1) -> ValueID {
      let inputs = m.graph.shape(x)![2], columns = gates * hidden
      let y = m.node(
        op, x, m.weights(directions, columns, inputs, scale: 0.3), m.weights(directions, columns, hidden, scale: 0.3),
        m.weights(directions, 2 * columns))
      let rows = m.node(.transpose(Transpose(perm: [0, 2, 1, 3])), y)
      count += 1
      return m.node(.reshape(Reshape()), rows, m.graph.addConstant("rows\(count)", .indices([13, 2, directions * hidden])))
    }
    var x = m.input(13, 2, 20)
    x = layer(op(.lstm, [.direction: .string("bidirectional")]), x, gates: 4, hidden: 11, directions: 2)
    x = layer(op(.gru, [.linear_before_reset: .int(1)]), x, gates: 3, hidden: 19)
    x = layer(op(.gru, [.direction: .string("reverse")]), x, gates: 3, hidden: 7)
    x = layer(op(.rnn, [:]), x, gates: 1, hidden: 33)
    m.graph.addOutput(x)
    return m.graph
  }

  /// Values whose lifetimes cross: the first is read last.
  static func longLived() -> Graph {
    var m = ModelBuilder()
    let x = m.input(2, 5, 4)
    var values = [m.node(.relu(Relu()), x)]
    for _ in 0..<7 { values.append(m.node(.add(Add()), values.last!, m.weights(5, 1))) }
    var sum = values[7]
    for value in values.reversed() { sum = m.node(.mul(Mul()), sum, value) }
    m.graph.addOutput(m.node(.add(Add()), sum, x))
    return m.graph
  }
}

func bits(_ tensor: Tensor) -> [UInt8] { tensor.withBytes { Array($0) } }

/// The largest difference beside the largest magnitude of the reference.
func distance(_ found: Tensor, _ expected: Tensor) -> Double {
  let reference = expected.doubles()
  let scale = reference.reduce(0) { max($0, $1.magnitude) }
  return zip(found.doubles(), reference).reduce(0) { max($0, ($1.0 - $1.1).magnitude) } / max(scale, .leastNormalMagnitude)
}
