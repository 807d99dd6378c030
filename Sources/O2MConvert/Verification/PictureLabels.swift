import HostSystem

/// What is wrong with the classes that pictures are said to show; lines count from 1.
public enum PictureLabelError: Error, Equatable, Sendable {
  case notUTF8
  /// No tab or comma stands between a picture and its class.
  case noClass(line: Int)
  case unknownClass(String, line: Int)
  /// A folder of pictures whose name is no class.
  case unknownFolder(String)
  /// No picture has a class.
  case none
}

/// What pictures show: by a list, or by the folder that each lies in.
public struct PictureLabels: Sendable {
  private let classes: [String: Int]

  public func of(_ picture: String) -> Int? { classes[picture] }

  /// The class of a picture is the name of its folder.
  public init(foldersOf pictures: PictureFolder, _ labels: [String], count: Int) throws(PictureLabelError) {
    let names = ClassNames(labels, count: count)
    var classes: [String: Int] = [:]
    for picture in pictures.names {
      let folder = picture.split(separator: "/").dropLast().last.map(String.init)
      let name = folder ?? URL(fileURLWithPath: pictures.folder).standardized.lastPathComponent
      guard let index = names.index(of: name) else { throw .unknownFolder(name) }
      classes[picture] = index
    }
    self.classes = classes
  }

  /// A line for each picture, `PICTURE<tab or comma>CLASS`. A picture is a path below the folder, or the name of a file in it; those
  /// without a line have no class. Empty lines and those that begin with # say nothing.
  public init(
    list bytes: [UInt8], of pictures: PictureFolder, _ labels: [String], count: Int
  ) throws(PictureLabelError) {
    let names = ClassNames(labels, count: count)
    var listed: [String: Int] = [:], number = 0
    for piece in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      guard let line = String(validating: piece.last == 0x0D ? piece.dropLast() : piece, as: UTF8.self) else { throw .notUTF8 }
      if line.allSatisfy(\.isWhitespace) || line.first == "#" { continue }
      guard let place = line.firstIndex(of: "\t") ?? line.lastIndex(of: ",") else { throw .noClass(line: number) }
      let name = line[line.index(after: place)...].trimmed
      guard let index = names.index(of: name) else { throw .unknownClass(name, line: number) }
      listed[line[..<place].trimmed] = index
    }
    var classes: [String: Int] = [:]
    for picture in pictures.names { classes[picture] = listed[picture] ?? listed[picture.lastPathName] }
    guard !classes.isEmpty else { throw .none }
    self.classes = classes
  }
}

/// Classes by what people call them.
private struct ClassNames {
  private var indices: [String: Int] = [:]
  private let count: Int

  init(_ labels: [String], count: Int) {
    self.count = count
    for (index, label) in labels.enumerated().prefix(count).reversed() {
      // Of several names with commas between them the first is one too.
      if let first = label.split(separator: ",").first { indices[Self.plain(String(first))] = index }
    }
    for (index, label) in labels.enumerated().prefix(count).reversed() { indices[Self.plain(label)] = index }
  }

  private static func plain(_ name: String) -> String { name.trimmed.lowercased() }

  /// By the label, else by its number.
  func index(of name: String) -> Int? {
    indices[Self.plain(name)] ?? Int(name).flatMap { (0..<count).contains($0) ? $0 : nil }
  }
}
