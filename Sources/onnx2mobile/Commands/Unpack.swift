import ArgumentParser
import HostSystem
import O2MBundle

struct Unpack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn the download form of a bundle into the installed form, verified.",
    discussion: """
      Example:
        onnx2mobile unpack squeezenet.o2m -o squeezenet.installed.o2m

      The installed form is mapped by the runtime as it lies: nothing is decompressed or copied at start. Unpacking it again \
      changes nothing.
      """)

  @Argument(help: ArgumentHelp("The bundle.", valueName: "BUNDLE.o2m"), completion: .file(extensions: ["o2m"]))
  var bundle: String
  @Option(
    name: [.customShort("o"), .long], help: ArgumentHelp("The file to write, - for stdout.", valueName: "OUT.o2m"),
    completion: .file(extensions: ["o2m"])
  )
  var output: String

  func run() throws {
    try reporting {
      let target = try Destination(output), progress = ProgressBar()
      progress.show("unpacking", 0, of: 1)
      defer { progress.clear() }
      // What cannot be run is not written.
      let installed = try OpenedBundle.opening(bundle) { () throws(OpenFault) in try OpenedBundle.installedForm(at: bundle) }
      let report = "\(output): installed form, \(Format.scaled(installed.bytes.count))B, all hashes hold\n"
      progress.clear()
      try target.write(installed.bytes, reporting: report)
    }
  }
}
