import Foundation
import O2MOps
import O2MRuntime

/// Why a file could not be written: an errno value.
public struct WriteFault: Error, Equatable, Sendable {
  public var code: Int32
}

/// Writing bundles so that a good one is never lost.
public enum BundleFile {
  /// Writes `bytes` beside `path` and renames: readers see the old file or the new one, whole.
  ///
  /// - Errors: `WriteFault`; the temporary file is removed and `path` is as it was.
  public static func write(_ bytes: [UInt8], to path: String) throws(WriteFault) {
    var temporary = Array((path + ".XXXXXX").utf8CString)
    let file = mkstemp(&temporary)
    guard file >= 0 else { throw WriteFault(code: errno) }
    var code = Int32(0)
    bytes.withUnsafeBytes { raw in
      var rest = raw[...]
      while !rest.isEmpty {
        let count = Foundation.write(file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          code = errno
          return
        }
        rest = rest.dropFirst(count)
      }
    }
    if code == 0, fchmod(file, 0o644) != 0 || fsync(file) != 0 { code = errno }
    if Foundation.close(file) != 0, code == 0 { code = errno }
    if code == 0, rename(temporary, path) != 0 { code = errno }
    guard code == 0 else {
      unlink(temporary)
      throw WriteFault(code: code)
    }
  }
}
