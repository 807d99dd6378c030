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

  /// What stands before the shuffled bytes.
  package static func list(_ runs: [Run]) -> [UInt8] {
    var record = RecordWriter()
    record.put(UInt32(runs.count))
    for run in runs {
      record.put(run.count)
      record.put(UInt32(run.width))
      record.put(UInt32(run.rows))
      record.put(UInt32(run.columns))
    }
    return record.bytes
  }

  /// Brings the raw bytes back into `raw`, which is exactly as long as they are; false where the list of runs contradicts that.
  ///
  /// - Parameters:
  ///   - count: How many bytes there are with the list.
  ///   - fill: Fills what it gets with the next of them; false where there are not so many.
  public static func restore(
    _ count: Int, into raw: UnsafeMutableRawBufferPointer, from fill: (UnsafeMutableRawBufferPointer) -> Bool
  ) -> Bool {
    guard count > raw.count, let list = try? BundleBytes(count: count - raw.count) else { return false }
    var isThere = false
    list.fill { isThere = fill($0) }
    guard isThere, let runs = runs(list.bytes), isWhole(runs, raw.count) else { return false }
    var cursor = Cursor(runs), left = raw.count
    return withUnsafeTemporaryAllocation(byteCount: Decompression.pieceBytes, alignment: 16) { piece in
      while left > 0 {
        let part = UnsafeMutableRawBufferPointer(rebasing: piece[..<min(left, piece.count)])
        guard fill(part) else { return false }
        left -= cursor.scatter(UnsafeRawBufferPointer(part), into: raw)
      }
      return true
    }
  }

  /// nil where the list is not as long as it says.
  private static func runs(_ list: UnsafeRawBufferPointer) -> [Run]? {
    var record = RecordReader(list, range: 0..<list.count), runs: [Run] = []
    do throws(FormatFault) {
      for _ in 0..<(try record.count(of: runBytes)) {
        let count = try record.length()
        let width = Int(try record.uint32() & 0x7FFF_FFFF), rows = Int(try record.uint32() & 0x7FFF_FFFF)
        runs.append(Run(count: count, width: width, rows: rows, columns: Int(try record.uint32() & 0x7FFF_FFFF)))
      }
    } catch { return nil }
    return record.offset == list.count ? runs : nil
  }

  /// Whether the runs are whole, and together as long as the raw bytes.
  private static func isWhole(_ runs: [Run], _ count: Int) -> Bool {
    var left = count
    for run in runs {
      guard run.isWhole, run.count <= left else { return false }
      left -= run.count
    }
    return left == 0
  }
}

extension ByteShuffle {
  /// Goes through bytes in their stored order, some at a time.
  package struct Cursor {
    private let runs: [Run]
    private var run = 0
    /// Where the run begins in the raw bytes, and how many of its stored bytes are done.
    private var start = 0
    private var done = 0

    package init(_ runs: [Run]) { self.runs = runs }

    /// Fills `target` with the next stored bytes, or with those that are left; returns how many.
    package mutating func gather(_ raw: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Int {
      next(target.count) { target[$0] = raw[$1] }
    }

    /// Puts the next stored bytes where they belong; returns how many.
    mutating func scatter(_ stored: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer) -> Int {
      next(stored.count) { raw[$1] = stored[$0] }
    }

    /// Calls `body` with 0, 1 and so on, and the raw position of each of the next bytes.
    @inline(__always)
    private mutating func next(_ count: Int, _ body: (Int, Int) -> Void) -> Int {
      var given = 0
      while given < count, run < runs.count {
        let part = done..<min(runs[run].count, done + count - given), base = start
        runs[run].each(part) { body(given + $0, base + $1) }
        given += part.count
        done = part.upperBound
        if done == runs[run].count {
          start += done
          done = 0
          run += 1
        }
      }
      return given
    }
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

  /// Calls `body` with 0, 1 and so on, and the raw position in the run of each byte of a range in stored order.
  @inline(__always)
  func each(_ stored: Range<Int>, _ body: (Int, Int) -> Void) {
    // Rows of one element, and columns of one, are one long column.
    let isFlat = rows == 1 || columns == 1, elements = count / width
    let (rows, columns) = isFlat ? (elements, 1) : (rows, columns), panels = isFlat ? 1 : elements / (rows * columns)
    guard !stored.isEmpty else { return }
    var row = stored.lowerBound % rows, column = stored.lowerBound / rows % columns
    var panel = stored.lowerBound / (rows * columns) % panels, byte = stored.lowerBound / elements
    var index = 0
    while index < stored.count {
      let end = min(stored.count, index + rows - row)
      var place = ((panel * rows + row) * columns + column) * width + byte
      while index < end {
        body(index, place)
        place += columns * width
        index += 1
      }
      row = 0
      column += 1
      if column == columns { (column, panel) = (0, panel + 1) }
      if panel == panels { (panel, byte) = (0, byte + 1) }
    }
  }
}
