import O2MImage
import O2MRuntime

/// What is wrong with a file of labels. Lines and labels are counted from 0.
public enum LabelError: Error, Equatable, Sendable {
  case notUTF8
  case tooLong(line: Int, bytes: Int, limit: Int)
  /// The file names no class.
  case none
  /// A line without a name between lines that have one: what comes after it would name the wrong class.
  case empty(line: Int)
  /// JSON that is neither a list of names nor a table of names by class.
  case json
  /// A table of names that has none for this class.
  case missing(class: Int, names: Int)
}

/// The labels in `bytes`: UTF-8 text, one in each line, or JSON.
///
/// Lines end as on Unix, Windows or old Macs; empty ones at the end are no labels. JSON is a list of names, or a table from the number of
/// each class to its name, or to a list that ends with it, as `imagenet_class_index.json` is; in a model's `config.json` it is `id2label`.
public func readLabels(_ bytes: [UInt8]) throws(LabelError) -> [String] {
  // Windows's editors begin a text with a mark of its order of bytes.
  let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
  guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8 }
  if let first = text.unicodeScalars.first(where: { !$0.properties.isWhitespace }), first == "[" || first == "{" {
    let labels = try jsonLabels(bytes)
    try check(labels)
    return labels
  }
  // A carriage return alone ends a line where nothing else does.
  let ends: [UInt8] = bytes.contains(0x0A) ? [0x0A] : [0x0A, 0x0D]
  var pieces = bytes.split(omittingEmptySubsequences: false) { ends.contains($0) }
  for place in pieces.indices where pieces[place].last == 0x0D { pieces[place].removeLast() }
  var lines = pieces.map { String(decoding: $0, as: UTF8.self) }
  while let last = lines.last, last.allSatisfy(\.isWhitespace) { lines.removeLast() }
  try check(lines)
  return lines
}

private func check(_ labels: [String]) throws(LabelError) {
  guard !labels.isEmpty else { throw .none }
  for (line, label) in labels.enumerated() {
    guard label.utf8.count <= BundleFormat.maximumText else {
      throw .tooLong(line: line, bytes: label.utf8.count, limit: BundleFormat.maximumText)
    }
    if label.allSatisfy(\.isWhitespace) { throw .empty(line: line) }
  }
}

private func jsonLabels(_ bytes: [UInt8]) throws(LabelError) -> [String] {
  guard let value = JSONValue(bytes) else { throw .json }
  if let names = value.texts { return names }
  guard let object = value.table else { throw .json }
  let table = object["id2label"]?.table ?? object
  guard !table.isEmpty, table.keys.allSatisfy({ Int($0) != nil }) else { throw .json }
  var labels: [String] = []
  for number in 0..<table.count {
    guard let entry = table["\(number)"] else { throw .missing(class: number, names: table.count) }
    guard let name = entry.text ?? entry.texts?.last else { throw .json }
    labels.append(name)
  }
  return labels
}
