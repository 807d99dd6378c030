import O2MRuntime
import O2MTensor
import ONNX2Mobile
import Testing

/// Inputs of other shapes than those of the bundle's plan.
struct ResizingTests {
  private static func input(_ height: Int, _ width: Int) throws -> ModelTensor<Float> {
    try ModelTensor((0..<3 * height * width).map { Float($0 % 29) / 29 }, shape: [1, 3, height, width])
  }

  /// The mean of 2 x 2 pixels.
  private static func halves(_ x: ModelTensor<Float>) -> [Float] {
    let height = x.shape[2], width = x.shape[3]
    return (0..<3).flatMap { channel in
      stride(from: 0, to: height, by: 2).flatMap { y in
        stride(from: 0, to: width, by: 2).map { column in
          let at = (channel * height + y) * width + column
          return (x.elements[at] + x.elements[at + 1] + x.elements[at + width] + x.elements[at + width + 1]) / 4
        }
      }
    }
  }

  @Test func aModelSaysWhatItTakes() async throws {
    let model = try await BundleFiles.halves.get().open()
    let extents = model.inputs[0].extents
    #expect(extents.map(\.minimum) == [1, 3, 4, 4] && extents.map(\.maximum) == [1, 3, 64, 64] && extents.map(\.step) == [1, 1, 2, 2])
    #expect(extents.map(\.isFixed) == [true, true, false, false] && extents[2].contains(6) && !extents[2].contains(7))
    #expect(model.inputs[0].shape == [1, 3, 16, 16] && model.outputs[0].extents == [])
  }

  /// Every shape gives its numbers, in whatever order they come; pictures keep the size that the bundle prepares them in.
  @Test(arguments: [1, 2]) func shapesFollowTheTensors(runs: Int) async throws {
    var options = MobileModel.Options()
    options.concurrentRuns = runs
    let bundle = try BundleFiles.halves.get(), model = try await bundle.open(options)
    let image = try ModelImage((0..<3 * 256).map { UInt8($0 * 7 % 251) }, format: .rgb, width: 16, height: 16)
    let map = try await model.segment(image)
    let wrong = await withTaskGroup(of: String?.self) { group in
      for (height, width) in [(16, 16), (4, 64), (64, 64), (10, 4), (16, 16), (18, 22)] {
        group.addTask {
          do {
            let x = try Self.input(height, width), y = try await model.run(["image": x]).tensor("map", of: Float.self)
            let isRight =
              y.shape == [1, 3, height / 2, width / 2]
              && zip(y.elements, Self.halves(x)).allSatisfy { ($0 - $1).magnitude <= 1e-6 }
            return try await model.segment(image) == map && isRight ? nil : "\(height)x\(width): \(y.shape)"
          } catch { return "\(error)" }
        }
      }
      return await group.reduce(into: [String]()) { if let problem = $1 { $0.append(problem) } }
    }
    #expect(wrong == [])
  }

  @Test func otherShapesAreRefused() async throws {
    let model = try await BundleFiles.halves.get().open(), before = try await model.run(["image": Self.input(8, 8)])
    for (shape, sentence) in [
      ([1, 3, 8, 7], "axis 3 is 4 to 64 in steps of 2, not 7"), ([1, 3, 66, 8], "axis 2 is 4 to 64 in steps of 2, not 66"),
      ([1, 4, 8, 8], "axis 1 is 3, not 4"), ([3, 8, 8], "has 4 axes, not 3"), ([1, 1, 1, 1, 1, 1, 1, 1, 3], "an argument is 9"),
    ] as [([Int], String)] {
      let x = try ModelTensor([Float](repeating: 1, count: shape.reduce(1, *)), shape: shape)
      let found = await error { () throws(ModelError) in _ = try await model.run(["image": x]) }
      #expect(found?.reason == (shape.count > 8 ? .argument : .shape) && found?.description.contains(sentence) == true, "\(found as Any)")
      if found?.reason == .shape { #expect(found?.description.hasPrefix("input 'image'") == true) }
    }
    let after = try await model.run(["image": Self.input(8, 8)])
    #expect(try after.tensor("map", of: Float.self) == before.tensor("map", of: Float.self))
  }
}
