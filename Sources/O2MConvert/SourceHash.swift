import CMD
import Foundation

/// What identifies the file that a bundle was made from.
enum SourceHash {
  /// The SHA-256 of a file; empty where it cannot be read any more.
  static func sha256(path: String) -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    var context = SHA2_CTX()
    var digest = [UInt8](repeating: 0, count: 32)
    SHA256Init(&context)
    data.withUnsafeBytes { SHA256Update(&context, $0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
    SHA256Final(&digest, &context)
    return digest
  }
}
