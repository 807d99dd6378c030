internal import CO2MRuntime
import Dispatch

/// How far a bundle is on this device from what the original model gave, on the inputs of its certificate.
public struct ModelSelfTest: Equatable, Sendable {
  /// Inputs that the model was run on.
  public let cases: Int
  /// Numbers that were compared.
  public let values: Int
  /// The largest difference of an element, in units of its output.
  public let maxError: Double
  /// The least signal-to-noise ratio of an output of floats, in decibels, at most 200.
  public let sqnr: Double
  /// The largest share of what an output may differ by that one does; at most 1.
  public let share: Double
}

extension MobileModel {
  /// Runs the bundle's certificate on this device: once after an update of the app or the system is enough. It takes memory of its own, and
  /// does not wait for other calls.
  ///
  /// - Errors: `.selfTest` where outputs differ by more than they may; `.noCertificate`; `.memory`, `.threads`, `.run`.
  public func selfTest() async throws(ModelError) -> ModelSelfTest {
    let threads = UInt32(options.threads)
    return try await onQueue(.global(qos: .utility)) { [handle] in
      Result { () throws(ModelError) in
        var test = o2m_self_test(), error = o2m_error()
        guard o2m_model_self_test(handle.pointer, threads, &test, &error) == 0 else { throw ModelError(error, model: handle.pointer) }
        return ModelSelfTest(
          cases: Int(test.cases), values: Int(test.values), maxError: test.max_error, sqnr: test.sqnr_db, share: test.share)
      }
    }.get()
  }
}
