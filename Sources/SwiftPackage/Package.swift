// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// ONNX2Mobile over a library that was built before: an app's debug build runs the kernels of its release. `make swift-package` wrote it.
let package = Package(
  name: "ONNX2Mobile",
  products: [.library(name: "ONNX2Mobile", targets: ["ONNX2Mobile"])],
  targets: [
    .binaryTarget(name: "O2M", path: "O2M.artifactbundle"),
    .target(
      name: "ONNX2Mobile", dependencies: ["O2M"], linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),
  ],
  swiftLanguageModes: [.v6]
)

// Where zstd's decoder is inside.
if FileManager.default.fileExists(atPath: Context.packageDirectory + "/Sources/ONNX2MobileUnpack") {
  package.products.append(.library(name: "ONNX2MobileUnpack", targets: ["ONNX2MobileUnpack"]))
  package.targets.append(.target(name: "ONNX2MobileUnpack", dependencies: ["ONNX2Mobile", "O2M"]))
}
