// swift-tools-version: 6.2
import PackageDescription

/// What stands outside as an app does. ONNX2MOBILE_PACKAGE is the package that it depends on, this one's source unless told.
let mobile = Target.Dependency.product(name: "ONNX2Mobile", package: "ONNX2Mobile")
let unpacking = Target.Dependency.product(name: "ONNX2MobileUnpack", package: "ONNX2Mobile")

let package = Package(
  name: "App",
  platforms: [.iOS(.v16), .macOS(.v13)],
  dependencies: [.package(name: "ONNX2Mobile", path: Context.environment["ONNX2MOBILE_PACKAGE"] ?? "../../..")],
  targets: [
    .executableTarget(name: "App", dependencies: [mobile, unpacking]),
    // The first lines of the page "In Swift".
    .executableTarget(name: "FirstLabel", dependencies: [mobile]),
  ],
  swiftLanguageModes: [.v6]
)
