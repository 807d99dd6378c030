import Foundation
import O2MConvert

/// One line on a terminal's stderr that says how far a conversion is; silent where stderr is no terminal.
final class ProgressBar: @unchecked Sendable {
  private let isShown = isatty(2) == 1
  private var last = ""

  func show(_ progress: ConversionProgress) {
    guard isShown else { return }
    var line = progress.stage.rawValue
    if progress.total > 1 {
      let filled = 30 * progress.done / progress.total
      line +=
        " [" + String(repeating: "█", count: filled) + String(repeating: " ", count: 30 - filled) + "] \(progress.done)/\(progress.total)"
    }
    guard line != last else { return }
    last = line
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(line)".utf8))
  }

  func clear() {
    if isShown, !last.isEmpty { try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K".utf8)) }
    last = ""
  }
}
