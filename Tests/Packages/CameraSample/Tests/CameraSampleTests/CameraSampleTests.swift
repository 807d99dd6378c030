import CameraSample
import Foundation
import ONNX2Mobile
import Testing

/// `O2M_SAMPLE_FOLDER` holds digits.installed.o2m and digit.gray.
struct CameraSampleTests {
  let folder = URL(fileURLWithPath: ProcessInfo.processInfo.environment["O2M_SAMPLE_FOLDER"] ?? ".")

  private func image() throws -> ModelImage {
    try ModelImage([UInt8](Data(contentsOf: folder.appendingPathComponent("digit.gray"))), format: .gray, width: 8, height: 8)
  }

  /// Frames go in; labels, the pace and no problem come out.
  @MainActor @Test func framesAreNamed() async throws {
    let viewfinder = Viewfinder(), (frames, continuation) = Frame.stream(), image = try image()
    await viewfinder.open(folder.appendingPathComponent("digits.installed.o2m"))
    #expect(viewfinder.problem == nil)
    let watching = Task { await viewfinder.watch(frames) }
    for _ in 0..<20 {
      continuation.yield(Frame(image))
      try await Task.sleep(for: .milliseconds(5))
    }
    continuation.finish()
    await watching.value
    #expect(viewfinder.labels.first?.label == "two" && viewfinder.problem == nil)
    #expect(viewfinder.lines.count == 5 && viewfinder.lines[0].hasSuffix("frames/s"))
    #expect(viewfinder.lines.contains { $0.hasPrefix("run ") && $0.hasSuffix(" ms") })
  }

  /// A detector's boxes lie in the frame as it is seen.
  @MainActor @Test func boxesAreFound() async throws {
    let viewfinder = Viewfinder(), (frames, continuation) = Frame.stream()
    await viewfinder.open(folder.appendingPathComponent("detector.installed.o2m"))
    var image = try ModelImage([UInt8](repeating: 90, count: 64 * 48), format: .gray, width: 64, height: 48)
    image.rotation = .degrees90
    continuation.yield(Frame(image))
    continuation.finish()
    await viewfinder.watch(frames)
    #expect(viewfinder.problem == nil && viewfinder.labels.isEmpty && viewfinder.frameSize == (48, 64))
    let model = try await MobileModel(contentsOf: folder.appendingPathComponent("detector.installed.o2m"))
    #expect(try await model.detect(image).map { $0.upright(in: image) } == viewfinder.boxes && viewfinder.boxes.count == 2)
  }

  /// A frame that nobody has taken gives way to the next one.
  @Test func framesThatAreLateAreLost() async throws {
    let (frames, continuation) = Frame.stream()
    var image = try image()
    for rotation in ModelImage.Rotation.allCases {
      image.rotation = rotation
      continuation.yield(Frame(image))
    }
    continuation.finish()
    var seen: [ModelImage.Rotation] = []
    for await frame in frames { seen.append(frame.image.rotation) }
    #expect(seen == [.degrees270])
  }

  /// What goes wrong is a sentence on the screen, and goes away with the next frame that is named.
  @MainActor @Test func problemsAreSentences() async throws {
    let viewfinder = Viewfinder()
    await viewfinder.open(nil)
    #expect(viewfinder.problem?.contains("Model") == true)
    await viewfinder.open(folder.appendingPathComponent("none.o2m"))
    #expect(viewfinder.problem?.hasSuffix("there is none of this name (errno 2)") == true)
    await viewfinder.open(folder.appendingPathComponent("digits.installed.o2m"))
    #expect(viewfinder.problem == nil && viewfinder.labels.isEmpty && viewfinder.lines.isEmpty)
  }

  @Test func thePaceIsThatOfTheLastFrames() {
    var pace = Pace()
    #expect(pace.framesPerSecond == nil && pace.milliseconds(.run) == nil)
    let start = ContinuousClock.now
    for frame in 0..<100 {
      let isOld = frame < 70
      pace.add([.run: .milliseconds(isOld ? 500 : 8), .prepare: .milliseconds(2)], end: start + .milliseconds(50) * frame)
    }
    #expect(pace.framesPerSecond.map { ($0 - 20).magnitude < 1e-9 } == true)
    #expect(pace.milliseconds(.run).map { ($0 - 8).magnitude < 1e-9 } == true && pace.milliseconds(.camera) == 0)
  }
}
