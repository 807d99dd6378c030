import CZstd
import O2MRuntime

/// The content of one zstd frame that says its length, piece by piece: at no time more is written than the frame said.
struct Decompression: ~Copyable {
  /// Bytes of the content.
  let count: Int
  private let stream: OpaquePointer
  private var source: ZSTD_inBuffer

  /// nil where the frame is none, does not say its length, is followed by something, or asks for too much.
  init?(_ frame: UnsafeRawBufferPointer) {
    let length = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
    // The two largest numbers mean "unknown" and "damaged".
    guard let count = Int(exactly: length), ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count) == frame.count,
      let stream = ZSTD_createDStream()
    else { return nil }
    self.count = count
    self.stream = stream
    source = ZSTD_inBuffer(src: frame.baseAddress, size: frame.count, pos: 0)
  }

  deinit { ZSTD_freeDStream(stream) }

  /// Fills `target` with the next bytes; false where the frame is damaged or ends before.
  mutating func fill(_ target: UnsafeMutableRawBufferPointer) -> Bool {
    var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
    while output.pos < output.size {
      let before = (output.pos, source.pos)
      guard ZSTD_isError(ZSTD_decompressStream(stream, &output, &source)) == 0 else { return false }
      guard before != (output.pos, source.pos) else { return false }
    }
    return true
  }

  /// Whether the frame ends here, with a checksum that holds where it has one.
  mutating func isAtEnd() -> Bool {
    var output = ZSTD_outBuffer(dst: nil, size: 0, pos: 0)
    return source.pos == source.size || ZSTD_decompressStream(stream, &output, &source) == 0
  }

  /// Fills `target`, which is as long as the content; returns its hash, nil where the frame is damaged.
  mutating func hashed(into target: UnsafeMutableRawBufferPointer) -> UInt64? {
    precondition(target.count == count)
    var hash = XXH64(), done = 0
    while target.count - done > Self.pieceBytes {
      let piece = UnsafeMutableRawBufferPointer(rebasing: target[done..<done + Self.pieceBytes])
      guard fill(piece) else { return nil }
      hash.update(UnsafeRawBufferPointer(piece))
      done += piece.count
    }
    let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
    guard fill(rest), isAtEnd() else { return nil }
    return hash.finish(UnsafeRawBufferPointer(rest))
  }

  /// The hash of the content, of which no more than a piece is kept; nil where the frame is damaged.
  mutating func hash() -> UInt64? {
    var hash = XXH64(), left = count
    return withUnsafeTemporaryAllocation(byteCount: Self.pieceBytes, alignment: 16) { piece in
      while left > piece.count {
        guard fill(piece) else { return nil }
        hash.update(UnsafeRawBufferPointer(piece))
        left -= piece.count
      }
      let rest = UnsafeMutableRawBufferPointer(rebasing: piece[..<left])
      guard fill(rest), isAtEnd() else { return nil }
      return hash.finish(UnsafeRawBufferPointer(rest))
    }
  }

  /// What fits a cache; a multiple of 32.
  static let pieceBytes = 1 << 18
}
