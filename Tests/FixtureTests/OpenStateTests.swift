import Foundation
import O2MConvert
import O2MImport
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// State beside extents that stay open.
@Suite struct OpenStateTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// s' = s + the sum of x [N, T] along T.
  private func model() throws -> Model {
    var model = ModelWriter()
    model.input("x", .float32, ["N", "T"])
    model.input("s", .float32, ["N", 1])
    model.initializer("axis", Tensor([1], [1] as [Int64]))
    model.node("ReduceSum", ["x", "axis"], ["sum"], [("keepdims", .int(1))])
    model.node("Add", ["s", "sum"], ["next"])
    model.output("next")
    let path = scratch.file("model.onnx")
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
    var options = ConversionOptions()
    (options.precision, options.zstdLevel) = (.float32, 1)
    options.open.ranges = ["N": SymbolRange(1, 6), "T": SymbolRange(1, 9)]
    options.states = [StateRequest(input: "s", output: "next")]
    let conversion = try Conversion(path: path, options: options)
    #expect(conversion.parity?.verdict == .pass && conversion.parity?.chunked.isEmpty == false)
    return try conversion.bundle.withUnsafeBytes { try Model.unpacking($0) }
  }

  private func ones(_ rows: Int, _ columns: Int) -> Tensor { Tensor([rows, columns], [Float](repeating: 1, count: rows * columns)) }

  /// A chunk of another length goes on; another batch begins anew. A resize that fails changes nothing.
  @Test func resizesKeepWhatKeepsItsShape() throws {
    let model = try model(), session = try Session(model)
    var sum = 0.0
    func run(_ rows: Int, _ columns: Int, from start: Double) throws {
      try session.resize(model.shapes(following: [Shape([rows, columns]), nil]))
      let found = try session.run(given: [ones(rows, columns), nil])[0]
      sum = start + Double(columns)
      #expect(found.shape == [rows, 1] && found.doubles() == [Double](repeating: sum, count: rows))
    }
    try run(2, 3, from: 0)
    for columns in [3, 9, 1, 4] { try run(2, columns, from: sum) }
    #expect(throws: RunFault.self) { try session.resize([[2, 10], [2, 1]]) }
    #expect(throws: RunFault.self) { try session.resize([[2, 3], [3, 1]]) }
    try run(2, 4, from: sum)
    try run(5, 2, from: 0)
    try run(5, 9, from: sum)
    try run(2, 4, from: 0)
  }

  /// What was saved at one batch is none of a session with another.
  @Test func savedStateHasItsShape() throws {
    let model = try model(), session = try Session(model), other = try Session(model)
    try session.resize(model.shapes(following: [[3, 2], nil]))
    _ = try session.run(given: [ones(3, 2), nil])
    let saved = session.savedState()
    try other.resize(model.shapes(following: [[4, 2], nil]))
    #expect(throws: RunFault.state(.shape(input: 1))) { try saved.withUnsafeBytes { raw in try other.restoreState(from: raw) } }
    try other.resize(model.shapes(following: [[3, 7], nil]))
    try saved.withUnsafeBytes { raw in try other.restoreState(from: raw) }
    #expect(try other.run(given: [ones(3, 7), nil])[0].doubles() == [9, 9, 9])
  }
}
