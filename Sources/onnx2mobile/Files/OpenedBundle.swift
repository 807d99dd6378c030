import Foundation
import O2MOps
import O2MBundle
import O2MConvert
import O2MParity
import O2MRuntime
import O2MTensor
import O2MUnpack

/// A bundle of either form, ready to run.
struct OpenedBundle {
  let path: String
  let model: Model
  let fileBytes: Int
  /// As the file has it, whichever form that is.
  let isInstalled: Bool
  let sections: [Section]

  init(_ path: String) throws {
    self.path = path
    let mapped = try Self.map(path)
    fileBytes = mapped.bytes.count
    let reader: BundleReader
    do throws(FormatFault) { reader = try BundleReader(mapped.bytes) } catch { throw FormatMessages.failure(error, file: path) }
    isInstalled = reader.header.isInstalled
    sections = reader.sections
    if isInstalled {
      do throws(RunFault) { model = try Model(mapped) } catch { throw Self.failure(error, path) }
    } else {
      model = try Self.unpacked(mapped, path).model
    }
  }

  /// The download form in its installed form, in bytes and ready to run. The hashes are checked on the way.
  static func unpacked(_ mapped: BundleBytes, _ path: String) throws -> (bytes: [UInt8], model: Model) {
    let installed: [UInt8]
    do throws(FormatFault) { installed = try O2MUnpack.unpack(mapped.bytes) } catch { throw FormatMessages.failure(error, file: path) }
    do throws(RunFault) {
      let copy = try installed.withUnsafeBytes { raw in Result { () throws(RunFault) in try BundleBytes(copying: raw) } }.get()
      return (installed, try Model(copy, trusted: true))
    } catch RunFault.format(let fault) {
      throw FormatMessages.failure(fault, file: path, isUnpacked: true)
    } catch { throw failure(error, path) }
  }

  private static func failure(_ fault: RunFault, _ path: String) -> Failure {
    ConversionMessages.failure(RunError(fault, in: nil), file: path)
  }

  static func map(_ path: String) throws -> BundleBytes {
    // An empty file cannot be mapped; say so rather than what the system makes of it.
    if let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size == 0 {
      throw Failure(.damaged, "\(path): is empty", help: "write it again with `onnx2mobile convert`")
    }
    do throws(RunFault) { return try BundleBytes(mapping: path) } catch { throw failure(error, path) }
  }

  func session(threads: Int = 1) throws -> Session { try running { () throws(RunFault) in try Session(model, threads: threads) } }

  /// What `body` throws, as a failure that names the file and the node; `values` are what it runs on.
  func running<T>(on values: ValueSource = .given, _ body: () throws(RunFault) -> T) throws -> T {
    do throws(RunFault) { return try body() } catch {
      throw ConversionMessages.failure(RunError(error, in: model), file: path, values: values)
    }
  }
}

/// A bundle beside its own parity certificate.
struct Certified {
  let report: Verify.Outcome

  init(path: String, adjust: (inout Tolerance) -> Void) throws {
    let opened = try OpenedBundle(path)
    let certificate: Certificate?
    do throws(FormatFault) { certificate = try opened.model.section(Certificate.self) } catch {
      throw FormatMessages.failure(error, file: path)
    }
    guard let certificate else {
      throw Failure(.usage, "\(path): it holds no parity certificate", help: "verify it beside its model; `convert` says why it wrote none")
    }
    guard certificate.passed else {
      throw Failure(
        .verdict, "\(path): its certificate says that it failed when it was made", help: "convert the model again, and see what it reports")
    }
    let manifest = opened.model.manifest
    var tolerance = Tolerance(
      elementwise: Precision(rawValue: manifest.precision)?.tolerance.elementwise, minimumSQNR: certificate.threshold)
    adjust(&tolerance)
    var comparisons = manifest.outputs.map { Comparison(name: $0.name) }
    let session = try opened.session()
    for item in certificate.cases {
      let inputs = manifest.inputs.enumerated().map { index, port in
        var random = SeededInput(seed: item.seed, input: index)
        return random.tensor(port.type.element, port.type.shape, certificate.distribution)
      }
      for (index, (found, expected)) in zip(
        try opened.running(on: .certificate) { () throws(RunFault) in try session.run(inputs) }, item.outputs
      )
      .enumerated() {
        let kept = expected.kept(of: found)
        comparisons[index].add(kept.found, reference: kept.reference, tolerance: tolerance)
      }
    }
    report = Verify.Outcome(
      parity: ParityReport(comparisons, tolerance: tolerance), tolerance: tolerance, cases: certificate.cases.count,
      truth: "its certificate")
  }
}

extension Certificate.Output {
  /// The elements that the certificate keeps, found and expected, in the shape of the output where it keeps all.
  fileprivate func kept(of found: Tensor) -> (found: Tensor, reference: Tensor) {
    if indices.isEmpty { return (found, Tensor(found.element, found.shape, rounding: expected.map { Double($0) })) }
    let values = found.doubles()
    return (
      Tensor(found.element, [indices.count], rounding: indices.map { values[Int($0)] }),
      Tensor(found.element, [indices.count], rounding: expected.map { Double($0) })
    )
  }
}
