import Dispatch
import HostSystem
import O2MConvert

/// One line on a terminal's stderr that says how far long work is; silent where stderr is no terminal. Any thread may show.
final class ProgressBar: @unchecked Sendable {
  private let isShown = isatty(2) == 1
  private let queue = DispatchQueue(label: "onnx2mobile.progress")
  private var last = ""

  private static let width = 30

  func show(_ progress: ConversionProgress) { show(progress.stage.rawValue, progress.done, of: progress.total) }

  /// - Parameter what: a word for the work.
  func show(_ what: String, _ done: Int, of total: Int) {
    guard isShown else { return }
    var line = what
    if total > 1 {
      let filled = Self.width * min(done, total) / total
      let bar = String(repeating: "█", count: filled) + String(repeating: " ", count: Self.width - filled)
      line += " [\(bar)] \(done)/\(total)"
    }
    write(line)
  }

  func clear() {
    guard isShown else { return }
    write("")
  }

  private func write(_ line: String) {
    queue.sync {
      guard line != last else { return }
      last = line
      "\r\u{1B}[K\(line)".writeToStandardError()
    }
  }
}
