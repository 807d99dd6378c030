import Foundation
import O2MParity
import O2MTestSupport

/// Writes a network with seeded weights and a seeded picture for it, in ONNX's layout: `model.onnx`, `test_data_set_0/input_0.npy`.
func writeModel(_ name: String, to folder: String, size: Int) throws {
  guard let architecture = Architecture(rawValue: name) else {
    stop("there is no '\(name)'; there are \(Architecture.allCases.map(\.rawValue).joined(separator: ", "))")
  }
  let data = folder + "/test_data_set_0"
  try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
  try architecture.model(size: size).write(to: folder + "/model.onnx")
  var random = Seeded(1)
  try Data(Npy.encode(random.tensor([1, 3, size, size]))).write(to: URL(fileURLWithPath: data + "/input_0.npy"))
}
