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

  init(_ path: String) throws {
    self.path = path
    do throws(RunFault) { (model, fileBytes) = try Model.openingEither(path) } catch { throw ConversionMessages.failure(error, file: path) }
  }

  /// The section table of the file; nothing where it changed since it was opened.
  var sections: [Section] {
    guard let mapped = try? BundleBytes(mapping: path), let reader = try? BundleReader(mapped.bytes) else { return [] }
    return reader.sections
  }

  var isInstalled: Bool { sections.allSatisfy { $0.codec == Codec.store.rawValue } && sections.allSatisfy { $0.offset % BundleFormat.pageBytes == 0 } }

  func session(threads: Int = 1) throws -> Session { try running { () throws(RunFault) in try Session(model, threads: threads) } }

  /// What `body` throws, as a failure that names the file.
  func running<T>(_ body: () throws(RunFault) -> T) throws -> T {
    do throws(RunFault) { return try body() } catch { throw ConversionMessages.failure(error, file: path) }
  }
}

/// A bundle beside its own parity certificate.
struct Certified {
  let report: Verify.Outcome

  init(path: String) throws {
    let opened = try OpenedBundle(path)
    let certificate: Certificate?
    do throws(FormatFault) { certificate = try opened.model.certificate() } catch { throw FormatMessages.failure(error, file: path) }
    guard let certificate else {
      throw Failure(.usage, "\(path): it holds no parity certificate", help: "convert without --no-verify, or verify it beside its model")
    }
    guard certificate.passed else { throw Failure(.verdict, "\(path): its certificate says that it failed when it was made") }
    let manifest = opened.model.manifest
    let tolerance = Tolerance(elementwise: Precision(rawValue: manifest.precision)?.tolerance.elementwise, minimumSQNR: certificate.threshold)
    var comparisons = manifest.outputs.map { Comparison(name: $0.name) }
    let session = try opened.session()
    for item in certificate.cases {
      let inputs = manifest.inputs.enumerated().map { index, port in
        var random = SeededInput(seed: item.seed, input: index)
        return random.tensor(port.value.element, port.value.shape, certificate.distribution)
      }
      for (index, (found, expected)) in zip(try opened.running { () throws(RunFault) in try session.run(inputs) }, item.outputs).enumerated() {
        let kept = expected.kept(of: found)
        comparisons[index].add(kept.found, reference: kept.reference, tolerance: tolerance)
      }
    }
    report = Verify.Outcome(
      parity: ParityReport(comparisons, tolerance: tolerance), tolerance: tolerance, cases: certificate.cases.count, truth: "its certificate")
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
