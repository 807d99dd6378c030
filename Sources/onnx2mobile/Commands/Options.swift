import ArgumentParser
import Foundation
import O2MBundle
import O2MConvert
import O2MImage

extension Precision: ExpressibleByArgument {}

/// `NAME:1,3,224,224`.
struct InputShape: ExpressibleByArgument {
  let name: String
  let dims: [Int]

  init?(argument: String) {
    guard let colon = argument.lastIndex(of: ":"), colon != argument.startIndex else { return nil }
    let parts = argument[argument.index(after: colon)...].split(separator: ",", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0) }
    guard numbers.count == parts.count, numbers.allSatisfy({ $0 >= 0 }) else { return nil }
    name = String(argument[..<colon])
    dims = numbers
  }
}

/// `NAME=FILE`; a bare file belongs to the only input.
struct InputFile: ExpressibleByArgument {
  let name: String?
  let path: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "=") else {
      name = nil
      path = argument
      return
    }
    name = String(argument[..<sign])
    path = String(argument[argument.index(after: sign)...])
    guard !path.isEmpty else { return nil }
  }
}

/// What several commands share.
enum Files {
  /// The lines of a text file, without the last empty one.
  static func lines(_ path: String) throws -> [String] {
    guard let data = FileManager.default.contents(atPath: path) else { throw Failure(.cannotOpen, "\(path): cannot be opened") }
    guard let text = String(data: data, encoding: .utf8) else {
      throw Failure(.damaged, "\(path): is not UTF-8 text", help: "store the labels as UTF-8, one per line")
    }
    var lines = text.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n")
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  static func preprocessing(_ argument: String) throws -> String {
    do throws(ImageError) { return try Preprocessing(argument: argument).text } catch {
      throw ImageMessages.failure(error, file: argument, code: .usage)
    }
  }

  static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

  /// Whether the file begins like a bundle.
  static func isBundle(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: 4)).map { $0.count == 4 && $0[1...3].elementsEqual("O2M".utf8) } ?? false
  }
}

extension String {
  /// The text on stdout, as it is.
  func write() { FileHandle.standardOutput.write(Data(utf8)) }

  /// The text in the file at `path`; on stdout without one.
  func write(to path: String?) throws {
    guard let path else { return write() }
    do throws(WriteError) { try writeAtomically(Array(utf8), to: path) } catch {
      throw Failure(.cannotWrite, "\(path): cannot be written: \(ImportMessages.reason(error.errno))")
    }
  }
}
