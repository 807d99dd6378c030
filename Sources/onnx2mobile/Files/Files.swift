import Foundation
import O2MBundle
import O2MConvert
import O2MImage
import O2MRuntime

/// The files that commands read and write.
enum Files {
  /// The labels in a text file, one in each line.
  static func labels(_ path: String) throws -> [String] {
    let bytes = [UInt8](try contents(path))
    do throws(LabelError) { return try readLabels(bytes) } catch {
      switch error {
      case .notUTF8: throw Failure(.damaged, "\(path): is not UTF-8 text", help: "store the labels as UTF-8, one per line")
      case .tooLong(let line, let bytes, let limit):
        throw Failure(
          .damaged, "\(path): line \(line + 1) has \(bytes) bytes, a label has \(limit) at most", help: "give one name in each line")
      }
    }
  }

  private static func contents(_ path: String) throws -> Data {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw Failure(.cannotOpen, "\(path): cannot be opened: \(ImportMessages.reason(errno))") }
    do { return try FileHandle(fileDescriptor: file, closeOnDealloc: true).readToEnd() ?? Data() } catch {
      throw Failure(.cannotOpen, "\(path): cannot be read", help: "give a text file")
    }
  }

  /// What is wrong with a text is the command's fault, with a file the file's.
  static func preprocessing(_ argument: String) throws -> String {
    do throws(ImageError) { return try Preprocessing(argument: argument).text } catch {
      throw ImageMessages.failure(error, file: argument, code: argument.hasSuffix(".json") ? nil : .usage)
    }
  }

  static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

  /// Whether both paths lead to one file that is there, by whatever names and links.
  static func isSame(_ path: String, _ other: String) -> Bool {
    let identities = [path, other].map { path -> [Int?]? in
      let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
      let attributes = try? FileManager.default.attributesOfItem(atPath: target)
      return attributes.map { [$0[.systemNumber] as? Int, $0[.systemFileNumber] as? Int] }
    }
    return identities[0] != nil && identities[0] == identities[1]
  }

  /// Whether the file begins like a bundle.
  static func isBundle(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: 4)).map { $0.count == 4 && $0[1...3].elementsEqual("O2M".utf8) } ?? false
  }

  static func write(_ bytes: [UInt8], to handle: FileHandle) throws {
    do { try handle.write(contentsOf: Data(bytes)) } catch {
      throw Failure(.cannotWrite, "standard output cannot be written: \(ImportMessages.reason(errno))")
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    do throws(WriteError) { try writeAtomically(bytes, to: path) } catch {
      throw Failure(.cannotWrite, "\(path): cannot be written: \(ImportMessages.reason(error.errno))")
    }
  }
}

extension String {
  /// The text on stdout, without what steers a terminal.
  func write() throws { try Files.write(Array(printable.utf8), to: .standardOutput) }

  /// The text in the file at `path`; on stdout without one.
  func write(to path: String?) throws {
    if let path { try Files.write(Array(utf8), to: path) } else { try write() }
  }
}
