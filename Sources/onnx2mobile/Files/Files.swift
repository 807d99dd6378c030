import HostSystem
import O2MBundle
import O2MConvert
import O2MImage
import O2MRuntime

/// The files that commands read and write.
enum Files {
  /// The labels in a file, one in each line or as JSON.
  static func labels(_ path: String) throws -> [String] {
    let bytes = [UInt8](try contents(path))
    do throws(LabelError) { return try readLabels(bytes) } catch {
      throw LabelMessages.failure(error, file: path)
    }
  }

  /// Thresholds that are kept beside a model.
  /// - Parameters:
  ///   - path: the file that is named; where none is, the one beside the model counts.
  /// - Returns: its name, empty where there is none, and what it asks for.
  static func policy(_ path: String?, beside model: String?) throws -> (file: String, VerificationPolicy) {
    var path = path
    if path == nil, let model {
      let beside = (model.contains("/") ? folder(of: model) + "/" : "") + VerificationPolicy.fileName
      if FileManager.default.fileExists(atPath: beside) { path = beside }
    }
    guard let path else { return ("", VerificationPolicy()) }
    let bytes = [UInt8](try contents(path))
    do throws(PolicyError) { return (path, try VerificationPolicy(bytes)) } catch { throw PolicyMessages.failure(error, file: path) }
  }

  /// A report of `verify` that was kept.
  static func baseline(_ path: String) throws -> Baseline {
    let bytes = [UInt8](try contents(path))
    do throws(PolicyError) { return try Baseline(bytes) } catch { throw PolicyMessages.failure(error, file: path) }
  }

  /// What pictures show, as `--labels-from` says it: a file, or the word `folders`.
  static func pictureLabels(_ source: String, _ pictures: PictureFolder, _ labels: [String], count: Int) throws -> PictureLabels {
    if source == "folders" {
      do throws(PictureLabelError) { return try PictureLabels(foldersOf: pictures, labels, count: count) } catch {
        throw PolicyMessages.failure(error, file: pictures.folder)
      }
    }
    let bytes = [UInt8](try contents(source))
    do throws(PictureLabelError) { return try PictureLabels(list: bytes, of: pictures, labels, count: count) } catch {
      throw PolicyMessages.failure(error, file: source)
    }
  }

  /// The bytes of a file, or of a pipe that somebody writes, as far as a text is that long.
  private static func contents(_ path: String) throws -> Data {
    // A pipe that nobody writes would be waited for without end.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw Failure(.cannotOpen, "\(path): cannot be opened: \(ImportMessages.reason(errno))") }
    defer { close(file) }
    var data = Data(), piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(file, &piece, piece.count)
      if count > 0 {
        guard data.count + count <= longestText else {
          throw Failure(.damaged, "\(path): has more than \(longestText >> 20) MB", help: "give a text file")
        }
        data.append(contentsOf: piece[..<count])
      } else if count == 0 {
        return data
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, patience) > 0 else {
          throw Failure(.cannotOpen, "\(path): nothing came through this pipe for \(patience / 1000) seconds", help: "give a text file")
        }
      } else if errno != EINTR {
        throw Failure(.cannotOpen, "\(path): cannot be read: \(ImportMessages.reason(errno))", help: "give a text file")
      }
    }
  }

  /// Milliseconds.
  private static let patience: Int32 = 10_000
  /// Bytes of a text: labels, thresholds, a report.
  private static let longestText = 64 << 20

  /// The first bytes of a regular file; none where it is no such file.
  static func start(of path: String, count: Int) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { target, filled in filled = max(0, read(file, target.baseAddress, count)) }
  }

  /// What is wrong with a text is the command's fault, with a file the file's.
  static func preprocessing(_ argument: String) throws -> String {
    do throws(ImageError) { return try Preprocessing(argument: argument).text } catch {
      throw ImageMessages.failure(error, file: argument, code: argument.hasSuffix(".json") ? nil : .usage)
    }
  }

  static func name(_ path: String) -> String { path.lastPathName }

  /// Whether both paths lead to one file that is there, by whatever names and links.
  static func isSame(_ path: String, _ other: String) -> Bool {
    var one = stat(), two = stat()
    return stat(path, &one) == 0 && stat(other, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino
  }

  /// Whether the file begins like a bundle.
  static func isBundle(_ path: String) -> Bool {
    let bytes = start(of: path, count: 4)
    return bytes.count == 4 && bytes[1...3].elementsEqual("O2M".utf8)
  }

  /// Writes all of `bytes` to a file that is open already.
  static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) throws {
    do throws(WriteError) { try writeAll(bytes, to: file) } catch {
      throw Failure(.cannotWrite, "standard output cannot be written: \(ImportMessages.reason(error.errno))")
    }
  }

  /// Makes a folder and those around it, where they are not there.
  static func makeFolder(_ path: String, help: String? = nil) throws {
    guard !isFolder(path) else { return }
    let holder = folder(of: path)
    if holder != path, holder != "." { try makeFolder(holder, help: help) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST && isFolder(path) else {
      throw Failure(.cannotWrite, "\(path): cannot be made: \(ImportMessages.reason(errno))", help: help)
    }
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    do throws(WriteError) { try writeAtomically(bytes, to: path) } catch { throw failure(error, path) }
  }

  static func failure(_ error: WriteError, _ path: String) -> Failure {
    Failure(.cannotWrite, "\(path): cannot be written: \(ImportMessages.reason(error.errno))")
  }
}

extension String {
  /// The text on stdout, without what steers a terminal.
  func write() throws {
    var text = printable
    try text.withUTF8 { try Files.write(UnsafeRawBufferPointer($0), to: STDOUT_FILENO) }
  }

  /// The text on stderr. Where that cannot be written, the exit code still tells.
  func writeToStandardError() {
    var text = self
    text.withUTF8 { try? Files.write(UnsafeRawBufferPointer($0), to: STDERR_FILENO) }
  }

  /// The same in the file at `path`; on stdout without one.
  func write(to path: String?) throws {
    if let path { try Files.write(Array(printable.utf8), to: path) } else { try write() }
  }
}
