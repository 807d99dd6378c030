import ArgumentParser
import O2MBundle
import O2MRuntime

struct RuntimeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runtime",
    abstract: "Build the runtime with what some bundles use, and nothing else.",
    usage: "onnx2mobile runtime --for BUNDLE.o2m... --target TARGET -o DIR [<options>]",
    discussion: """
      Example:
        onnx2mobile runtime --for squeezenet.o2m --target arm64 -o library

      The library has the operators, kernels and parts of these bundles; another bundle that needs more is refused with an error \
      that names it. It opens the form in which the bundles are given: the installed form alone is smaller, and needs no zstd. \
      The sources are those of a checkout of onnx2mobile: the working directory or one above it, else the one that this command \
      was built in.
      """)

  enum Target: String, ExpressibleByArgument, CaseIterable { case arm64, x86_64 = "x86-64", wasm32 }

  @Option(
    name: .customLong("for"), parsing: .upToNextOption, help: ArgumentHelp("The bundles.", valueName: "BUNDLE.o2m"),
    completion: .file(extensions: ["o2m"])
  )
  var bundles: [String]
  @Option(help: ArgumentHelp("The machine.", valueName: "TARGET"))
  var target: Target
  @Option(name: [.customShort("o"), .long], help: ArgumentHelp("The folder to write.", valueName: "DIR"), completion: .directory)
  var output: String
  @OptionGroup var form: FormatOptions<TextOrJSON>

  func run() throws {
    try reporting {
      var contents = LibraryContents()
      for path in bundles {
        let bundle = try OpenedBundle(path)
        try bundle.running { () throws(RunFault) in try contents.add(bundle) }
      }
      let checkout = try Checkout()
      let files = try checkout.build(contents, for: target, into: output)
      let report = LibraryReport(target: target.rawValue, files: files, contents)
      try (form.isJSON ? JSON.text(report) : report.text).write()
    }
  }
}
