internal import CO2MRuntime
import Dispatch
import Foundation

/// A model that is ready to run: pictures in, labels, boxes or maps out; or tensors in, tensors out.
///
///     let model = try await MobileModel(contentsOf: url)
///     let labels = try await model.classify(image)
///
/// Any number of tasks may use it at the same time. A call waits for its turn, runs on a thread of its own, not on one of Swift's tasks,
/// and ends early with `ModelError.Reason.cancelled` where its task is cancelled. Memory and threads are given up with the last reference.
public final class MobileModel: Sendable {
  /// How a model is opened and run.
  public struct Options: Equatable, Sendable {
    /// Threads of a run, 1 to 1024; 0 takes one per CPU. Results do not depend on it.
    public var threads = 1
    /// Runs that may go on at the same time, each with an arena of `arenaBytes`; further calls wait.
    public var concurrentRuns = 1
    /// Whether hashes are not checked: the bundle is one that `onnx2mobile unpack` verified and that nobody else can write.
    public var isTrusted = false

    public init() {}
  }

  /// How long the stages of a call took.
  public struct Timings: Equatable, Sendable {
    /// Resizing, cropping and scaling the picture into the input, or copying tensors.
    public var prepare = Duration.zero
    /// The model, and its best classes, its boxes or its map.
    public var run = Duration.zero
  }

  public let inputs: [ModelPort]
  public let outputs: [ModelPort]
  /// The names of the classes, in the order of the output's elements; empty where the bundle has none.
  public let labels: [String]
  /// What `onnx2mobile convert` was told that the outputs are.
  public let task: ModelTask
  public let options: Options
  let handle: ModelHandle
  let sessions: SessionPool
  let lastTimings = Locked(Timings())

  /// Maps an installed bundle, as `onnx2mobile unpack` writes it. The file must not be written or cut while the model lives.
  ///
  /// - Errors: `.open`, `.compressed` for the download form, and those of a bundle that is damaged or newer; `.memory`, `.threads`.
  public convenience init(contentsOf url: URL, options: Options = Options()) async throws(ModelError) {
    let place = try url.filePath
    try await self.init(options) { () throws(ModelError) in
      try ModelHandle(at: place) { error in
        place.withCString { o2m_model_open($0, options.flags, error.assumingMemoryBound(to: o2m_error.self)) }
      }
    }
  }

  /// Copies an installed bundle that lies in memory.
  public convenience init(_ bundle: Data, options: Options = Options()) async throws(ModelError) {
    try await self.init(options) { () throws(ModelError) in
      try bundle.withUnsafeBytes { bytes in
        Result { () throws(ModelError) in try ModelHandle(copying: bytes, flags: options.flags) }
      }.get()
    }
  }

  /// Opens what `open` gives, and makes the memory of the first run.
  package init(_ options: Options, _ open: @escaping @Sendable () throws(ModelError) -> ModelHandle) async throws(ModelError) {
    try options.check()
    let parts = await onQueue(.global(qos: .userInitiated)) { Result { () throws(ModelError) in try Parts(open(), options) } }
    let opened = try parts.get()
    (handle, sessions) = (opened.handle, opened.sessions)
    (inputs, outputs, labels, task) = (opened.inputs, opened.outputs, opened.handle.labels, opened.handle.task)
    self.options = options
  }

  private struct Parts: Sendable {
    let handle: ModelHandle
    let inputs: [ModelPort]
    let outputs: [ModelPort]
    let sessions: SessionPool

    init(_ handle: ModelHandle, _ options: Options) throws(ModelError) {
      self.handle = handle
      inputs = try handle.inputs()
      outputs = try handle.outputs()
      sessions = try SessionPool(handle, threads: UInt32(options.threads), limit: options.concurrentRuns)
    }
  }

  /// Bytes that each run that goes on takes for its arena; its inputs take theirs beside it.
  public var arenaBytes: Int { o2m_model_arena_bytes(handle.pointer) }

  /// Of the last `classify`, `detect`, `segment` or `run` that ended well.
  public var timings: Timings { lastTimings.value }

  /// The version of the runtime, such as "0.1.0".
  public static var runtimeVersion: String {
    let version = o2m_version()
    return "\(version >> 16).\(version >> 8 & 0xFF).\(version & 0xFF)"
  }
}

extension MobileModel.Options {
  package var flags: UInt32 { isTrusted ? UInt32(O2M_TRUSTED) : 0 }

  fileprivate func check() throws(ModelError) {
    guard (0...1024).contains(threads) else {
      throw .wrong("threads is \(threads): it is 1 to 1024, or 0 for one per CPU", found: threads, expected: 1024)
    }
    guard concurrentRuns >= 1 else {
      throw .wrong("concurrentRuns is \(concurrentRuns): it is how many runs may go on at the same time, at least 1", found: concurrentRuns)
    }
  }
}

extension URL {
  /// The path of a file.
  package var filePath: String {
    get throws(ModelError) {
      guard isFileURL else { throw .wrong("\(absoluteString) is no file: download the bundle, then open the file") }
      return path
    }
  }
}
