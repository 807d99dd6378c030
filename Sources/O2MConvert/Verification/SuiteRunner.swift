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

  /// What the models may ask for.
  public let limits: ResourceLimits

  public init(through route: Route, limits: ResourceLimits = ResourceLimits()) {
    self.route = route
    self.limits = limits
  }

  /// The verdicts on `cases`, in their order; the cases run side by side on all cores.
  ///
  /// - Parameter progress: is called from any thread, once per finished case.
  public func run(_ cases: [TestCase], progress: @escaping @Sendable () -> Void = {}) -> [SuiteVerdict] {
    concurrentMap(cases.count) { index in
      defer { progress() }
      return verdict(on: cases[index])
    }
  }

  /// The verdict on one case: the first data set that does not hold decides.
  public func verdict(on item: TestCase) -> SuiteVerdict {
    let sets = item.dataSets
    guard !sets.isEmpty else { return .failed(.noData) }
    let signature: ModelSignature
    do throws(ImportError) { signature = try ModelSignature(path: item.model, limits: limits) } catch {
      return Self.verdict(on: .importing(error))
    }
    var pinned: [String] = []
    for set in sets {
      let inputs: [(name: String, value: OnnxValue<Tensor>)], expected: [OnnxValue<Tensor>]
      do throws(DataSetError) {
        inputs = try set.inputs(of: signature)
        expected = try set.outputs(of: signature)
      } catch {
        guard case .file(_, let error) = error else { return .failed(.noData) }
        return Self.verdict(on: .importing(error))
      }
      guard inputs.count == signature.inputs.count else {
        return .failed(.inputCount(expected: signature.inputs.count, found: inputs.count))
      }
      let outputs: [(name: String, value: OnnxValue<Tensor>)]?
      do throws(ConversionError) { outputs = try run(item, inputs, &pinned) } catch { return Self.verdict(on: error) }
      guard let outputs else { return .constant(pinned: pinned) }
      guard outputs.count == expected.count else { return .failed(.outputCount(expected: expected.count, found: outputs.count)) }
      let bounds = item.bounds
      let tolerance = Tolerance(elementwise: .init(absolute: bounds.absolute, relative: bounds.relative))
      for (found, expected) in zip(outputs, expected) {
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
      var comparison = Comparison(name: name, tolerance: tolerance)
      comparison.add(found, reference: expected)
      return comparison.failures.isEmpty ? nil : .output(comparison)
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
    _ item: TestCase, _ inputs: [(name: String, value: OnnxValue<Tensor>)], _ pinned: inout [String]
  ) throws(ConversionError) -> [(name: String, value: OnnxValue<Tensor>)]? {
    var options = ImportOptions()
    options.limits = limits
    options.inputs = inputs
    if route == .bundle, let outputs = Self.counted(item, options) { return outputs }
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

  /// The outputs with lengths that the run decides, and nothing held constant; nil where that is not to be had.
  private static func counted(
    _ item: TestCase, _ options: ImportOptions
  ) -> [(name: String, value: OnnxValue<Tensor>)]? {
    var options = options
    options.counts = .most
    guard let imported = try? importModel(path: item.model, options: options),
      imported.graph.hasCounts, let varied = try? VariedImport(imported, nil, path: item.model, options: options)
    else { return nil }
    var graphs = varied.graphs
    guard (try? Driver(Pipeline.passes).run(&graphs)) != nil, var flat = try? FlatModel(graphs.computed),
      (try? flat.vary(graphs, imported: varied.graphs, open: nil)) != nil,
      let outputs = try? run(flat, imported)
    else { return nil }
    return imported.values(of: outputs)
  }

  private static func throughBundle(_ imported: ImportedModel) throws(ConversionError) -> [Tensor] {
    var graph = imported.graph
    do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graph) } catch { throw .passes(error) }
    let flat: FlatModel
    do throws(PlanError) { flat = try FlatModel(graph) } catch { throw .planning(error) }
    return try run(flat, imported)
  }

  private static func run(_ flat: FlatModel, _ imported: ImportedModel) throws(ConversionError) -> [Tensor] {
    let model: Model
    do throws(PlanError) {
      var options = BundleOptions()
      options.zstdLevel = 1
      model = try Emitted(flat, options).model
    } catch { throw .planning(error) }
    do throws(RunFault) { return try Session(model).run(imported.given.compactMap(\.self)) } catch {
      throw .running(RunError(error, in: model))
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
