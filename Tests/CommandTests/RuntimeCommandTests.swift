import Foundation
import O2MBundle
import O2MImport
import O2MOps
import O2MRuntime
import O2MTensor
import O2MTestSupport
import Testing

/// What `onnx2mobile runtime` takes into a library. `make runtime-test` builds libraries and runs them.
struct RuntimeCommandTests {
  private static func contents(_ bundles: String...) throws -> LibraryContents {
    var contents = LibraryContents()
    for bundle in bundles { try contents.add(OpenedBundle(at: bundle)) }
    return contents
  }

  private static func convert(_ arguments: String...) throws {
    let outcome = try Tool.start(Tool.binary, ["convert"] + arguments, in: Tool.root, environment: [:])
    #expect(outcome.code == 0, "\(outcome.err)")
  }

  /// A bundle's own operators, and a kernel for each step; nothing of another bundle until that is added.
  @Test func libraryHasWhatBundlesUse() throws {
    let scratch = try Scratch(), digits = scratch / "digits.o2m", voice = scratch / "voice.o2m"
    _ = try Tool.convertDigits(to: digits, ["--precision", "float32"])
    let item = StateCommandTests.all[0]
    try Self.convert(item.model, "-o", voice, "--state", item.states[0], "--state", item.states[1], "--precision", "int8-weights")
    let one = try Self.contents(digits), both = try Self.contents(digits, voice)
    let nodes = try OpenedBundle(at: digits).model.graph.nodes
    #expect(one.operators == Set(nodes.map(\.code)) && !one.operators.contains(.lstm) && both.operators.contains(.lstm))
    #expect(one.operators.isStrictSubset(of: both.operators) && one.kernels.isStrictSubset(of: both.kernels))
    #expect(one.kernels.isSuperset(of: [.alias, .copy]) && !one.kernels.contains(.recurrent) && both.kernels.contains(.recurrent))
    #expect(!one.kernels.contains(.float16Weights) && !one.kernels.contains(.int8Weights) && both.kernels.contains(.int8Weights))
    #expect(one.parts == [.certificate, .pictures] && both.parts == [.certificate, .pictures, .state])
    #expect(one.elements == [.float32])
    #expect(one.evaluated.isEmpty && one.opensDownloads)
    #expect(try Tool.run("unpack", digits, "-o", scratch / "installed.o2m").code == 0)
    #expect(try !Self.contents(scratch / "installed.o2m").opensDownloads)
  }

  /// A reference goes in where it runs, and nowhere else.
  @Test func referencesThatRunAreThere() throws {
    let scratch = try Scratch(), model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    var writer = ModelWriter()
    writer.input("x", .float32, [2, 3, 3])
    writer.node("Det", ["x"], ["d"])
    writer.node("Exp", ["d"], ["y"])
    writer.output("y")
    try Data(writer.bytes).write(to: URL(fileURLWithPath: model))
    try Self.convert(model, "-o", bundle)
    let contents = try Self.contents(bundle)
    #expect(contents.operators == [.det, .exp] && contents.evaluated == [.det] && contents.kernels.contains(.reference))
  }

  /// Convolutions of planar pictures have forms that depend on their strides, and on the outputs of their last panel of 16.
  @Test(
    arguments: [(16, 1, []), (32, 2, []), (40, 2, [.narrowPlanar]), (41, 1, []), (16, 4, [.patches]), (8, 3, [.narrowPlanar, .patches])]
      as [(Int, Int, Set<Kernel.Kind>)])
  func formsOfPlanarConvolutions(outputs: Int, stride: Int, forms: Set<Kernel.Kind>) throws {
    let scratch = try Scratch(), model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    var writer = ModelWriter()
    writer.input("x", .float32, [1, 3, 24, 24])
    writer.initializer("w", Tensor([outputs, 3, 3, 3], [Float](repeating: 0.1, count: outputs * 27)))
    writer.node("Conv", ["x", "w"], ["y"], [("strides", .ints([stride, stride]))])
    writer.output("y")
    try Data(writer.bytes).write(to: URL(fileURLWithPath: model))
    try Self.convert(model, "-o", bundle)
    let kernels = try Self.contents(bundle).kernels
    #expect(kernels.contains(.planar) && kernels.intersection([.narrowPlanar, .patches]) == forms)
  }

  /// What follows from numbers that a library cannot know stays whole, for the operators that are there.
  @Test func openExtentsKeepAllKernels() throws {
    let scratch = try Scratch(), bundle = scratch / "halves.o2m"
    try Self.convert(
      Tool.root + "/Fixtures/boxes/halves.onnx", "-o", bundle, "--symbol", "height=4..64/2", "--symbol", "width=4..64/2")
    let contents = try Self.contents(bundle)
    #expect(contents.kernels == Set(Kernel.Kind.allCases) && contents.evaluated == contents.operators)
    #expect(contents.parts.contains(.shapes) && contents.operators.count < 20 && contents.elements.contains(.float32))
  }

  /// The files that take the place of Included.swift and IncludedElements.swift answer the same questions, and say yes to what is in the
  /// bundles alone.
  @Test func writtenFileStandsForTheWholeOne() throws {
    let scratch = try Scratch(), digits = scratch / "digits.o2m"
    _ = try Tool.convertDigits(to: digits)
    let contents = try Self.contents(digits), source = contents.swiftSource + contents.elementSource
    let whole = try ["O2MOps/Included", "O2MTensor/IncludedElements"].map {
      try String(contentsOfFile: "\(Tool.root)/Sources/\($0).swift", encoding: .utf8)
    }.joined()
    func questions(_ text: String) -> [String] {
      text.matches(of: /@inlinable @inline\(__always\) public static func [^{]*/).map { String($0.0) }
    }
    #expect(questions(source) == questions(whole) && questions(whole).count == 5)
    let lists = source.matches(of: /case ([^:]*): true/).map { $0.1.matches(of: /\.(\w+)/).map { String($0.1) } }
    #expect(Set(lists[0]) == Set(contents.operators.map { "\($0)" }))
    #expect(Set(lists[1]) == Set(contents.kernels.map(\.rawValue)) && Set(lists[2]) == Set(contents.parts.map(\.rawValue)))
    #expect(Set(lists[3]) == Set(contents.elements.map { "\($0)" }))
  }

  /// Every condition of the C sources is the name of a kernel or of an element type, or made of such names.
  @Test func conditionsOfTheSourcesAreKernels() throws {
    let contents = LibraryContents(), without = contents.cSource.matches(of: /#define (O2M_WITHOUT_\w+)/).map { String($0.1) }
    #expect(Set(without).count == Kernel.Kind.allCases.count - contents.kernels.count + ElementType.allCases.count)
    let folder = Tool.root + "/Sources/CO2MKernels"
    var found: Set<String> = [], made: Set<String> = []
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) where [".c", ".h", ".inc"].contains(where: path.hasSuffix) {
      let text = try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8)
      found.formUnion(text.matches(of: /O2M_WITHOUT_\w+/).map { String($0.0) })
      made.formUnion(text.matches(of: /#define (O2M_WITHOUT_\w+)/).map { String($0.1) })
    }
    #expect(found.count >= 15 && found.subtracting(made).isSubset(of: without))
  }

  /// What is missing or wrong has the exit codes of the other commands.
  @Test func refusals() throws {
    let scratch = try Scratch(), digits = scratch / "digits.o2m"
    _ = try Tool.convertDigits(to: digits)
    #expect(try Tool.run("runtime", "--target", "arm64", "-o", scratch.path).code == 64)
    #expect(try Tool.run("runtime", "--for", digits, "--target", "mips", "-o", scratch.path).code == 64)
    #expect(try Tool.run("runtime", "--for", scratch / "none.o2m", "--target", "arm64", "-o", scratch.path).code == 66)
    #expect(try Tool.run("runtime", "--for", Tool.model, "--target", "arm64", "-o", scratch.path).code == 65)
    // Neither the working directory nor the program lies in a checkout.
    let copy = scratch / "onnx2mobile"
    // Written by a program of its own: a file that this process has open for writing, and with it what another test starts, cannot be run.
    #expect(try Tool.start("/bin/cp", [Tool.binary, copy], in: scratch.path, environment: [:]).code == 0)
    let outcome = try Tool.start(
      copy, ["runtime", "--for", digits, "--target", "arm64", "-o", scratch / "library"], in: scratch.path, environment: [:])
    #expect(outcome.code == 66, "\(outcome)")
    #expect(outcome.err.contains("there are no sources here") && outcome.err.contains("help: clone it"), "\(outcome)")
  }
}
