// app FOLDER: what an app does with a model. The folder holds NAME.installed.o2m, NAME.o2m, NAME.pnm and NAME.json, what `run` says of the
// picture, for the models `digits` and, where there are photos, `squeezenet`.
import Foundation
import ONNX2Mobile
import ONNX2MobileUnpack

let folder = URL(fileURLWithPath: CommandLine.arguments[1])
func file(_ name: String) -> URL { folder.appendingPathComponent(name) }

func expect(_ holds: Bool, _ what: @autoclosure () -> String) throws {
  if !holds { throw WrongFile(description: what()) }
}

@MainActor func refused(_ body: () async throws(ModelError) -> Void) async -> ModelError? {
  do throws(ModelError) { try await body() } catch { return error }
  return nil
}

var failures = 0
@MainActor func check(_ name: String, _ body: () async throws -> String) async {
  do {
    let remark = try await body()
    print("  \(name)\(remark.isEmpty ? "" : ": " + remark)")
  } catch {
    print("  \(name) FAILED: \(error)")
    failures += 1
  }
}

let names = ["digits", "squeezenet"].filter { FileManager.default.fileExists(atPath: file("\($0).pnm").path) }
for name in names {
  await check("\(name): a picture's classes are those of `run`") {
    let image = try ModelImage(pixmap: file("\(name).pnm")), expected = try Report.classes(file("\(name).json"))
    let installed = try await MobileModel(contentsOf: file("\(name).installed.o2m"))
    let packed = try await MobileModel(unpacking: file("\(name).o2m"))
    for model in [installed, packed] {
      let wrong = difference(try await model.classify(image, top: expected.count), expected)
      try expect(wrong == nil, wrong ?? "")
    }
    return expected[0].label
  }

  await check("\(name): least time of a picture") {
    let model = try await MobileModel(contentsOf: file("\(name).installed.o2m")), image = try ModelImage(pixmap: file("\(name).pnm"))
    let clock = ContinuousClock(), begin = clock.now
    var least = Duration.seconds(1000), runs = 0
    repeat {
      let start = clock.now
      _ = try await model.classify(image)
      least = min(least, clock.now - start)
      runs += 1
    } while clock.now - begin < .seconds(1) || runs < 3
    return String(format: "%.2f ms of %d", least / .milliseconds(1), runs)
  }

  await check("\(name): tensors and the self-test") {
    let model = try await MobileModel(contentsOf: file("\(name).installed.o2m"))
    let zeros = try ModelTensor([Float](repeating: 0, count: model.inputs[0].count), for: model.inputs[0])
    let outputs = try await model.run([model.inputs[0].name: zeros])
    let scores = try outputs.tensor(model.outputs[0].name, of: Float.self)
    try expect(scores.shape == model.outputs[0].shape && scores.elements.allSatisfy(\.isFinite), "\(scores)")
    let test = try await model.selfTest()
    return String(format: "%d cases, %.1f dB", test.cases, test.sqnr)
  }

  await check("\(name): many tasks, some cancelled") {
    var options = MobileModel.Options()
    (options.threads, options.concurrentRuns) = (2, 2)
    let model = try await MobileModel(contentsOf: file("\(name).installed.o2m"), options: options)
    let image = try ModelImage(pixmap: file("\(name).pnm")), expected = try await model.classify(image)
    // On a busy machine all of them may be over before they are cancelled.
    var ended = 0, turn = 0
    repeat {
      let tasks = (0..<12).map { _ in
        Task { () async -> Result<[Classification], ModelError> in
          do throws(ModelError) { return .success(try await model.classify(image)) } catch { return .failure(error) }
        }
      }
      for task in tasks.suffix(6) { task.cancel() }
      for (index, task) in tasks.enumerated() {
        switch await task.value {
        case .success(let found): try expect(found == expected, "\(found)")
        case .failure(let error):
          try expect(error.reason == .cancelled && index >= 6, "\(error)")
          ended += 1
        }
      }
      turn += 1
    } while ended == 0 && turn < 100
    try expect(ended > 0, "no task was cancelled")
    try expect(try await model.classify(image) == expected, "the model does not go on")
    return "\(ended) of \(6 * turn) cancelled"
  }
}

await check("errors are sentences") {
  let packed = await refused { () throws(ModelError) in _ = try await MobileModel(contentsOf: file("digits.o2m")) }
  try expect(packed?.reason == .compressed && packed?.description.hasSuffix("makes the installed form") == true, "\(packed as Any)")
  let none = await refused { () throws(ModelError) in _ = try await MobileModel(contentsOf: file("none.o2m")) }
  let absent = "none.o2m: the file cannot be opened: there is none of this name (errno 2)"
  try expect(none?.description.hasSuffix(absent) == true, "\(none as Any)")
  let model = try await MobileModel(contentsOf: file("digits.installed.o2m"))
  let missing = await refused { () throws(ModelError) in _ = try await model.run([:]) }
  try expect(missing?.description == "input 'image' is missing: float32 [1, 1, 16, 16]", "\(missing as Any)")
  return packed?.localizedDescription.components(separatedBy: ": ").last ?? ""
}
exit(failures == 0 ? 0 : 1)
