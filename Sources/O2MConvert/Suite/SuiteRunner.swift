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
    for set in sets {
      let data: SuiteData
      do throws(ImportError) { data = try SuiteData(folder: set) } catch { return Self.verdict(on: .importing(error)) }
      let outputs: [(name: String, tensor: Tensor)]
      do throws(ConversionError) { outputs = try run(item, data.inputs) } catch { return Self.verdict(on: error) }
      guard outputs.count == data.outputs.count else { return .failed(.outputCount(expected: data.outputs.count, found: outputs.count)) }
      let bounds = item.bounds
      let tolerance = Tolerance(elementwise: .init(absolute: bounds.absolute, relative: bounds.relative))
      for (found, expected) in zip(outputs, data.outputs) {
        var comparison = Comparison(name: found.name)
        comparison.add(found.tensor, reference: expected.tensor, tolerance: tolerance)
        guard comparison.failures(under: tolerance).isEmpty else { return .failed(.output(name: found.name, comparison, tolerance)) }
      }
    }
    return .passed
  }

  private static func verdict(on error: ConversionError) -> SuiteVerdict {
    error.isUnsupported ? .unsupported(error) : .failed(.stopped(error))
  }

  private func run(_ item: SuiteCase, _ inputs: [TensorFile]) throws(ConversionError) -> [(name: String, tensor: Tensor)] {
    var shapes: [String: [Int]] = [:]
    for file in inputs where !file.name.isEmpty { shapes[file.name] = file.tensor.shape.dims }
    let imported: ImportedModel
    do throws(ImportError) { imported = try importModel(path: item.model, inputShapes: shapes) } catch { throw .importing(error) }
    var graph = imported.graph
    let names = graph.outputs.map { graph[$0].name }
    let tensors = graph.inputs.enumerated().compactMap { index, id in
      (inputs.first { $0.name == graph[id].name } ?? (index < inputs.count ? inputs[index] : nil))?.tensor
    }
    switch route {
    case .reference:
      do throws(EvaluationError) { return zip(names, try Evaluator(graph).run(tensors)).map { ($0, $1) } } catch { throw .evaluation(error) }
    case .bundle:
      do throws(PassError) { _ = try Driver(Pipeline.passes).run(&graph) } catch { throw .passes(error) }
      let model: Model
      do throws(PlanFault) {
        var options = BundleOptions()
        options.zstdLevel = 1
        model = try Emitted(try FlatModel(graph), options).model
      } catch { throw .planning(error) }
      do throws(RunFault) { return zip(names, try Session(model).run(tensors)).map { ($0, $1) } } catch { throw .running(error) }
    }
  }
}

/// The inputs and outputs of one data set.
struct SuiteData {
  var inputs: [TensorFile] = []
  var outputs: [TensorFile] = []

  init(folder: String) throws(ImportError) {
    inputs = try Self.files(folder + "/input_")
    outputs = try Self.files(folder + "/output_")
  }

  private static func files(_ prefix: String) throws(ImportError) -> [TensorFile] {
    var files: [TensorFile] = []
    while true {
      do throws(ImportError) { files.append(try TensorFile(path: "\(prefix)\(files.count).pb")) } catch {
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
    case .planning(.dynamic), .planning(.rank), .planning(.element), .planning(.node(_, .unsupported)), .planning(.node(_, .dataDependent)): true
    default: false
    }
  }
}
