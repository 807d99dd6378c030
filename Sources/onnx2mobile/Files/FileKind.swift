import HostSystem

/// What a file is by its first bytes, where it is taken for a model or a bundle and is neither.
enum FileKind: CaseIterable {
  case onnx, bundle, torch, torchLegacy, tflite, ort, keras, safetensors, gzip, zstandard, zip, tar, lfsPointer, html, json, jpeg, png, gif,
    webp
  case npy, pdf, text

  /// nil where the file cannot be read, or is nothing that is known.
  init?(path: String) {
    let bytes = Files.start(of: path, count: 512)
    guard !bytes.isEmpty, let kind = Self.allCases.first(where: { $0.fits(bytes) }) else { return nil }
    self = kind
  }

  private func fits(_ bytes: [UInt8]) -> Bool {
    func has(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
    func begins(_ values: UInt8...) -> Bool { bytes.starts(with: values) }
    let isZip = begins(0x50, 0x4B, 0x03, 0x04)
    switch self {
    // Field 1 with the IR version, then the producer, the opsets or the graph.
    case .onnx: return bytes.count > 2 && bytes[0] == 0x08 && (1...64).contains(bytes[1]) && [0x12, 0x3A, 0x42].contains(bytes[2])
    case .bundle: return has("O2M", at: 1)
    // The first entry of the archive lies in a folder of the model's name.
    case .torch: return isZip && ["/data.pkl", "/byteorder", "/version"].contains { Self.contains(bytes, $0) }
    case .torchLegacy: return begins(0x80, 0x02, 0x8A, 0x0A)
    case .tflite: return has("TFL3", at: 4)
    case .ort: return has("ORTM", at: 4)
    case .keras: return begins(0x89, 0x48, 0x44, 0x46)
    case .safetensors: return bytes.count > 9 && bytes[8] == UInt8(ascii: "{") && bytes[4..<8].allSatisfy { $0 == 0 }
    case .gzip: return begins(0x1F, 0x8B)
    case .zstandard: return begins(0x28, 0xB5, 0x2F, 0xFD)
    case .zip: return isZip
    case .tar: return has("ustar", at: 257)
    case .lfsPointer: return has("version https://git-lfs")
    case .html: return Self.isHTML(bytes)
    case .json: return bytes.first { !Self.isSpace($0) } == UInt8(ascii: "{")
    case .jpeg: return begins(0xFF, 0xD8, 0xFF)
    case .png: return begins(0x89, 0x50, 0x4E, 0x47)
    case .gif: return has("GIF8")
    case .webp: return has("RIFF") && has("WEBP", at: 8)
    case .npy: return begins(0x93) && has("NUMPY", at: 1)
    case .pdf: return has("%PDF")
    // Letters of one byte and line ends alone.
    case .text: return bytes.allSatisfy { Self.isSpace($0) || (0x20...0x7E).contains($0) }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

  private static func isHTML(_ bytes: [UInt8]) -> Bool {
    let start = String(decoding: bytes.drop { isSpace($0) || [0xEF, 0xBB, 0xBF].contains($0) }.prefix(16), as: UTF8.self).lowercased()
    return ["<!doctype html", "<html", "<head", "<?xml"].contains { start.hasPrefix($0) }
  }

  private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
    let text = Array(text.utf8)
    return bytes.count >= text.count && (0...bytes.count - text.count).contains { bytes[$0...].starts(with: text) }
  }
}
