import Foundation
import O2MImage
import O2MRuntime
import ONNX2Mobile
import Testing

/// Many tasks and one model. `make sanitize` runs these under the thread sanitizer.
struct ModelConcurrencyTests {
  @Test(arguments: [1, 2, 3]) func tasksShareAModel(runs: Int) async throws {
    let bundle = try BundleFiles.digits.get(), picture = try BundleFiles.picture.get()
    var options = MobileModel.Options()
    (options.concurrentRuns, options.threads) = (runs, runs)
    let model = try await bundle.open(options), image = try ModelImage(picture)
    let expected = try bundle.classes(picture, top: 10)
    var upsideDown = image
    upsideDown.rotation = .degrees180
    let other = try await model.classify(upsideDown, top: 10)
    #expect(other != expected)
    let wrong = await withTaskGroup(of: Int.self) { [upsideDown] group in
      for task in 0..<12 {
        group.addTask {
          var wrong = 0
          for turn in 0..<8 {
            let isTurned = (task + turn) % 2 == 1
            if (try? await model.classify(isTurned ? upsideDown : image, top: 10)) != (isTurned ? other : expected) { wrong += 1 }
          }
          return wrong
        }
      }
      return await group.reduce(0, +)
    }
    #expect(wrong == 0)
  }

  /// A run ends when its task is cancelled; so does a call that waits; what comes after them is whole.
  @Test(arguments: [1, 2]) func cancelledTasksEnd(runs: Int) async throws {
    let bundle = try BundleFiles.long()
    var options = MobileModel.Options()
    options.concurrentRuns = runs
    let model = try await bundle.open(options), port = model.inputs[0]
    let input = try ModelTensor((0..<port.count).map { Float($0 % 17) / 17 }, for: port)
    @Sendable func run() async -> Result<[Float], ModelError> {
      do throws(ModelError) {
        return .success(try await model.run(["x": input]).tensor(model.outputs[0].name, of: Float.self).elements)
      } catch { return .failure(error) }
    }
    let expected = try await run().get(), whole = await model.shortest { _ = await run() }
    // On a busy machine a run may be over before it is cancelled.
    var cancelled = 0, turn = 0
    while turn < 8 || cancelled < 8, turn < 400 {
      let tasks = (0..<2 * runs + 1).map { _ in Task { await run() } }
      try await Task.sleep(for: whole * (turn % 8) / 8)
      turn += 1
      // The last one is left to end.
      for task in tasks.dropLast() { task.cancel() }
      for (index, task) in tasks.enumerated() {
        switch await task.value {
        case .success(let found): #expect(found == expected)
        case .failure(let error):
          cancelled += 1
          #expect(error.reason == .cancelled && error.description == "the run was cancelled" && index < 2 * runs)
        }
      }
    }
    #expect(cancelled >= 8)
    #expect(try await run().get() == expected)
  }

  /// A cancellation that comes when a run is over does not reach the next one.
  @Test func lateCancellationsAreLost() async throws {
    let bundle = try BundleFiles.digits.get(), picture = try BundleFiles.picture.get()
    let model = try await bundle.open(), image = try ModelImage(picture)
    let expected = try bundle.classes(picture, top: 5)
    let once = await model.shortest { _ = try? await model.classify(image) }
    for turn in 0..<200 {
      let task = Task { try? await model.classify(image) }
      try await Task.sleep(for: once * (turn % 20) / 10)
      task.cancel()
      let found = await task.value
      #expect(found == nil || found == expected)
      #expect(try await model.classify(image) == expected)
    }
  }

  /// A task that is cancelled already does not begin.
  @Test func aCancelledTaskDoesNotBegin() async throws {
    let bundle = try BundleFiles.digits.get(), model = try await bundle.open()
    let image = try ModelImage(BundleFiles.picture.get())
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      return await error { () throws(ModelError) in _ = try await model.classify(image) }
    }
    task.cancel()
    #expect(await task.value?.reason == .cancelled)
  }

  /// Models that are opened, used and given up by several tasks at once.
  @Test func modelsComeAndGo() async throws {
    let bundle = try BundleFiles.digits.get(), picture = try BundleFiles.picture.get(), expected = try bundle.classes(picture, top: 5)
    let image = try ModelImage(picture)
    let wrong = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          guard let model = try? await MobileModel(contentsOf: bundle.installed) else { return true }
          return (try? await model.classify(image)) != expected
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(wrong == 0)
  }
}

extension MobileModel {
  /// How long the shortest of a few runs took on its thread: what waits for a busy machine does not count.
  fileprivate func shortest(_ run: () async -> Void) async -> Duration {
    var shortest = Duration.seconds(1)
    for _ in 0..<8 {
      await run()
      shortest = min(shortest, timings.prepare + timings.run)
    }
    return shortest
  }
}
