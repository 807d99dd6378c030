import ArgumentParser
import Dispatch
import HostSystem
import O2MBundle
import O2MConvert
import O2MRuntime
import O2MTensor

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Time a bundle on this machine.",
    usage: "onnx2mobile bench BUNDLE.o2m [<options>]",
    discussion: """
      Example:
        onnx2mobile bench squeezenet.o2m --threads 2 --profile
      """)

  @Argument(help: ArgumentHelp("The bundle.", valueName: "BUNDLE.o2m"), completion: .file(extensions: ["o2m"]))
  var bundle: String
  @Option(help: ArgumentHelp("Threads, the calling one among them.", valueName: "N"))
  var threads = 1
  @Option(help: ArgumentHelp("Timed runs.", valueName: "N"))
  var runs = 50
  @Option(help: ArgumentHelp("Runs before the first timed one.", valueName: "N"))
  var warmup = 5
  @Option(help: ArgumentHelp("Extents of an input that are open, as NAME:1,3,224,224; typical ones by default.", valueName: "NAME:DIMS"))
  var inputShape: [InputShape] = []
  @Flag(help: "Time every step and list the slowest, beside what this machine could do.")
  var profile = false
  @OptionGroup var form: FormatOptions<TextOrJSON>

  func validate() throws {
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes 1 to 256, not \(threads)") }
    guard runs >= 1 else { throw ValidationError("--runs takes 1 or more, not \(runs)") }
    guard warmup >= 0 else { throw ValidationError("--warmup takes 0 or more, not \(warmup)") }
  }

  struct Latency: Encodable {
    var min: Double
    var median: Double
    var p90: Double
    var max: Double
  }

  /// Milliseconds and bytes; the JSON keys are a contract.
  struct Result: Encodable {
    var threads: Int
    var runs: Int
    var latency: Latency
    var load: Double
    var firstRun: Double
    var arenaBytes: Int
    var weightsBytes: Int
    var profile: BenchProfile?

    enum CodingKeys: String, CodingKey {
      case threads, runs, latency = "latency_ms", load = "load_ms", firstRun = "first_run_ms", arenaBytes = "arena_bytes", weightsBytes =
        "weights_bytes"
      case profile
    }
  }

  func run() throws {
    try reporting {
      let begin = Clock.now
      let opened = try OpenedBundle(bundle)
      let session = try opened.session(threads: threads)
      let loaded = Clock.now
      let manifest = opened.model.manifest
      if !inputShape.isEmpty {
        let shapes = try shapes(opened)
        try opened.running { () throws(RunFault) in try session.resize(shapes) }
      }
      var samples = SampleInputs(seed: 1)
      let inputs = manifest.inputs.indices.map { index in
        let type = session.inputType(index)
        return samples.tensor(TensorType(type), InputTraits(kind: .picture(type.element, type.shape)))
      }
      let before = Clock.now
      _ = try opened.running(on: .drawnToTime) { () throws(RunFault) in try session.run(inputs) }
      let first = Clock.now
      for _ in 0..<warmup {
        session.write(inputs)
        try opened.running(on: .drawnToTime, session.run)
      }
      var times: [Double] = []
      for _ in 0..<runs {
        session.write(inputs)
        let start = Clock.now
        try opened.running(on: .drawnToTime, session.run)
        times.append(Clock.milliseconds(from: start, to: Clock.now))
      }
      times.sort()
      let latency = Latency(min: times[0], median: times[times.count / 2], p90: times[times.count * 9 / 10], max: times[times.count - 1])
      var result = Result(
        threads: threads, runs: runs, latency: latency, load: Clock.milliseconds(from: begin, to: loaded),
        firstRun: Clock.milliseconds(from: before, to: first), arenaBytes: session.arenaBytes, weightsBytes: manifest.weightBytes)
      if profile {
        result.profile = try opened.running(on: .drawnToTime) { () throws(RunFault) in try BenchProfile(session, inputs: inputs, runs: runs)
        }
      }
      try (form.isJSON ? JSON.text(result) : Self.text(result, bundle) + (result.profile?.text ?? "")).write()
    }
  }

  /// The shapes of all inputs where some are given.
  private func shapes(_ opened: OpenedBundle) throws -> [Shape] {
    let names = opened.model.manifest.inputs.map(\.name)
    var given = [Shape?](repeating: nil, count: names.count)
    for shape in inputShape {
      guard let index = names.firstIndex(of: shape.name) else { throw RunInputs.unknown(shape.name, among: names, of: bundle) }
      guard given[index] == nil else { throw Failure(.usage, "--input-shape is given twice for '\(shape.name)'") }
      given[index] = Shape(shape.dims)
    }
    return opened.model.shapes(following: given)
  }

  private static func text(_ result: Result, _ bundle: String) -> String {
    func ms(_ value: Double) -> String { "\(Format.fixed(value, value < 10 ? 3 : 1)) ms" }
    var table = Table([.left, .left])
    table.add(
      "latency",
      "median \(ms(result.latency.median)), min \(ms(result.latency.min)), p90 \(ms(result.latency.p90)), max \(ms(result.latency.max))")
    table.add("runs", "\(result.runs) on \(result.threads) \(result.threads == 1 ? "thread" : "threads")")
    table.add("load", "\(ms(result.load)), then \(ms(result.firstRun)) for the first run")
    table.add("memory", "arena \(Format.scaled(result.arenaBytes))B, weights \(Format.scaled(result.weightsBytes))B")
    return "\(bundle)\n\n" + table.text
  }
}

/// The monotonic clock.
enum Clock {
  static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
  static func milliseconds(from start: UInt64, to end: UInt64) -> Double { Double(end - start) / 1e6 }
}
