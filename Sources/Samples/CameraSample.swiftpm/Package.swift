// swift-tools-version: 6.2
import PackageDescription

#if canImport(AppleProductTypes)
import AppleProductTypes
#endif

/// A camera that names what it sees. Xcode 16 or Swift Playgrounds opens the folder that holds this file as an app.
///
/// Elsewhere all but the two files that need Apple's frameworks is a library, which `make swift-test` compiles and tests on Linux; those
/// two are parsed there, and nothing of this was run on a phone.
let mobile = Target.Dependency.product(name: "ONNX2Mobile", package: "ONNX2Mobile")

let package = Package(
  name: "CameraSample",
  platforms: [.iOS(.v17)],
  dependencies: [.package(name: "ONNX2Mobile", path: Context.environment["ONNX2MOBILE_PACKAGE"] ?? "../../..")],
  swiftLanguageModes: [.v6]
)

#if canImport(AppleProductTypes)
package.products = [
  .iOSApplication(
    name: "CameraSample", targets: ["CameraSample"], displayVersion: "1.0", bundleVersion: "1", appIcon: .placeholder(icon: .camera),
    accentColor: .presetColor(.blue), supportedDeviceFamilies: [.pad, .phone],
    supportedInterfaceOrientations: [.portrait, .landscapeLeft, .landscapeRight, .portraitUpsideDown(.when(deviceFamilies: [.pad]))],
    capabilities: [.camera(purposeString: "The camera's picture is classified on this device; it is neither kept nor sent.")])
]
package.targets = [
  .executableTarget(name: "CameraSample", dependencies: [mobile], path: ".", exclude: ["README.md"], resources: [.copy("Model")])
]
#else
package.products = [.library(name: "CameraSample", targets: ["CameraSample"])]
package.targets = [
  .target(name: "CameraSample", dependencies: [mobile], path: "Sources", exclude: ["Camera.swift", "CameraApp.swift"])
]
#endif
