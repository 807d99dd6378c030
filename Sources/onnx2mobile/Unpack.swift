import ArgumentParser
import Foundation
import O2MOps
import O2MBundle
import O2MRuntime
import O2MUnpack

struct Unpack: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn the download form of a bundle into the installed form, verified.",
    discussion: """
      Example:
        onnx2mobile unpack squeezenet.o2m -o squeezenet.installed.o2m

      The installed form is mapped by the runtime as it lies: nothing is decompressed or copied at start. Unpacking it again changes nothing.
      """)

  @Argument(help: ArgumentHelp("The bundle.", valueName: "BUNDLE.o2m"), completion: .file(extensions: ["o2m"]))
  var bundle: String
  @Option(name: [.customShort("o"), .long], help: ArgumentHelp("The file to write.", valueName: "OUT.o2m"), completion: .file(extensions: ["o2m"]))
  var output: String

  func run() throws {
    try reporting {
      let installed: [UInt8]
      do throws(RunFault) {
        let mapped = try BundleBytes(mapping: bundle)
        // What cannot be run is not written.
        _ = try Model.unpacking(mapped.bytes)
        installed = try Self.unpacked(mapped)
      } catch { throw ConversionMessages.failure(error, file: bundle) }
      do throws(WriteFault) { try writeAtomically(installed, to: output) } catch {
        throw Failure(.cannotWrite, "\(output): cannot be written: \(ImportMessages.reason(error.errno))")
      }
      "\(output): installed form, \(Format.scaled(installed.count))B, all hashes hold\n".write()
    }
  }

  private static func unpacked(_ mapped: BundleBytes) throws(RunFault) -> [UInt8] {
    do throws(FormatFault) { return try O2MUnpack.unpack(mapped.bytes) } catch { throw .format(error) }
  }
}
