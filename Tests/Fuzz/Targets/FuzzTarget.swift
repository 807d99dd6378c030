import Foundation
import O2MConvert
import O2MImage
import O2MImport
import O2MParity
import O2MRuntime
import O2MTensor
import O2MTestSupport

/// What is fed with bytes. Refusals are the answer to most; a target ends the process only where one of ours is broken.
enum FuzzTarget: String, CaseIterable {
  /// An ONNX model: import, passes, planning, emission.
  case importer
  /// Raw sections of a bundle: reader, runtime, certificate.
  case bundle
  /// The same, and shapes that a session is asked for.
  case shapes
  /// The same, and a saved state that a session takes back.
  case states
  /// One operator with attributes, shapes and values: its reference against its kernels.
  case operators
  case npy
  /// A tensor, a sequence or an optional value in a file of ONNX's test data.
  case values
  case picture
  case preprocessing
  case labels

  func run(_ bytes: [UInt8]) {
    switch self {
    case .importer: Converting.run(model: bytes, verifies: false)
    case .bundle: SectionList(bytes).run()
    case .shapes: SectionList(bytes).resize()
    case .states: SectionList(bytes).restore()
    case .operators: OperatorCase(bytes).run()
    case .npy:
      guard let tensor = try? Npy.decode(bytes) else { return }
      let again = try? Npy.decode(Npy.encode(tensor))
      guard again?.type == tensor.type else { fatalError("an array of \(tensor.type) does not survive being written") }
    case .values:
      guard let kind = bytes.first else { return }
      let path = ScratchFile.shared.write(bytes.dropFirst())
      _ = try? ValueFile(path: path, kind: [.tensor, .sequence, .optional][Int(kind) % 3])
    case .picture:
      guard let picture = try? Picture(decoding: bytes) else { return }
      guard picture.pixels.count == picture.extent.width * picture.extent.height * Picture.channels else {
        fatalError("\(picture.pixels.count) pixels in \(picture.extent)")
      }
      _ = try? Preprocessing.imagenet.tensor(picture, expected: [1, 3, 224, 224])
    case .preprocessing: Self.prepare(bytes)
    case .labels: _ = try? readLabels(bytes)
    }
  }

  /// A picture is prepared as the text says; the text that goes into a bundle says the same.
  private static func prepare(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let preprocessing = (try? Preprocessing(json: Data(bytes))) ?? (try? Preprocessing(text: text)) else { return }
    guard (try? Preprocessing(text: preprocessing.text)) == preprocessing else { fatalError("\(preprocessing.text) reads otherwise") }
    let picture = Picture(Extent(width: 7, height: 5), pixels: (0..<105).map { UInt8($0) })
    guard let extent = preprocessing.extent, extent.width <= 512, extent.height <= 512 else { return }
    _ = try? preprocessing.tensor(picture, expected: [1, 3, extent.height, extent.width])
  }

  /// A change that knows the format; nil where bytes are changed as they are.
  func mutation(of bytes: [UInt8], seed: UInt32) -> [UInt8]? {
    guard self == .importer, seed % 4 != 0, let model = WireMessage(.model, bytes[...]) else { return nil }
    let all = Mutation.all(of: model)
    guard !all.isEmpty else { return nil }
    var changed = model
    all[Int(seed / 4) % all.count].apply(to: &changed)
    return changed.bytes
  }
}

/// The file that readers of files get, written anew for each input.
final class ScratchFile: Sendable {
  static let shared = ScratchFile()

  private let path = FileManager.default.temporaryDirectory.appendingPathComponent("o2mfuzz-\(getpid())").path

  func write(_ bytes: ArraySlice<UInt8>) -> String {
    try? Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }
}

enum Converting {
  /// Converts a model. What ends it is the model's fault, or not supported; a graph that our own passes break, a bundle that does not
  /// read back, or kernels that do not give what the reference gives are ours.
  static func run(model: [UInt8], verifies: Bool) {
    var options = ConversionOptions()
    options.precision = .float32
    options.zstdLevel = 1
    options.verifies = verifies
    do throws(ConversionError) {
      let conversion = try Conversion(path: ScratchFile.shared.write(model[...]), options: options)
      if let parity = conversion.parity, parity.verdict != .pass {
        fatalError("\(parity.outputs.map { "\($0.name): \($0.failures)" })")
      }
    } catch {
      switch error {
      case .passes, .planning(.unreadable), .planning(.operands): fatalError("\(error)")
      default: break
      }
    }
  }
}
