import Foundation
import ONNX2Mobile

struct WrongFile: Error, CustomStringConvertible {
  var description: String
}

extension ModelImage {
  /// A binary pixmap: P5 or P6, width, height and 255, each followed by one blank, then the pixels.
  init(pixmap url: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: url)), fields = bytes.prefix(64).split(separator: 0x0A, maxSplits: 3)
    let words = fields.prefix(3).flatMap { String(decoding: $0, as: UTF8.self).split(separator: " ") }
    guard words.count == 4, let width = Int(words[1]), let height = Int(words[2]), words[3] == "255" else {
      throw WrongFile(description: "\(url.path) is no pixmap")
    }
    let head = fields.prefix(3).reduce(0) { $0 + $1.count + 1 }
    try self.init(Array(bytes[head...]), format: words[0] == "P5" ? .gray : .rgb, width: width, height: height)
  }
}

/// What `onnx2mobile run --json` says of a picture's classes.
struct Report: Decodable {
  struct Class: Decodable {
    var `class`: Int
    var label: String
    var share: Float
  }
  struct Output: Decodable { var top: [Class] }
  struct Result: Decodable { var outputs: [Output] }
  var results: [Result]

  static func classes(_ url: URL) throws -> [Class] {
    try JSONDecoder().decode(Report.self, from: Data(contentsOf: url)).results[0].outputs[0].top
  }
}

/// What differs of two lists of classes. Two builds of the runtime differ in the order of sums alone, and so by what a float32 bundle may:
/// 1e-4 of the largest and 1e-3 of each.
func difference(_ found: [Classification], _ expected: [Report.Class]) -> String? {
  guard found.count == expected.count else { return "\(found.count) classes, not \(expected.count)" }
  let largest = expected.map(\.share).max() ?? 0
  for (found, expected) in zip(found, expected) {
    let isNear = (found.probability - expected.share).magnitude <= 1e-4 * largest + 1e-3 * expected.share
    if found.index != expected.class || found.label != expected.label || !isNear { return "\(found), not \(expected)" }
  }
  return nil
}
