// swift-tools-version: 6.2
import PackageDescription

/// The part of the camera app that does not need Apple's frameworks.
let package = Package(
  name: "CameraSampleTests",
  dependencies: [
    .package(name: "CameraSample", path: "../../../Sources/Samples/CameraSample.swiftpm"),
    .package(name: "ONNX2Mobile", path: Context.environment["ONNX2MOBILE_PACKAGE"] ?? "../../.."),
  ],
  targets: [
    .testTarget(
      name: "CameraSampleTests",
      dependencies: [
        .product(name: "CameraSample", package: "CameraSample"), .product(name: "ONNX2Mobile", package: "ONNX2Mobile"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
