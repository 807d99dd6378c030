import HostSystem

/// The pictures in a folder and below it, by name.
public struct PictureFolder: Sendable {
  public let folder: String
  /// Below the folder.
  public let names: [String]

  /// What a file's name ends with that is taken for a picture.
  public static let kinds = ["jpg", "jpeg", "png"]

  public init(_ folder: String) throws(GivenError) {
    guard let all = try? FileManager.default.subpathsOfDirectory(atPath: folder) else { throw .cannotOpen(folder: folder) }
    self.folder = folder
    names = all.filter(Self.isPicture).sorted()
    guard !names.isEmpty else {
      throw FileManager.default.fileExists(atPath: folder) ? .noPictures(folder: folder) : .cannotOpen(folder: folder)
    }
  }

  public static func isPicture(_ name: String) -> Bool { kinds.contains(name.stemAndExtension.extension.lowercased()) }

  public func path(_ name: String) -> String { folder + "/" + name }
}
