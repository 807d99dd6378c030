import Foundation
import O2MBundle
import O2MImport
import O2MRuntime
import O2MTensor
import O2MTestSupport
import O2MUnpack
import Testing

/// `verify` knows the model that a bundle was made from, and tells wrong data and a wrong bundle apart.
struct IdentityTests {
  /// `y = gain · x`; the gain lies in the file, or in `gain.bin` beside it.
  private func write(_ path: String, gain: Float, external: Bool = false) throws {
    var model = ModelWriter()
    model.input("x", .float32, [1, 4])
    if external {
      // TensorProto: dims, data_type, name, external_data { key, value }, data_location.
      func field(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] { [number << 3 | 2, UInt8(bytes.count)] + bytes }
      let entry = field(1, Array("location".utf8)) + field(2, Array("gain.bin".utf8))
      model.initializer(raw: [0x08, 1, 0x10, 1] + field(8, Array("gain".utf8)) + field(13, entry) + [0x70, 1])
      try withUnsafeBytes(of: gain) { try Data($0).write(to: URL(fileURLWithPath: folder(of: path) + "/gain.bin")) }
    } else {
      model.initializer("gain", Tensor([1], [gain]))
    }
    model.node("Mul", ["x", "gain"], ["y"])
    model.output("y")
    try Data(model.bytes).write(to: URL(fileURLWithPath: path))
  }

  private func store(gain: Float, in folder: String) throws {
    let x = Tensor([1, 4], [0.5, -1, 2, 0.25] as [Float]), y = Tensor([1, 4], x.doubles().map { Float($0) * gain })
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, tensor) in [("input_0", ("x", x)), ("output_0", ("y", y))] {
      try Data(TensorFile(name: tensor.0, tensor: tensor.1).bytes).write(to: URL(fileURLWithPath: "\(folder)/\(name).pb"))
    }
  }

  private func status(_ report: Outcome) throws -> String? { (try report.json["identity"] as? [String: Any])?["status"] as? String }

  /// A bundle of one model beside the data of that model and the file of another: only the stored outputs agree.
  @Test func anotherModelFails() throws {
    let scratch = try Scratch(), a = scratch / "a.onnx", b = scratch / "b.onnx", bundle = scratch / "a.o2m"
    try write(a, gain: 2)
    try write(b, gain: 3)
    try store(gain: 2, in: scratch / "data")
    #expect(try Tool.run("convert", a, "-o", bundle).code == 0)
    let data = ["--data", scratch / "data"]
    let same = try Tool.start(Tool.binary, ["verify", a, bundle, "--format", "json"] + data, in: Tool.root, environment: [:])
    #expect(try same.code == 0 && status(same) == "same")
    #expect((try same.json["model_against_data"] as? [String: Any])?["verdict"] as? String == "pass")

    let hashes = try [a, b].map { path in try bytes(path).withUnsafeBytes { sha256($0) }.map { String(format: "%02x", $0) }.joined() }
    let other = try Tool.start(Tool.binary, ["verify", b, bundle] + data, in: Tool.root, environment: [:])
    #expect(other.code == 1)
    for hash in hashes { #expect(other.out.contains(hash) && other.err.contains(hash)) }
    #expect(
      other.out.contains("exact") && other.out.contains("\nfail (identity): ")
        && other.out.contains("the model itself does not give these outputs"))
    #expect(other.err.contains("it was made from another model than \(b)") && other.err.contains("--allow-other-model"))
    expectMessageForm(other.err)

    let report = try Tool.start(Tool.binary, ["verify", b, bundle, "--format", "json"] + data, in: Tool.root, environment: [:])
    #expect(try report.code == 1 && status(report) == "other" && report.json["verdict"] as? String == "fail")
    let figures = try #require((try report.json["outputs"] as? [[String: Any]])?.first)
    #expect(figures["sqnr_db"] as? Double == 200)
    let allowed = try Tool.start(
      Tool.binary, ["verify", b, bundle, "--allow-other-model", "--format", "json"] + data, in: Tool.root, environment: [:])
    #expect(try allowed.code == 0 && status(allowed) == "other" && allowed.json["verdict"] as? String == "pass")
    // Without stored outputs the numbers tell as well.
    #expect(try Tool.run("verify", b, bundle, "--allow-other-model").err.contains("SQNR"))
  }

  /// The file changes after the conversion; in a comment alone, so that no number does.
  @Test func aChangedModelFails() throws {
    let scratch = try Scratch(), model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    try write(model, gain: 2)
    #expect(try Tool.run("convert", model, "-o", bundle).code == 0)
    #expect(try Tool.run("verify", model, bundle).code == 0)
    // ModelProto.doc_string
    try (bytes(model) + Data([6 << 3 | 2, 1, 0x61])).write(to: URL(fileURLWithPath: model))
    let changed = try Tool.run("verify", model, bundle)
    #expect(changed.code == 1 && changed.out.contains("m.onnx is not what this bundle was made from"))
    #expect(try Tool.run("verify", model, bundle, "--allow-other-model").code == 0)
  }

  @Test func changedExternalDataFails() throws {
    let scratch = try Scratch(), model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    try write(model, gain: 2, external: true)
    #expect(try Tool.run("convert", model, "-o", bundle).code == 0)
    let same = try Tool.run("verify", model, bundle, "--format", "json")
    #expect(try same.code == 0 && status(same) == "same")
    let hash = try bytes(scratch / "gain.bin").withUnsafeBytes { sha256($0) }.map { String(format: "%02x", $0) }.joined()
    let dump = try Tool.run("dump", bundle).out
    #expect(dump.contains("gain.bin") && dump.contains(hash))

    try write(model, gain: 4, external: true)
    let changed = try Tool.run("verify", model, bundle)
    #expect(changed.code == 1 && changed.err.contains("the SHA-256 of gain.bin is ") && changed.err.contains("the bundle says \(hash)"))
    expectMessageForm(changed.err)

    // Bytes that no tensor takes are of the file, too.
    try write(model, gain: 2, external: true)
    try (bytes(scratch / "gain.bin") + Data([0])).write(to: URL(fileURLWithPath: scratch / "gain.bin"))
    #expect(try Tool.run("verify", model, bundle).code == 1)
    try write(model, gain: 2)
    let inside = try Tool.run("verify", model, bundle)
    #expect(inside.code == 1 && inside.out.contains("SHA-256 of gain.bin: it is not read"))
  }

  /// A bundle of format 1.3 holds the hash of the model file alone.
  @Test func olderBundlesAreComparedOnWhatTheyHold() throws {
    let golden = Tool.root + "/Fixtures/bundles/format-1.3.o2m"
    let whole = try Tool.run("verify", Tool.model, golden, "--format", "json")
    #expect(try whole.code == 0 && status(whole) == "same")
    let unknown = try Tool.run("verify", Tool.model, Tool.root + "/Fixtures/bundles/format-1.2.o2m")
    #expect(unknown.code == 64 && !unknown.err.contains("another model"), "nothing is known of its source")

    let scratch = try Scratch(), model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    try write(model, gain: 2, external: true)
    #expect(try Tool.run("convert", model, "-o", bundle).code == 0)
    try rewrite(bundle, minor: 3) { $0.externalData = nil }
    let partial = try Tool.run("verify", model, bundle)
    #expect(partial.code == 0 && partial.out.contains("holds no hash of gain.bin"))
    #expect(try status(Tool.run("verify", model, bundle, "--format", "json")) == "partial")
    try write(model, gain: 3)
    #expect(try Tool.run("verify", model, bundle, "--allow-other-model").code == 1, "another file, and other numbers")
    #expect(try status(Tool.run("verify", model, bundle, "--format", "json")) == "other")
    try rewrite(bundle, minor: 3) { $0.sourceHash = [] }
    try write(model, gain: 2, external: true)
    let nothing = try Tool.run("verify", model, bundle)
    #expect(nothing.code == 0 && nothing.out.contains("the bundle holds no hash of the model that it was made from"))
  }

  /// The same bundle with another manifest, in the installed form.
  private func rewrite(_ path: String, minor: Int, _ change: (inout Manifest) -> Void) throws {
    let installed = try Array(bytes(path)).withUnsafeBytes { raw in try unpacked(raw, limit: .max) }
    var manifest = try Model(installed).manifest
    change(&manifest)
    let reader = try BundleReader(installed.bytes)
    var parts: [BundleWriter.Part] = []
    for section in reader.sections {
      guard let type = SectionType(rawValue: section.type) else { continue }
      let raw = type == .manifest ? manifest.encoded() : Array(try reader.stored(section))
      parts.append(
        BundleWriter.Part(type: type, stored: raw, rawBytes: raw.count, codec: .store, hash: raw.withUnsafeBytes { xxh64($0) }))
    }
    try writeAtomically(BundleWriter.assemble(parts, flags: BundleFormat.installed, minor: minor), to: path)
  }

  /// Data of another model beside a sound bundle, and sound data beside a bundle whose weights were changed.
  @Test func wrongDataAndAWrongBundleAreToldApart() throws {
    let scratch = try Scratch(), model = scratch / "m.onnx", bundle = scratch / "m.o2m"
    try write(model, gain: 2)
    #expect(try Tool.run("convert", model, "-o", bundle).code == 0)
    try store(gain: 2, in: scratch / "right")
    try store(gain: 5, in: scratch / "wrong")
    let wrongData = try Tool.run("verify", model, bundle, "--data", scratch / "wrong")
    #expect(wrongData.code == 1 && wrongData.err.contains("the model itself does not give the stored outputs either"))
    expectMessageForm(wrongData.err)
    // A bundle of another model that says it is of this one.
    try write(scratch / "n.onnx", gain: 5)
    #expect(try Tool.run("convert", scratch / "n.onnx", "-o", bundle).code == 0)
    let hash = try bytes(model).withUnsafeBytes { sha256($0) }
    try rewrite(bundle, minor: 4) { $0.sourceHash = hash }
    let wrongBundle = try Tool.run("verify", model, bundle, "--data", scratch / "right")
    #expect(wrongBundle.code == 1 && wrongBundle.err.contains("the model itself gives the stored outputs"))
    #expect(wrongBundle.out.contains("  by the model  "))
    expectMessageForm(wrongBundle.err)
  }

  /// A model that takes other inputs cannot be compared, and is another one.
  @Test func whatCannotBeComparedIsAnotherModel() throws {
    let scratch = try Scratch(), model = scratch / "m.onnx"
    try write(model, gain: 2)
    #expect(try Tool.run("convert", model, "-o", scratch / "m.o2m").code == 0)
    let outcome = try Tool.run("verify", Tool.model, scratch / "m.o2m")
    #expect(outcome.code == 1 && outcome.err.contains("it cannot be compared either"))
    expectMessageForm(outcome.err)
    #expect(try Tool.run("verify", Tool.model, scratch / "m.o2m", "--allow-other-model").code != 0)
    // What is no model is no other model.
    #expect(try Tool.run("verify", scratch / "m.o2m", scratch / "m.o2m").code == 65)
  }
}
