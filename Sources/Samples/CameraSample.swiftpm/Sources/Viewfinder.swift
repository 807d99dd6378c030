import Foundation
import ONNX2Mobile
import Observation

/// What the screen shows.
@MainActor @Observable
public final class Viewfinder {
  public private(set) var labels: [Classification] = []
  /// What a detector sees, in pixels of the upright frame.
  public private(set) var boxes: [Detection] = []
  /// Of the upright frame, in pixels.
  public private(set) var frameSize = (width: 1, height: 1)
  public private(set) var pace = Pace()
  /// A sentence for what went wrong.
  public private(set) var problem: String?
  @ObservationIgnored private var model: MobileModel?

  public init() {}

  /// Opens the bundle, which `onnx2mobile unpack` wrote.
  public func open(_ bundle: URL?) async {
    guard let bundle else {
      problem = "there is no bundle: put one into the folder Model, as its README says"
      return
    }
    do throws(ModelError) {
      var options = MobileModel.Options()
      options.threads = 2
      model = try await MobileModel(contentsOf: bundle, options: options)
      problem = nil
    } catch { problem = error.description }
  }

  /// Names what the frames show, or finds it where the bundle is a detector, until they end or the task is cancelled.
  public func watch(_ frames: AsyncStream<Frame>) async {
    let clock = ContinuousClock()
    for await frame in frames {
      guard let model else { continue }
      let start = clock.now
      do throws(ModelError) {
        let found = try await answer(model, frame.image)
        let end = clock.now, timings = model.timings
        (labels, boxes, frameSize) = (found.labels, found.boxes, frame.uprightSize)
        pace.add([.camera: start - frame.arrival, .prepare: timings.prepare, .run: timings.run, .show: clock.now - end])
        problem = nil
      } catch { problem = error.reason == .cancelled ? nil : error.description }
    }
  }

  private func answer(
    _ model: MobileModel, _ image: ModelImage
  ) async throws(ModelError) -> (labels: [Classification], boxes: [Detection]) {
    guard model.task == .detect else { return (try await model.classify(image), []) }
    return ([], try await model.detect(image).map { $0.upright(in: image) })
  }

  /// One line for each stage, and the frames a second.
  public var lines: [String] {
    let stages = Pace.Stage.allCases.compactMap { stage in
      pace.milliseconds(stage).map { "\(stage.rawValue) \(Self.text($0)) ms" }
    }
    return pace.framesPerSecond.map { ["\(Self.text($0)) frames/s"] + stages } ?? stages
  }

  /// A number with one digit behind the point.
  private static func text(_ number: Double) -> String { String(format: "%.1f", number) }
}
