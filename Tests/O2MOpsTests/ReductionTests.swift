import O2MOps
import O2MTensor
import Testing

struct ReduceTests {
  let x = f32([2, 3], [1, -2, 3, 4, 5, -6])
  let rows = Tensor.indices([1]), columns = Tensor.indices([-2])

  @Test func everyKind() throws {
    #expect(try ReduceSum().reference([x, rows])[0].floats == [2, 3])
    #expect(try ReduceSum().reference([x, columns])[0].floats == [5, 3, -3])
    #expect(try ReduceMean().reference([x, nil])[0].floats == [Float(5.0 / 6)])
    #expect(try ReduceMax().reference([x, rows])[0].floats == [3, 5])
    #expect(try ReduceMin().reference([x, rows])[0].floats == [-2, -6])
    #expect(try ReduceProd().reference([x, columns])[0].floats == [4, -10, -18])
    #expect(try ReduceL1().reference([x, rows])[0].floats == [6, 15])
    #expect(try ReduceL2().reference([f32([2], [3, 4]), nil])[0].floats == [5])
    #expect(try ReduceSumSquare().reference([x, rows])[0].floats == [14, 77])
    #expect(try ReduceLogSum().reference([f32([2], [0.25, 0.75]), nil])[0].floats == [0])
    #expect(try ReduceLogSumExp().reference([f32([2], [1000, 1000]), nil])[0].floats == [Float(1000.6931471805599)])
    #expect(try ReduceLogSumExp().reference([f32([1], [-.infinity]), nil])[0].floats == [-.infinity])
  }

  @Test func axesInTheMiddle() throws {
    let cube = counting([2, 3, 2, 2])
    #expect(try ReduceSum().reference([cube, .indices([1])])[0].floats == [12, 15, 18, 21, 48, 51, 54, 57])
    #expect(
      try ReduceSum(options: ReduceOptions(keepsAxes: false)).reference([cube, .indices([0, 3])])[0].floats == [26, 34, 42, 50, 58, 66])
    #expect(try ReduceSum().infer([cube, .indices([0, 3])].facts)[0].shape == [1, 3, 2, 1])
  }

  @Test func noAxesMeansAllOrNone() throws {
    let none = ReduceOptions(noAxesMeansNone: true)
    #expect(try ReduceSumSquare(options: none).reference([x, nil])[0].floats == [1, 4, 9, 16, 25, 36])
    #expect(try ReduceSum().infer([x, .indices([])].facts)[0].shape == [1, 1])
    #expect(throws: OpFault.axis(2, rank: 2)) { try ReduceSum().infer([x, .indices([2])].facts) }
    #expect(throws: OpFault.dataDependent(input: 1)) {
      try ReduceSum().infer([InputFact(x.type), InputFact(TensorType(.int64, [1] as Shape))])
    }
  }

  @Test func integersAndNothing() throws {
    let ints = Tensor([3], [Int32(-7), 2, .max])
    #expect(try ReduceSum().reference([ints, nil])[0].ints() == [Int(Int32.max) - 5])
    #expect(try ReduceMax().reference([Tensor([2], [UInt64.max, 1]), nil])[0].ints() == [-1])
    #expect(try ReduceMin().reference([Tensor([2], [UInt64.max, 1]), nil])[0].ints() == [1])
    #expect(try ReduceMean().reference([Tensor([2], [Int32(-7), 2]), nil])[0].ints() == [-2])
    let nothing = f32([0, 2], [])
    #expect(try ReduceSum().reference([nothing, .indices([0])])[0].floats == [0, 0])
    #expect(try ReduceProd().reference([nothing, .indices([0])])[0].floats == [1, 1])
    #expect(try ReduceMax().reference([nothing, .indices([0])])[0].floats == [-.infinity, -.infinity])
    #expect(try ReduceMin().reference([Tensor([0], [UInt8]()), nil])[0].ints() == [255])
    #expect(try ReduceMax().reference([Tensor([0], [Int16]()), nil])[0].ints() == [-32768])
  }

  @Test func winnersAndTies() throws {
    let x = f32([2, 3], [1, 3, 3, .nan, 5, .nan])
    #expect(try ArgMax(options: IndexOptions(axis: 1)).reference([x])[0].ints() == [1, 0])
    #expect(try ArgMax(options: IndexOptions(axis: -1, selectsLast: true)).reference([x])[0].ints() == [2, 2])
    #expect(try ArgMin(options: IndexOptions(axis: 0, keepsAxis: false)).reference([x])[0].ints() == [1, 0, 1])
    #expect(try ArgMin(options: IndexOptions(axis: 1)).infer(facts([2, 3]))[0] == TensorType(.int64, [2, 1] as Shape))
    #expect(throws: OpFault.emptyOutput(axis: 0, extent: 0)) { try ArgMax().infer(facts([0, 3])) }
  }
}

struct SoftmaxTests {
  @Test func linesSumToOne() throws {
    let x = f32([1, 2, 2], [0, 0, 1000, 1000])
    #expect(try Softmax(axis: 2).reference([x])[0].floats == [0.5, 0.5, 0.5, 0.5])
    #expect(try Softmax(axis: 1).reference([x])[0].floats == [0, 0, 1, 1])
    #expect(try Softmax(axis: 1, flattens: true).reference([x])[0].floats == [0, 0, 0.5, 0.5])
    #expect(try LogSoftmax().reference([f32([2], [7, 7])])[0].floats == [-0.6931472, -0.6931472])
    #expect(try Softmax().reference([f32([2, 0], [])])[0].shape == [2, 0])
  }

  @Test func theOpsetDecidesTheAxis() throws {
    #expect(try Softmax(TestNode(1, opset: 11)).axis == 1)
    #expect(try Softmax(TestNode(1, opset: 11)).flattens)
    #expect(try Softmax(TestNode(1, opset: 13)).axis == -1)
    #expect(throws: OpFault.axis(3, rank: 2)) { try Softmax(axis: 3).infer(facts([2, 2])) }
  }
}
