import O2MRuntime

/// What is wrong with a file of labels.
public enum LabelError: Error, Equatable, Sendable {
  case notUTF8
  /// Counted from 0.
  case tooLong(line: Int, bytes: Int, limit: Int)
}

/// The labels in `bytes`: UTF-8 text, one in each line, without the last empty one. Lines may end as on Windows.
public func readLabels(_ bytes: [UInt8]) throws(LabelError) -> [String] {
  var lines: [String] = [], pieces = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
  for place in pieces.indices.dropLast() where pieces[place].last == 0x0D { pieces[place].removeLast() }
  if pieces.last?.isEmpty == true { pieces.removeLast() }
  for piece in pieces {
    guard let line = String(validating: piece, as: UTF8.self) else { throw .notUTF8 }
    guard piece.count <= BundleFormat.maximumText else {
      throw .tooLong(line: lines.count, bytes: piece.count, limit: BundleFormat.maximumText)
    }
    lines.append(line)
  }
  return lines
}
