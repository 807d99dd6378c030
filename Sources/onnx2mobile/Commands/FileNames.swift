import HostSystem

/// Names of files and folders, made of names that are none: of outputs and of pictures.
///
/// `/` becomes `_`, long names are cut, and where two would be the same, also on a disk that takes `A` for `a`, the later one
/// gets `_2`, `_3` and so on.
package struct FileNames {
  /// File systems take names of 255 bytes; a number and `.npy` are added.
  private static let longest = 240

  private var taken: Set<String> = []

  /// A name that was not given before.
  mutating func name(for text: String) -> String {
    var plain = text.replacing("/", with: "_").replacing("\0", with: "_")
    while plain.utf8.count > Self.longest { plain.removeLast() }
    var name = plain, number = 2
    while !taken.insert(name.lowercased()).inserted {
      name = "\(plain)_\(number)"
      number += 1
    }
    return name
  }

  /// A file for each of `outputs`. Names that hold no `/` come first, so that they keep theirs.
  package static func npy(for outputs: [String]) -> [String] {
    var names = FileNames(), result = outputs
    for isPlain in [true, false] {
      for (index, output) in outputs.enumerated() where output.contains("/") != isPlain { result[index] = names.name(for: output) + ".npy" }
    }
    return result
  }

  /// The name of the file at `path` without what it ends with.
  static func stem(_ path: String) -> String { path.stemAndExtension.stem }
}
