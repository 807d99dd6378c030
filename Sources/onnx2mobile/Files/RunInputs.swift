import HostSystem
import O2MConvert
import O2MRuntime
import O2MTensor

/// The files that `run` reads: one for each input, and for one of the inputs as many pictures as there are runs.
struct RunInputs {
  /// By input; those of the input with several files have one for each run.
  private var paths: [String: [String]] = [:]
  private let file: String
  private let names: [String]

  /// - Parameters:
  ///   - pinned: inputs whose files were read before.
  ///   - file: the model or bundle, for messages.
  init(_ given: [InputFile], among names: [String], pinned: [String] = [], of file: String) throws {
    self.file = file
    self.names = names
    let listed = Self.list(names)
    for entry in given {
      let (name, path) = try Self.resolve(entry, among: names, pinned: pinned, of: file)
      guard !pinned.contains(name) else { continue }
      let files = try Self.files(path, of: file)
      paths[name, default: []] += files
      guard paths[name]?.count == 1 || paths[name]?.allSatisfy(PictureFolder.isPicture) == true else {
        throw Failure(
          .usage, "\(file): --input is given twice for '\(name)'",
          help: "give one file for each input, or several pictures for one of them; the inputs are \(listed)")
      }
    }
    let several = names.filter { paths[$0]?.count ?? 0 > 1 }
    guard several.count <= 1 else {
      throw Failure(
        .usage, "\(file): '\(several[0])' and '\(several[1])' have several files each", help: "give several pictures for one input alone")
    }
  }

  private static func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }

  /// The input that a file is for: the one that it names, or the only one that has to be given.
  static func resolve(
    _ entry: InputFile, among names: [String], asking state: StateLinks = StateLinks(), pinned: [String] = [], of file: String
  ) throws -> (name: String, path: String) {
    let (named, path) = entry.resolved(among: names + pinned), asked = names.indices.filter { state.output(for: $0) == nil }
    guard let name = named ?? (asked.count == 1 ? names[asked[0]] : nil) else {
      throw Failure(.usage, "\(file): which of its inputs is \(path)?", help: "give --input NAME=\(path); the inputs are \(list(names))")
    }
    guard names.contains(name) || pinned.contains(name) else { throw unknown(name, among: names, of: file) }
    return (name, path)
  }

  static func unknown(_ name: String, among names: [String], of file: String) -> Failure {
    Failure(.usage, "\(file): it has no input '\(name)'" + Suggestion.text(for: name, among: names), help: "the inputs are \(list(names))")
  }

  static func missing(_ name: String, of file: String) -> Failure {
    Failure(
      .usage, "\(file): input '\(name)' is not given", help: "give --input \(name)=FILE with a .npy, .pb, .jpg or .png")
  }

  /// A folder stands for the pictures in it and below, or for the tensors in it where there are some.
  static func files(_ path: String, ofTensors: Bool = false, of file: String) throws -> [String] {
    guard isFolder(path) else { return [path] }
    let names = ofTensors ? (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] : []
    let tensors = names.filter { $0.hasSuffix(".npy") || $0.hasSuffix(".pb") }
    if !tensors.isEmpty {
      return tensors.sorted(by: isInOrder).map { path + "/" + $0 }
    }
    do throws(GivenError) {
      let folder = try PictureFolder(path)
      return folder.names.map(folder.path)
    } catch { throw BundleMessages.failure(error, of: file) }
  }

  /// What each run is fed: the pictures of the input that has several, or the file of the only one; nil where several inputs have one each.
  var runs: [String?] {
    let varying = names.count == 1 ? names.first : names.first { paths[$0]?.count ?? 0 > 1 }
    return varying.flatMap { paths[$0] } ?? [nil]
  }

  /// The tensors of one run, and the extents of the pictures that they were made of.
  func values(
    _ run: Int, for types: [(name: String, type: TensorType)], _ preprocessing: String, ofAnyShape: Bool = false
  ) throws -> [(tensor: Tensor, picture: Extent?)] {
    try types.map { entry in
      guard let files = paths[entry.name] else { throw Self.missing(entry.name, of: file) }
      return try InputTensor.load(
        files[files.count > 1 ? run : 0], for: entry.type, of: file, preprocessing: preprocessing, ofAnyShape: ofAnyShape)
    }
  }
}
