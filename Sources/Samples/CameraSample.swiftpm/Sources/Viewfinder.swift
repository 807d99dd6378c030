import Foundation
import ONNX2Mobile
import Observation

/// What the screen shows.
@MainActor @Observable
public final class Viewfinder {
  public private(set) var labels: [Classification] = []
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

  /// Names what the frames show until they end or the task is cancelled.
  public func watch(_ frames: AsyncStream<Frame>) async {
    let clock = ContinuousClock()
    for await frame in frames {
      guard let model else { continue }
      let start = clock.now
      do throws(ModelError) {
        let found = try await model.classify(frame.image)
        let end = clock.now, timings = model.timings
        labels = found
        pace.add([.camera: start - frame.arrival, .prepare: timings.prepare, .run: timings.run, .show: clock.now - end])
        problem = nil
      } catch { problem = error.reason == .cancelled ? nil : error.description }
    }
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
