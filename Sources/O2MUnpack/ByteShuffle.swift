import O2MOps
import O2MRuntime

/// The byte shuffle after which weights compress best, and the way back.
///
/// - Spec: Schemas/bundle.md, "Codec 2". A run is an array `[panel][row][column]` of elements `width` bytes wide; it is stored as
///   `[byte][panel][column][row]`, so that bytes of like meaning, and the weights of one channel, lie side by side.
public enum ByteShuffle {
  public struct Run: Equatable, Sendable {
    /// Bytes; a multiple of `width * rows * columns`.
    public var count: Int
    public var width: Int
    public var rows: Int
    public var columns: Int

    public init(count: Int, width: Int, rows: Int, columns: Int) {
      self.count = count
      self.width = width
      self.rows = rows
      self.columns = columns
    }
  }

  static let runBytes = 20

  /// The list of runs and the shuffled bytes: what codec 2 compresses.
  public static func shuffle(_ raw: UnsafeRawBufferPointer, _ runs: [Run]) -> [UInt8] {
    precondition(runs.reduce(0) { $0 + $1.count } == raw.count)
    var record = RecordWriter()
    record.put(UInt32(runs.count))
    for run in runs {
      record.put(run.count)
      record.put(UInt32(run.width))
      record.put(UInt32(run.rows))
      record.put(UInt32(run.columns))
    }
    let list = record.bytes
    return [UInt8](unsafeUninitializedCapacity: list.count + raw.count) { result, count in
      for byte in list {
        result[count] = byte
        count += 1
      }
      var start = 0
      for run in runs {
        var target = count
        run.each {
          result[target] = raw[start + $0]
          target += 1
        }
        count = target
        start += run.count
      }
    }
  }

  /// Brings the raw bytes back into `raw`, which is exactly as long as they are; false where the list of runs contradicts that.
  public static func restore(_ shuffled: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer) -> Bool {
    var record = RecordReader(shuffled, range: 0..<shuffled.count)
    do throws(FormatFault) {
      var runs: [Run] = []
      for _ in 0..<(try record.count(of: runBytes)) {
        let count = try record.length()
        let width = Int(try record.uint32() & 0x7FFF_FFFF), rows = Int(try record.uint32() & 0x7FFF_FFFF)
        runs.append(Run(count: count, width: width, rows: rows, columns: Int(try record.uint32() & 0x7FFF_FFFF)))
      }
      var source = record.offset, start = 0
      guard shuffled.count - source == raw.count else { return false }
      for run in runs {
        guard run.isWhole, run.count <= raw.count - start else { return false }
        run.each {
          raw[start + $0] = shuffled[source]
          source += 1
        }
        start += run.count
      }
      return start == raw.count
    } catch { return false }
  }
}

extension ByteShuffle.Run {
  /// Whether the run is a whole number of matrices.
  var isWhole: Bool {
    guard width > 0, rows > 0, columns > 0, count >= 0 else { return false }
    let (cells, tooMany) = rows.multipliedReportingOverflow(by: columns)
    let (bytes, tooLong) = cells.multipliedReportingOverflow(by: width)
    return !tooMany && !tooLong && count % bytes == 0
  }

  /// Calls `body` with the raw position of every byte in stored order.
  @inline(__always)
  func each(_ body: (Int) -> Void) {
    if width == 1, rows == 1, columns == 1 {
      for index in 0..<count { body(index) }
      return
    }
    let panels = count / (width * rows * columns)
    for byte in 0..<width {
      for panel in 0..<panels {
        for column in 0..<columns {
          for row in 0..<rows { body(((panel * rows + row) * columns + column) * width + byte) }
        }
      }
    }
  }
}
