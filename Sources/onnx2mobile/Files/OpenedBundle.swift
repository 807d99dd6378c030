import O2MBundle
import O2MRuntime

/// What goes wrong with a bundle, as a failure that names the file.
extension OpenedBundle {
  init(_ path: String, limits: Limits? = nil) throws {
    self = try Self.opening(path) { () throws(OpenFault) in try OpenedBundle(at: path, limits: limits) }
  }

  static func opening<T>(_ path: String, _ body: () throws(OpenFault) -> T) throws -> T {
    do throws(OpenFault) { return try body() } catch { throw BundleMessages.failure(error, file: path) }
  }

  func session(threads: Int = 1) throws -> Session { try running { () throws(RunFault) in try Session(model, threads: threads) } }

  /// `values` are what `body` runs on.
  func running<T>(on values: ValueSource = .given, _ body: () throws(RunFault) -> T) throws -> T {
    do throws(RunFault) { return try body() } catch {
      throw ConversionMessages.failure(RunError(error, in: model), file: path, values: values)
    }
  }
}
