import Foundation
import O2MImport
import O2MTensor
import O2MTestSupport
import Testing

/// No value of a file or a tensor stops a command: the ends of every element type, through every path that prints.
struct ExtremesTests {
  /// An element type with values at its ends, and how they are printed.
  struct Extremes: CustomTestStringConvertible, Sendable {
    var tensor: Tensor
    var texts: [String]
    var testDescription: String { "\(tensor.element.name)" }

    init<T: Element>(_ values: [T], _ texts: [String]) {
      tensor = Tensor([1, values.count], values)
      self.texts = texts
    }
  }

  static let all = [
    integers(Int8.self), integers(UInt8.self), integers(Int16.self), integers(UInt16.self), integers(Int32.self), integers(UInt32.self),
    Extremes(
      [.min, .max, 1 << 53 + 1, -(1 << 53) - 1] as [Int64],
      ["-9223372036854775808", "9223372036854775807", "9007199254740993", "-9007199254740993"]),
    Extremes([.min, .max, 1 << 53 + 1, 1 << 63] as [UInt64], ["0", "18446744073709551615", "9007199254740993", "9223372036854775808"]),
    Extremes([Truth(false), Truth(true)], ["0", "1"]),
    floats(Float.self), floats(Double.self), floats(Float16.self),
    Extremes([BFloat16(nearest: .nan), BFloat16(nearest: .infinity), BFloat16(nearest: -0.0)], ["nan", "inf", "-0.0"]),
  ]

  private static func integers<T: FixedWidthInteger & Element>(_ type: T.Type) -> Extremes {
    Extremes([T.min, T.max, 0, 1], [T.min, T.max, 0, 1].map(\.description))
  }

  private static func floats<T: BinaryFloatingPoint & Element & CustomStringConvertible>(_ type: T.Type) -> Extremes {
    let values = [
      T.nan, .infinity, -.infinity, -.zero, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .leastNonzeroMagnitude,
      .leastNormalMagnitude,
    ]
    return Extremes(values, values.map(\.description))
  }

  /// The values leave as they came, from an input and from a constant, printed and as files.
  @Test(arguments: all)
  func everyPathPrintsThem(extremes: Extremes) throws {
    let scratch = try Scratch(), tensor = extremes.tensor, element = tensor.element
    func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: scratch / name)) }
    var model = ModelWriter(opset: 21)
    model.input("x", element, tensor.shape.dims.map { .fixed($0) })
    model.initializer("w", tensor)
    model.node("Concat", ["x", "w"], ["y"], [("axis", .int(1))])
    model.output("y", element)
    try write("m.onnx", model.bytes)
    try write("x.pb", TensorFile(name: "x", tensor: tensor).bytes)
    func run(_ arguments: String...) throws -> Outcome {
      let outcome = try Tool.start(Tool.binary, arguments, in: scratch.path, environment: [:])
      if outcome.code != 0 { expectMessageForm(outcome.err) }
      return outcome
    }

    let converted = try run("convert", "m.onnx", "-o", "m.o2m", "--precision", "float32", "--no-verify")
    #expect(converted.code == 0, "\(converted.err)")
    for file in ["m.onnx", "m.o2m"] {
      let shown = try run("run", file, "--input", "x=x.pb")
      #expect(shown.code == 0, "\(shown.err)")
      let values = try #require(shown.out.split(separator: "\n").last)
      #expect(values.hasPrefix("  " + extremes.texts.joined(separator: ", ")), "\(values)")
      #expect(try [0, 64].contains(run("run", file, "--input", "x=x.pb", "--top", "3").code))
      let stored = try run("run", file, "--input", "x=x.pb", "--output-dir", "out")
      guard element != .bfloat16 else {
        #expect(stored.code == 69)
        continue
      }
      #expect(stored.code == 0)
      try FileManager.default.moveItem(atPath: scratch / "out/y.npy", toPath: scratch / "\(file).npy")
    }
    for command in [
      ["dump", "m.onnx", "--weights"], ["dump", "m.onnx", "--weights", "--format", "json"],
      ["dump", "m.onnx", "--stage", "optimized", "--weights"],
      ["dump", "m.o2m"], ["dump", "m.o2m", "--format", "json"], ["dump", "m.onnx", "--stage", "planned", "--format", "json"],
    ] {
      let outcome = try Tool.start(Tool.binary, command, in: scratch.path, environment: [:])
      #expect(outcome.code == 0, "\(command): \(outcome.err)")
    }

    // Stored outputs that are right, and that are not: the verdict is printed either way.
    var expected: [UInt8] = []
    for _ in 0..<2 { tensor.withBytes { expected += $0 } }
    let doubled = Tensor(element, [1, 2 * tensor.count], storage: TensorStorage(byteCount: expected.count))
    for (index, byte) in expected.enumerated() { doubled.storage.bytes[index] = byte }
    let wrong = Tensor(element, doubled.shape, storage: TensorStorage(byteCount: expected.count))
    for index in expected.indices { wrong.storage.bytes[index] = 0 }
    if element != .bfloat16 {
      #expect(try bytes(scratch / "m.onnx.npy") == bytes(scratch / "m.o2m.npy"))
      #expect(try bytes(scratch / "m.o2m.npy").suffix(expected.count) == Data(expected))
    }
    try FileManager.default.createDirectory(atPath: scratch / "test_data_set_0", withIntermediateDirectories: true)
    try write("test_data_set_0/input_0.pb", TensorFile(name: "x", tensor: tensor).bytes)
    for (output, code) in [(doubled, 0), (wrong, 1)] as [(Tensor, Int32)] {
      try write("test_data_set_0/output_0.pb", TensorFile(name: "y", tensor: output).bytes)
      for format in ["text", "json"] {
        let verdict = try run("verify", "m.onnx", "m.o2m", "--data", ".", "--format", format)
        #expect(verdict.code == code, "\(format): \(verdict.out)\(verdict.err)")
      }
      try? FileManager.default.copyItem(atPath: scratch / "m.onnx", toPath: scratch / "model.onnx")
      for route in ["reference", "bundle"] { #expect(try run("verify", "--suite", ".", "--through", route).code == code) }
    }
    // Inputs that the tool draws itself.
    for command in [["convert", "m.onnx", "-o", "n.o2m"], ["verify", "m.onnx", "m.o2m"], ["bench", "m.o2m", "--runs", "1"]] {
      let outcome = try Tool.start(Tool.binary, command, in: scratch.path, environment: [:])
      #expect([0, 1].contains(outcome.code), "\(command): \(outcome.err)")
    }
  }
}
