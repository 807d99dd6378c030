internal import CO2MRuntime
internal import CO2MUnpack
import Foundation
import ONNX2Mobile

extension MobileModel {
  /// Opens a bundle of either form, as `onnx2mobile convert` and `onnx2mobile unpack` write them. The download form is unpacked into
  /// memory, with all hashes checked; the installed form is copied, so that `MobileModel(contentsOf:)` opens it sooner and in fewer bytes.
  ///
  /// - Errors: those of `MobileModel(contentsOf:)` but `.compressed`.
  public convenience init(unpacking url: URL, options: Options = Options()) async throws(ModelError) {
    let path = try url.filePath
    try await self.init(options) { () throws(ModelError) in
      let bundle: Data
      do { bundle = try Data(contentsOf: url, options: .alwaysMapped) } catch { throw ModelError(opening: path, error) }
      return try bundle.withUnsafeBytes { bytes in
        Result { () throws(ModelError) in
          try ModelHandle(at: path) { o2m_model_unpacking(bytes.baseAddress, bytes.count, $0.assumingMemoryBound(to: o2m_error.self)) }
        }
      }.get()
    }
  }
}
