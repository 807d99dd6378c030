internal import CO2MRuntime
import Foundation

/// What went wrong: one sentence, and the numbers in it.
public struct ModelError: Error, Equatable, Sendable, CustomStringConvertible, LocalizedError {
  /// The codes of o2m.h. They keep their numbers; new ones may be added.
  public enum Reason: Int32, CaseIterable, Sendable {
    /// The file cannot be opened: `system` is the errno value.
    case open = 1
    /// `expected` bytes are not to be had.
    case memory
    /// The bundle contradicts itself at `offset`.
    case damaged
    /// The bundle says `expected` bytes, there are `found`.
    case truncated
    /// The section at `offset` does not have its hash.
    case hash
    case notABundle
    /// The bundle's format is newer than this runtime.
    case version
    /// The download form: `onnx2mobile unpack` makes the installed one, or `MobileModel(unpacking:)` of `ONNX2MobileUnpack` opens it.
    case compressed
    /// What the bundle needs is not in this build.
    case unsupported
    /// An argument cannot be used.
    case argument
    /// `expected` threads cannot be had.
    case threads
    /// `node` refused its inputs.
    case run
    /// `found` of `expected` outputs are not what the original model gave.
    case selfTest
    case noCertificate
    /// The bundle does not say how a picture becomes its input.
    case unprepared
    /// The picture does not fit the input.
    case picture
    /// The task was cancelled.
    case cancelled
    /// No output is a row of class scores.
    case noClasses
    /// The bundle does not say how its outputs are boxes or a map of classes.
    case noTask
    /// The bundle does not take a shape.
    case shape
    /// Bytes are no state of this model.
    case state
    /// Another thread uses the session.
    case busy
  }

  /// A node of the model.
  public struct Node: Equatable, Sendable {
    /// The ONNX operator, such as "Gather".
    public let operatorName: String
    /// The first tensor of the original model that it gives; empty where the bundle was stripped of names.
    public let output: String
  }

  public let reason: Reason
  /// One English sentence without its period: what is wrong, in numbers, and what to do.
  public let description: String
  /// The errno value of a file, else 0.
  public let system: Int32
  /// The byte in the bundle, where there is one.
  public let offset: UInt64?
  /// What these numbers are, o2m.h says for each reason.
  public let found: UInt64
  public let expected: UInt64
  public let detail: UInt64
  /// The node that refused its inputs.
  public let node: Node?

  public var errorDescription: String? { description }
}

extension ModelError {
  /// What a call of the runtime left, said of `place`; `model` is asked for the node that the error numbers.
  init(_ error: o2m_error, at place: String? = nil, model: OpaquePointer? = nil) {
    var copy = error
    let sentence = text { o2m_model_error_text(model, &copy, $0, $1) }
    reason = Reason(rawValue: error.code) ?? .unsupported
    if reason == .run, let model {
      node = Node(
        operatorName: text { o2m_model_node_operator(model, error.found, $0, $1) },
        output: text { o2m_model_node_output(model, error.found, $0, $1) })
    } else {
      node = nil
    }
    description = (place.map { $0 + ": " } ?? "") + sentence
    system = error.system
    offset = error.offset == .max ? nil : error.offset
    (found, expected, detail) = (error.found, error.expected, error.detail)
  }

  // Sentences for what happens on this side of the runtime.

  /// An argument that cannot be used.
  static func wrong(_ sentence: String, found: Int = 0, expected: Int = 0) -> ModelError {
    ModelError(.argument, sentence, found: found, expected: expected)
  }

  static func unsupported(_ sentence: String) -> ModelError { ModelError(.unsupported, sentence, found: 0, expected: 0) }

  /// The task was cancelled before the runtime began.
  static var cancelled: ModelError { ModelError(.cancelled) }

  /// A file that Foundation could not read.
  package init(opening path: String, _ error: any Error) {
    let cause = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error ?? error
    self.init(.open, system: (cause as NSError).domain == NSPOSIXErrorDomain ? Int32(clamping: (cause as NSError).code) : 0, at: path)
  }

  /// What the runtime says of this reason.
  private init(_ reason: Reason, system: Int32 = 0, at place: String? = nil) {
    self.init(o2m_error(code: reason.rawValue, system: system, offset: .max, found: 0, expected: 0, detail: 0), at: place)
  }

  private init(_ reason: Reason, _ sentence: String, found: Int, expected: Int) {
    self.reason = reason
    description = sentence
    (system, offset, node) = (0, nil, nil)
    (self.found, self.expected, detail) = (UInt64(clamping: found), UInt64(clamping: expected), 0)
  }
}

/// The text that `copy` writes into a buffer of the size it is told; it returns the length of the whole.
func text(_ copy: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> String {
  let length = copy(nil, 0)
  var bytes = [CChar](repeating: 0, count: length + 1)
  _ = bytes.withUnsafeMutableBufferPointer { copy($0.baseAddress, $0.count) }
  return bytes.withUnsafeBytes { String(decoding: $0.prefix(length), as: UTF8.self) }
}
