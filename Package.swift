// swift-tools-version: 6.2
import PackageDescription

/// The device side is free of Foundation, existentials and untyped throws; `make embedded` proves it.
let device: [SwiftSetting] = [.treatWarning("EmbeddedRestrictions", as: .error)]

let package = Package(
  name: "onnx2mobile",
  platforms: [.iOS(.v16), .macOS(.v13)],
  products: [
    .executable(name: "onnx2mobile", targets: ["onnx2mobile"]),
    .library(name: "ONNX2Mobile", targets: ["ONNX2Mobile"]),
    .library(name: "ONNX2MobileUnpack", targets: ["ONNX2MobileUnpack"]),
    .library(name: "O2MRuntime", targets: ["O2MRuntime"]),
    .library(name: "O2MUnpack", targets: ["O2MUnpack"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // System libraries: a module map and nothing else.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CMD", pkgConfig: "libmd", providers: [.apt(["libmd-dev"])]),

    // C.
    .target(name: "COnnxProto", dependencies: ["CProtobufC"]),
    .target(name: "CO2MPlatform", linkerSettings: [.linkedLibrary("m"), .linkedLibrary("pthread")]),
    .target(name: "CO2MKernels", dependencies: ["CO2MPlatform"], cSettings: [.headerSearchPath(".")]),
    .target(name: "CO2MPeak", dependencies: ["CO2MPlatform"]),
    .target(
      name: "CO2MPage", exclude: ["page.html", "page.css", "layout.js", "model.js", "canvas.js", "panel.js", "charts.js", "main.js"]),
    .target(name: "CO2MReference", dependencies: ["CO2MPlatform"]),

    // Device side.
    .target(name: "O2MTensor", dependencies: ["CO2MPlatform"], swiftSettings: device),
    .target(name: "O2MOps", dependencies: ["O2MTensor", "CO2MKernels"], swiftSettings: device),
    .target(name: "O2MRuntime", dependencies: ["O2MOps"], exclude: ["include"], swiftSettings: device),
    .target(name: "O2MUnpack", dependencies: ["O2MRuntime", "CZstd"], exclude: ["include"]),

    // What an app imports. It knows the runtime by its C interface alone, so that it stands on a library as well.
    .systemLibrary(name: "CO2MRuntime", path: "Sources/O2MRuntime/include"),
    .systemLibrary(name: "CO2MUnpack", path: "Sources/O2MUnpack/include"),
    .target(name: "ONNX2Mobile", dependencies: ["CO2MRuntime", "O2MRuntime"]),
    .target(name: "ONNX2MobileUnpack", dependencies: ["ONNX2Mobile", "CO2MUnpack", "O2MUnpack"]),

    // Host side.
    .target(name: "HostSystem"),
    .target(name: "O2MGraph", dependencies: ["HostSystem", "O2MOps", "CO2MReference"]),
    .target(name: "O2MPasses", dependencies: ["O2MGraph"]),
    .target(name: "O2MImport", dependencies: ["HostSystem", "O2MGraph", "COnnxProto"]),
    .target(name: "O2MBundle", dependencies: ["HostSystem", "O2MGraph", "O2MRuntime", "O2MUnpack", "CZstd", "CMD"]),
    .target(name: "O2MParity", dependencies: ["HostSystem", "O2MRuntime"]),
    .target(name: "O2MImage", dependencies: ["HostSystem", "O2MRuntime", "CPNG", "CTurboJPEG"]),
    .target(
      name: "O2MConvert", dependencies: ["HostSystem", "O2MImage", "O2MImport", "O2MPasses", "O2MBundle", "O2MParity", "O2MRuntime"]),
    .target(
      name: "O2MTestSupport",
      dependencies: ["COnnxProto", "O2MBundle", "O2MGraph", "O2MImport", "O2MParity", "O2MPasses", "O2MRuntime", "O2MUnpack"]),
    .executableTarget(
      name: "onnx2mobile",
      dependencies: [
        "CO2MPage", "CO2MPeak", "HostSystem", "O2MConvert", "O2MBundle", "O2MGraph", "O2MImage", "O2MImport", "O2MParity", "O2MPasses",
        "O2MRuntime", "O2MUnpack",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "o2mbench",
      dependencies: ["CO2MKernels", "CO2MKernelChecks", "O2MTestSupport", "O2MBundle", "O2MParity", "O2MPasses"]),

    .executableTarget(name: "o2mgraphs", dependencies: ["O2MTestSupport", "O2MOps"]),

    // Tests.
    .target(
      name: "CO2MKernelChecks", dependencies: ["CO2MKernels"], path: "Tests/CO2MKernelChecks", exclude: ["program"],
      cSettings: [.headerSearchPath("../../Sources/CO2MKernels")]),  // what is behind the kernels' public headers
    .testTarget(name: "CO2MKernelsTests", dependencies: ["CO2MKernels", "CO2MPlatform", "CO2MKernelChecks"]),
    .testTarget(name: "CO2MPlatformTests", dependencies: ["CO2MPlatform", "CO2MAffinity"]),
    .testTarget(name: "O2MTensorTests", dependencies: ["O2MTensor"]),
    .testTarget(name: "O2MGraphTests", dependencies: ["O2MGraph", "O2MTestSupport"]),
    .testTarget(name: "O2MPassesTests", dependencies: ["O2MPasses", "O2MImport", "O2MTestSupport"], exclude: ["Goldens"]),
    .testTarget(name: "O2MTestSupportTests", dependencies: ["O2MTestSupport"]),
    .testTarget(name: "RandomGraphTests", dependencies: ["O2MImport", "O2MTestSupport"]),
    .testTarget(
      name: "BisectionTests",
      dependencies: ["O2MBundle", "O2MConvert", "O2MGraph", "O2MImport", "O2MParity", "O2MPasses", "O2MRuntime", "O2MTestSupport"]),
    // The command line, run as a user runs it.
    .testTarget(name: "CommandTests", dependencies: ["onnx2mobile", "O2MBundle", "O2MConvert", "O2MTestSupport"]),
    .testTarget(name: "FixtureTests", dependencies: ["O2MConvert", "O2MImport", "O2MParity", "O2MTestSupport", "CO2MAllocations"]),
    .testTarget(name: "O2MImportTests", dependencies: ["O2MImport", "O2MTestSupport"]),
    .testTarget(name: "O2MParityTests", dependencies: ["O2MParity"]),
    .testTarget(name: "O2MImageTests", dependencies: ["O2MImage", "O2MImport", "O2MRuntime"]),
    .testTarget(name: "O2MOpsTests", dependencies: ["O2MOps", "CO2MKernels"]),
    .testTarget(name: "O2MRuntimeTests", dependencies: ["O2MRuntime", "O2MUnpack"]),
    .testTarget(
      name: "ONNX2MobileTests", dependencies: ["ONNX2Mobile", "ONNX2MobileUnpack", "O2MBundle", "O2MConvert", "O2MTestSupport"]),
    .testTarget(
      name: "O2MBundleTests", dependencies: ["O2MBundle", "O2MImport", "O2MParity", "O2MPasses", "O2MTestSupport", "CO2MAllocations"]),
    .target(name: "CO2MAffinity", path: "Tests/CO2MAffinity"),
    .target(name: "CO2MAllocations", path: "Tests/CO2MAllocations"),
  ],
  swiftLanguageModes: [.v6]
)

/// The fuzz targets get their `main` from libFuzzer: only .ci/fuzz can link them.
if Context.environment["O2M_FUZZ"] != nil {
  let fuzzed: [Target.Dependency] = [
    "CFuzzer", "O2MBundle", "O2MConvert", "O2MImage", "O2MParity", "O2MRuntime", "O2MTestSupport", "O2MUnpack",
  ]
  package.targets += [
    .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(name: "o2mfuzz", dependencies: fuzzed, path: "Tests/Fuzz/Targets"),
  ]
}
