import CO2MPlatform
import CZstd
import O2MRuntime
import O2MUnpack

/// The weights section as a bundle has it; it depends on nothing else in the bundle.
public struct CompressedWeights: Sendable {
  let part: BundleWriter.Part

  /// The weights as they are or shuffled, whichever a quick trial finds shorter; only that one is compressed at the full level.
  ///
  /// - Parameter progress: gets how many bytes are done, and of how many.
  public init(_ planned: Planned, zstdLevel level: Int, progress: (Int, Int) -> Void = { _, _ in }) {
    let effort = CompressionEffort(level: level, isOfWeights: true)
    guard Self.gainsFromShuffle(planned, level: min(level, Self.trialLevel)) else {
      part = planned.weights.withUnsafeBytes { BundleWriter.Part(.weights, $0, effort, progress: progress) }
      return
    }
    part = planned.weights.withUnsafeBytes { raw in
      let stored = compress(raw, shuffledBy: planned.runs, effort, progress: progress)
      return BundleWriter.Part(type: .weights, stored: stored, rawBytes: raw.count, codec: .byteShuffle, hash: xxh64(raw))
    }
  }

  /// Fast, and it ranks the two forms as the highest levels do on trained weights.
  private static let trialLevel = 3
  /// The trial takes as many bytes of the front.
  private static let trialBytes = 32 << 20

  private static func gainsFromShuffle(_ planned: Planned, level: Int) -> Bool {
    var runs: [ByteShuffle.Run] = [], bytes = 0
    for var run in planned.runs where bytes < trialBytes {
      let panel = run.width * run.rows * run.columns
      run.count = min(run.count, (trialBytes - bytes + panel - 1) / panel * panel)
      runs.append(run)
      bytes += run.count
    }
    // Single bytes in one order are not moved.
    guard runs.contains(where: { $0.width * $0.rows * $0.columns > 1 }) else { return false }
    return planned.weights.withUnsafeBytes { weights in
      let front = UnsafeRawBufferPointer(rebasing: weights[..<bytes])
      let effort = CompressionEffort(level: level)
      return compress(front, shuffledBy: runs, effort).count < compress(front, effort).count
    }
  }
}

extension BundleWriter.Part {
  /// Compresses a section, unless it is shorter as it is.
  init(
    _ type: SectionType, _ raw: UnsafeRawBufferPointer, _ effort: CompressionEffort, progress: (Int, Int) -> Void = { _, _ in }
  ) {
    let packed = compress(raw, effort, progress: progress), pays = packed.count < raw.count
    self.init(type: type, stored: pays ? packed : Array(raw), rawBytes: raw.count, codec: pays ? .zstd : .store, hash: xxh64(raw))
  }
}

/// How hard zstd tries.
struct CompressionEffort {
  var level: Int
  /// Whether the content is weights. Their matches are short and few, so that level 19 looks for them in tables that the second cache
  /// holds: half the time, for 0.04 % more bytes at most.
  var isOfWeights = false

  fileprivate func set(on context: OpaquePointer?) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, Int32(level))
    guard isOfWeights, level == 19 else { return }
    for (parameter, value) in [
      (ZSTD_c_searchLog, 5), (ZSTD_c_targetLength, 128), (ZSTD_c_hashLog, 18), (ZSTD_c_chainLog, 18),
    ] as [(ZSTD_cParameter, Int32)] { ZSTD_CCtx_setParameter(context, parameter, value) }
  }
}

private func compress(
  _ raw: UnsafeRawBufferPointer, _ effort: CompressionEffort, progress: (Int, Int) -> Void = { _, _ in }
) -> [UInt8] {
  compress(raw.count, effort, progress: progress) { UnsafeRawBufferPointer(rebasing: raw[$0]) }
}

/// What codec 2 compresses, of which no more than a piece is there at a time.
private func compress(
  _ raw: UnsafeRawBufferPointer, shuffledBy runs: [ByteShuffle.Run], _ effort: CompressionEffort,
  progress: (Int, Int) -> Void = { _, _ in }
) -> [UInt8] {
  let list = ByteShuffle.list(runs), count = list.count + raw.count
  var cursor = ByteShuffle.Cursor(runs)
  let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: min(count, compressedPiece), alignment: 64)
  defer { piece.deallocate() }
  return compress(count, effort, progress: progress) { range in
    let head = list.dropFirst(range.lowerBound).prefix(range.count)
    piece.copyBytes(from: head)
    _ = cursor.gather(raw, into: UnsafeMutableRawBufferPointer(rebasing: piece[head.count..<range.count]))
    return UnsafeRawBufferPointer(rebasing: piece[..<range.count])
  }
}

/// One zstd frame that says its content's length. Contents above a job are compressed on all cores, job by job; where they are cut depends
/// on their length alone, not on how many cores there are. A job knows little of the one before: matches in weights are short and few, and
/// tables that fit each job gain what is lost by that.
///
/// - Parameter piece: gives the bytes of a range; ranges follow each other.
private func compress(
  _ total: Int, _ effort: CompressionEffort, progress: (Int, Int) -> Void, piece: (Range<Int>) -> UnsafeRawBufferPointer
) -> [UInt8] {
  let most = ZSTD_compressBound(total)
  let context = ZSTD_createCCtx()
  defer { ZSTD_freeCCtx(context) }
  effort.set(on: context)
  ZSTD_CCtx_setPledgedSrcSize(context, UInt64(total))
  if total > jobBytes {
    for (parameter, value) in [
      (ZSTD_c_nbWorkers, max(1, Int(o2m_cpu_count()))), (ZSTD_c_jobSize, jobBytes), (ZSTD_c_overlapLog, 3),
    ] as [(ZSTD_cParameter, Int)] { ZSTD_CCtx_setParameter(context, parameter, Int32(value)) }
  }
  return [UInt8](unsafeUninitializedCapacity: most) { target, count in
    var output = ZSTD_outBuffer(dst: target.baseAddress, size: most, pos: 0), done = 0
    repeat {
      let bytes = piece(done..<min(total, done + compressedPiece)), isLast = done + bytes.count == total
      var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0), rest = 0
      repeat {
        rest = ZSTD_compressStream2(context, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
        precondition(ZSTD_isError(rest) == 0, "zstd refused a buffer of the size it asked for")
        progress(done + input.pos, total)
      } while isLast ? rest != 0 : input.pos < input.size
      done += bytes.count
    } while done < total
    count = output.pos
  }
}

private let jobBytes = 1 << 20
/// So many bytes go by between two calls of `progress`.
private let compressedPiece = 1 << 20
