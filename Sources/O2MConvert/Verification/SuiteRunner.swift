import O2MBundle
import O2MGraph
import O2MImport
import O2MOps
import O2MParity
import O2MPasses
import O2MRuntime
import O2MTensor

/// Runs the cases of a test suite in ONNX's standard layout.
public struct SuiteRunner: Sendable {
  /// What computes a case's outputs.
  public enum Route: String, CaseIterable, Sendable {
    /// The imported graph on the reference evaluator.
    case reference
    /// Import, passes, bundle, device runtime.
    case bundle
  }

  public let route: Route

  public init(through route: Route) { self.route = route }

  /// The verdicts on `cases`, in their order; the cases run side by side on all cores.
  ///
  /// - Parameter progress: is called from any thread, once per finished case.
  public func run(_ cases: [SuiteCase], progress: @escaping @Sendable () -> Void = {}) -> [SuiteVerdict] {
    concurrentMap(cases.count) { index in
      defer { progress() }
      return verdict(on: cases[index])
    }
  }

  /// The verdict on one case: the first data set that does not hold decides.
  public func verdict(on item: SuiteCase) -> SuiteVerdict {
    let sets = item.dataSets
    guard !sets.isEmpty else { return .failed(.noData) }
    var pinned: [String] = []
    for set in sets {
      let data: SuiteData
      do throws(ImportError) { data = try SuiteData(folder: set, of: try ModelSignature(path: item.model)) } catch {
        return Self.verdict(on: .importing(error))
      }
      let outputs: [(name: String, value: OnnxValue<Tensor>)]?
      do throws(ConversionError) { outputs = try run(item, data.inputs, &pinned) } catch { return Self.verdict(on: error) }
      guard let outputs else { return .constant(pinned: pinned) }
      guard outputs.count == data.outputs.count else { return .failed(.outputCount(expected: data.outputs.count, found: outputs.count)) }
      let bounds = item.bounds
      let tolerance = Tolerance(elementwise: .init(absolute: bounds.absolute, relative: bounds.relative))
      for (found, expected) in zip(outputs, data.outputs) {
        if let failure = Self.failure(found.value, expected, named: found.name, tolerance) { return .failed(failure) }
      }
    }
    return .passed(pinned: pinned)
  }

  private static func failure(_ found: OnnxValue<Tensor>, _ expected: OnnxValue<Tensor>, named name: String, _ tolerance: Tolerance)
    -> SuiteFailure?
  {
    switch (found, expected) {
    case (.tensor(let found), .tensor(let expected)):
      var comparison = Comparison(name: name)
      comparison.add(found, reference: expected, tolerance: tolerance)
      return comparison.failures(under: tolerance).isEmpty ? nil : .output(name: name, comparison, tolerance)
    case (.strings(let found), .strings(let expected)):
      return found == expected ? nil : .strings(name: name, found: found, expected: expected)
    case (.sequence(let found), .sequence(let expected)):
      guard found.count == expected.count else { return .kind(name: name) }
      for (index, (found, expected)) in zip(found, expected).enumerated() {
        if let failure = failure(found, expected, named: "\(name)[\(index)]", tolerance) { return failure }
      }
      return nil
    case (.none, .none): return nil
    default: return .kind(name: name)
    }
  }

  private static func verdict(on error: ConversionError) -> SuiteVerdict {
    error.isUnsupported ? .unsupported(error) : .failed(.stopped(error))
  }

  /// The outputs; nil where nothing is left to compute.
  private func run(
    _ item: SuiteCase, _ inputs: [(name: String, value: OnnxValue<Tensor>)], _ pinned: inout [String]
  ) throws(ConversionError) -> [(name: String, value: OnnxValue<Tensor>)]? {
    var options = ImportOptions()
    options.inputs = inputs
    options.knowledge = route == .reference ? .all : .pinned
    let imported: ImportedModel
    do throws(ImportError) { imported = try importModel(path: item.model, options: options) } catch { throw .importing(error) }
    switch route {
    case .reference:
      // The evaluator has seen every node on the way, on the operators' references.
      guard let results = imported.known else {
        throw .planning(.dynamic(value: imported.graph.outputs.first.map { imported.graph[$0].name } ?? ""))
      }
      return imported.values(of: results)
    case .bundle:
      pinned = imported.pinned
      guard pinned.isEmpty || !imported.graph.inputs.isEmpty else { return nil }
      return imported.values(of: try Self.throughBundle(imported))
    }
  }

  private static func throughBundle(_ imported: ImportedModel) throws(ConversionError) -> [Tensor] {
    var graph = imported.graph
    do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graph) } catch { throw .passes(error) }
    let model: Model
    do throws(PlanError) {
      var options = BundleOptions()
      options.zstdLevel = 1
      model = try Emitted(try FlatModel(graph), options).model
    } catch { throw .planning(error) }
    do throws(RunFault) { return try Session(model).run(imported.given.compactMap(\.self)) } catch {
      throw .running(RunError(error, in: model))
    }
  }
}

/// The inputs and outputs of one data set.
struct SuiteData {
  var inputs: [(name: String, value: OnnxValue<Tensor>)] = []
  var outputs: [OnnxValue<Tensor>] = []

  /// Reads the files of `folder` as the model says what they hold.
  init(folder: String, of model: ModelSignature) throws(ImportError) {
    inputs = try Self.files("\(folder)/input_", model.inputs).map { ($0.name, $0.value) }
    outputs = try Self.files("\(folder)/output_", model.outputs).map(\.value)
  }

  private static func files(_ prefix: String, _ ports: [(name: String, kind: ValueKind)]) throws(ImportError) -> [ValueFile] {
    var files: [ValueFile] = []
    while true {
      let kind = files.count < ports.count ? ports[files.count].kind : .tensor
      do throws(ImportError) { files.append(try ValueFile(path: "\(prefix)\(files.count).pb", kind: kind)) } catch {
        guard case .cannotOpen = error else { throw error }
        return files
      }
    }
  }
}

extension ConversionError {
  /// Whether the model is sound but uses what is not supported.
  public var isUnsupported: Bool {
    switch self {
    case .importing(let error): error.kind == .unsupported
    case .planning(.dynamic), .planning(.rank), .planning(.element), .planning(.node(_, .unsupported)), .planning(.node(_, .dataDependent)):
      true
    default: false
    }
  }
}
